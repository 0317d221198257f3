"""Changes of the rota and requests for cover, as people make them while the desk runs."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from supportbot.adapters.db.codec import codec_of, dumps
from supportbot.adapters.db.schema import counters, cover_requests, rota_changes
from supportbot.adapters.db.transaction import Bulk, Transaction
from supportbot.adapters.db.upsert import all_columns, insert_or_replace
from supportbot.domain.on_call.cover_request import CoverRequest
from supportbot.domain.on_call.rota_change import RotaChange

_VERSION_NAME = "rota_version"
_VERSION = Bulk(lambda _: select(counters.c.value).where(counters.c.name == bindparam("of")))
_CHANGES = (
    select(rota_changes).where(rota_changes.c.ends > bindparam("since")).order_by(rota_changes.c.id)
)
_CHANGE = select(rota_changes).where(rota_changes.c.id == bindparam("of"))
_NEW_CHANGE = insert(rota_changes).values(all_columns(rota_changes, "id"))
_WITHDRAW = (
    update(rota_changes)
    .where(rota_changes.c.id == bindparam("of"), rota_changes.c.withdrawn_at.is_(None))
    .values(withdrawn_at=bindparam("at"), withdrawn_by=bindparam("who"))
)
_REQUESTS = (
    select(cover_requests.c.id, cover_requests.c.data)
    .where(cover_requests.c.ends > bindparam("since"))
    .order_by(cover_requests.c.starts, cover_requests.c.id)
)
_REQUEST = select(cover_requests.c.data).where(cover_requests.c.id == bindparam("of"))
_NEW_REQUEST = insert(cover_requests).values(all_columns(cover_requests, "id"))
_PUT_REQUEST = (
    update(cover_requests)
    .where(cover_requests.c.id == bindparam("of"))
    .values(data=bindparam("data"))
)


class SqlRota:
    """`application.ports.Rota` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._version: int | None = None

    def version(self) -> int:
        # Asked for by every part of a transaction, and one view of it is enough.
        if self._version is None:
            rows = self._transaction.ask(_VERSION, {"of": _VERSION_NAME})
            self._version = int(rows[0][0]) if rows else 0
        return self._version

    def changes(self, since: datetime) -> Sequence[RotaChange]:
        rows = self._transaction.execute(_CHANGES, {"since": since}).mappings()
        return [_change(dict(row)) for row in rows]

    def get(self, number: int) -> RotaChange | None:
        row = self._transaction.execute(_CHANGE, {"of": number}).mappings().first()
        return _change(dict(row)) if row is not None else None

    def alone(self) -> None:
        # On Postgres whoever comes second waits for the row, and reads what the first one wrote.
        self.renew()

    def add(self, change: RotaChange) -> RotaChange:
        row = {
            "kind": change.kind,
            "rotation": change.rotation,
            "starts": change.start,
            "ends": change.end,
            "away": change.away,
            "people": dumps(change.people),
            "reason": change.reason,
            "by": change.by,
            "made_at": change.made_at,
            "withdrawn_at": change.withdrawn_at,
            "withdrawn_by": change.withdrawn_by,
        }
        number = self._transaction.insert(_NEW_CHANGE, row)
        self.renew()
        found = self.get(number)
        assert found is not None  # noqa: S101 - it was written just now
        return found

    def withdraw(self, number: int, by: str, at: datetime) -> bool:
        done = self._transaction.write(_WITHDRAW, {"of": number, "who": by, "at": at}) > 0
        if done:
            self.renew()
        return done

    def renew(self) -> None:
        """A number drawn, not counted: one that was undone is never given to something else."""
        self._version = secrets.randbelow(2**62) + 1
        row = {"name": _VERSION_NAME, "value": self._version}
        statement = insert_or_replace(self._transaction.dialect, counters, "value")
        self._transaction.write(statement, row)


def _change(row: dict[str, Any]) -> RotaChange:
    return RotaChange(
        start=row.pop("starts"),
        end=row.pop("ends"),
        people=tuple(json.loads(row.pop("people"))),
        **row,
    )


class SqlCoverRequests:
    """`application.ports.CoverRequests` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, request: CoverRequest) -> CoverRequest:
        row = {
            "rotation": request.rotation,
            "person": request.person,
            "starts": request.start,
            "ends": request.end,
            "data": codec_of(CoverRequest).dumps(request),
        }
        number = self._transaction.insert(_NEW_REQUEST, row)
        found = self.get(number)
        assert found is not None  # noqa: S101 - it was written just now
        return found

    def get(self, number: int, *, lock: bool = False) -> CoverRequest | None:
        query = _REQUEST.with_for_update() if lock else _REQUEST
        text = self._transaction.execute(query, {"of": number}).scalar()
        return None if text is None else _request(number, text)

    def put(self, request: CoverRequest) -> None:
        data = codec_of(CoverRequest).dumps(request)
        self._transaction.write(_PUT_REQUEST, {"of": request.id, "data": data})

    def listing(self, since: datetime) -> Sequence[CoverRequest]:
        rows = self._transaction.execute(_REQUESTS, {"since": since})
        return [_request(row.id, row.data) for row in rows]


def _request(number: int, text: str) -> CoverRequest:
    return replace(codec_of(CoverRequest).loads(text), id=number)
