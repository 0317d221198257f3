"""The inbox: whatever arrives is first a row here, kept once, worked on under a lease."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from supportbot.adapters.db.columns import first_instant, microseconds, storable
from supportbot.adapters.db.schema import INBOX_UNDONE, inbox, inbox_keys, is_in
from supportbot.adapters.db.transaction import Bulk, Transaction, new_token
from supportbot.adapters.db.upsert import all_columns, insert_new
from supportbot.application.ports import Envelope, InboxRow, Quarantined, QuarantinedRow

_MOST_AT_ONCE = 16 * 1024 * 1024

_LATER = ("id", "error", "outcome", "ticket", "finished_at", "released", "sender", "subject")
_NEW = Bulk(lambda _: insert(inbox).values(all_columns(inbox, *_LATER)).returning(inbox.c.id))
_NEW_KEY = Bulk(lambda dialect: insert_new(dialect, inbox_keys).values(all_columns(inbox_keys)))
_NO_TEXT = "{}"
_FORGET_KEYS = delete(inbox_keys).where(inbox_keys.c.inbox == bindparam("row"))
_FORGET = delete(inbox).where(inbox.c.id == bindparam("row"))
_KNOWN = select(inbox_keys.c.key).where(inbox_keys.c.key.in_(bindparam("keys", expanding=True)))
_TICKET_OF = (
    select(inbox.c.ticket)
    .join(inbox_keys, inbox_keys.c.inbox == inbox.c.id)
    .where(inbox_keys.c.key.in_(bindparam("keys", expanding=True)), inbox.c.ticket.is_not(None))
    .limit(1)
)
_DUE = (
    select(
        inbox.c.id,
        inbox.c.source,
        inbox.c.body,
        inbox.c.received_at,
        inbox.c.tries,
        inbox.c.same_name,
        inbox.c.released,
        func.length(inbox.c.raw).label("size"),
    )
    .where(INBOX_UNDONE, inbox.c.due <= bindparam("now"))
    .order_by(inbox.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"))
    .values(
        state="claimed",
        token=bindparam("token"),
        due=bindparam("lease_until"),
        tries=inbox.c.tries + 1,
    )
)
_OURS = (
    inbox.c.id == bindparam("row"),
    inbox.c.token == bindparam("ours"),
    is_in(inbox.c.state, "claimed"),
)
_FINISH = (
    update(inbox)
    .where(*_OURS)
    .values(
        state="done",
        token=None,
        outcome=bindparam("outcome"),
        ticket=bindparam("ticket"),
        finished_at=bindparam("now"),
    )
)
_PUT_BACK = (
    update(inbox)
    .where(*_OURS)
    .values(state="waiting", token=None, error=bindparam("error"), due=bindparam("due"))
)
_PARK = update(inbox).where(*_OURS).values(state="parked", token=None, error=bindparam("error"))
_RAW = select(inbox.c.raw, inbox.c.body).where(inbox.c.id == bindparam("row"))
_RAWS = select(inbox.c.id, inbox.c.raw).where(inbox.c.id.in_(bindparam("rows", expanding=True)))
_OF_TICKET = select(inbox.c.id).where(inbox.c.ticket == bindparam("ticket")).order_by(inbox.c.id)
_QUARANTINE = (
    update(inbox)
    .where(*_OURS)
    .values(
        state="quarantined",
        token=None,
        outcome=bindparam("reason"),
        sender=bindparam("from_whom"),
        subject=bindparam("about"),
        finished_at=bindparam("now"),
    )
)
_QUARANTINED = (
    select(
        inbox.c.id,
        inbox.c.received_at,
        inbox.c.finished_at,
        inbox.c.outcome,
        inbox.c.sender,
        inbox.c.subject,
    )
    .where(is_in(inbox.c.state, "quarantined"))
    .order_by(inbox.c.id.desc())
    .limit(bindparam("limit"))
)
_RELEASE = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"), is_in(inbox.c.state, "quarantined"))
    .values(state="waiting", tries=0, released=1, due=bindparam("now"))
)
_NEXT = Bulk(lambda _: select(func.min(inbox.c.due)).where(INBOX_UNDONE))
_UNPARK = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"), is_in(inbox.c.state, "parked"))
    .values(state="waiting", tries=0, due=bindparam("now"))
)


class SqlInbox:
    """`application.ports.Inbox` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, envelope: Envelope) -> bool:
        row = {"state": "waiting", "due": envelope.received_at, "tries": 0}
        kept = self._keep(envelope, row) is not None
        if kept:
            self._transaction.touched.add("intake")
        return kept

    def add_claimed(self, envelope: Envelope, now: datetime, lease: timedelta) -> InboxRow | None:
        token = new_token()
        row = {"state": "claimed", "due": now + lease, "tries": 1, "token": token}
        kept = self._keep(envelope, row)
        if kept is None:
            return None
        number, same_name = kept
        return InboxRow(
            number,
            token,
            envelope.source,
            envelope.body,
            envelope.received_at,
            1,
            envelope.raw,
            same_name,
        )

    def ticket_of(self, envelope: Envelope) -> int | None:
        keys = [*envelope.keys, *_name_of(envelope)]
        return self._transaction.execute(_TICKET_OF, {"keys": list(map(storable, keys))}).scalar()

    def _keep(self, envelope: Envelope, row: Mapping[str, Any]) -> tuple[int, bool] | None:
        """The row's number and whether its name was known; None when it is a repetition."""
        name = _name_of(envelope)
        number = self._add(envelope, (*envelope.keys, *name), row)
        if number is None and name and not self._knows(envelope.keys):
            number = self._add(envelope, envelope.keys, {**row, "same_name": 1})
            return None if number is None else (number, True)
        return None if number is None else (number, False)

    def _add(
        self, envelope: Envelope, keys: Sequence[str], values: Mapping[str, Any]
    ) -> int | None:
        row = self._insert(envelope, values)
        # In order, so that two who keep the same envelope at once never wait for each other.
        entries = [{"key": key, "inbox": row} for key in sorted({storable(key) for key in keys})]
        if self._transaction.write_bulk(_NEW_KEY, entries) == len(entries):
            return row
        # Known. Most are not: looking first would cost every one of them a query.
        self._transaction.write(_FORGET_KEYS, {"row": row})
        self._transaction.write(_FORGET, {"row": row})
        return None

    def _knows(self, keys: Sequence[str]) -> bool:
        wanted = [storable(key) for key in keys]
        return self._transaction.execute(_KNOWN, {"keys": wanted}).first() is not None

    def claim(self, now: datetime, limit: int, lease: timedelta) -> Sequence[InboxRow]:
        due = self._transaction.execute(_DUE, {"now": now, "limit": limit}).all()
        if not due:
            return []
        # One that was tried before may take its whole batch down again.
        chosen = due[:1] if due[0].tries else _bounded([row for row in due if not row.tries])
        token = new_token()
        claims = [{"row": row.id, "token": token, "lease_until": now + lease} for row in chosen]
        self._transaction.write_all(_CLAIM, claims)
        raws = self._raws([row.id for row in chosen if row.size is not None])
        return [
            InboxRow(
                row.id,
                token,
                row.source,
                row.body,
                row.received_at,
                row.tries + 1,
                raws.get(row.id),
                bool(row.same_name),
                bool(row.released),
            )
            for row in chosen
        ]

    def _raws(self, rows: Sequence[int]) -> dict[int, bytes]:
        if not rows:
            return {}
        return {row.id: row.raw for row in self._transaction.execute(_RAWS, {"rows": list(rows)})}

    def finish(self, row: InboxRow, outcome: str, ticket: int | None, now: datetime) -> bool:
        values = {"outcome": outcome, "ticket": ticket, "now": now}
        return bool(self._transaction.write(_FINISH, {**_ours(row), **values}))

    def quarantine(self, row: InboxRow, verdict: Quarantined, now: datetime) -> bool:
        values = {
            "reason": verdict.reason,
            "from_whom": verdict.sender,
            "about": verdict.subject,
            "now": now,
        }
        return bool(self._transaction.write(_QUARANTINE, {**_ours(row), **values}))

    def quarantined(self, limit: int) -> Sequence[QuarantinedRow]:
        rows = self._transaction.execute(_QUARANTINED, {"limit": limit})
        return [
            QuarantinedRow(
                row.id, row.received_at, row.finished_at, row.outcome, row.sender, row.subject
            )
            for row in rows
        ]

    def release(self, row: int, now: datetime) -> bool:
        freed = self._transaction.write(_RELEASE, {"row": row, "now": now})
        if freed:
            self._transaction.touched.add("intake")
        return bool(freed)

    def raw(self, row: int) -> bytes | None:
        found = self._transaction.execute(_RAW, {"row": row}).one_or_none()
        if found is None:
            return None
        if found.raw is not None:
            return bytes(found.raw)
        # What came as text has no other form; of what is pruned, and of a mail, nothing is left.
        text: str = found.body
        return None if text == _NO_TEXT else text.encode("utf-8", "surrogatepass")

    def rows_of(self, ticket: int) -> Sequence[int]:
        return list(self._transaction.execute(_OF_TICKET, {"ticket": ticket}).scalars())

    def put_back(self, row: InboxRow, error: str, due: datetime | None) -> None:
        if due is None:
            self._transaction.write(_PARK, {**_ours(row), "error": error})
        else:
            self._transaction.write(_PUT_BACK, {**_ours(row), "error": error, "due": due})
            self._transaction.touched.add("intake")

    def next_due(self) -> datetime | None:
        return first_instant(self._transaction.ask(_NEXT, {}))

    def unpark(self, row: int, now: datetime) -> bool:
        """Waiting again with its tries forgotten. False when it is not parked."""
        freed = self._transaction.write(_UNPARK, {"row": row, "now": now})
        if freed:
            self._transaction.touched.add("intake")
        return bool(freed)

    def _insert(self, envelope: Envelope, values: Mapping[str, Any]) -> int:
        row = {
            "source": envelope.source,
            "body": storable(envelope.body),
            "received_at": microseconds(envelope.received_at),
            "raw": envelope.raw,
            "same_name": 0,
            "token": None,
            **values,
            "due": microseconds(values["due"]),
        }
        return int(self._transaction.ask(_NEW, row)[0][0])


def _bounded(due: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """As many from the first on as may be held in memory together, and always one."""
    sizes = accumulate(row.size or 0 for row in due)
    return [
        row
        for place, (row, size) in enumerate(zip(due, sizes, strict=True))
        if not place or size <= _MOST_AT_ONCE
    ]


def _name_of(envelope: Envelope) -> tuple[str, ...]:
    return () if envelope.name is None else (envelope.name,)


def _ours(row: InboxRow) -> dict[str, object]:
    return {"row": row.id, "ours": row.token}
