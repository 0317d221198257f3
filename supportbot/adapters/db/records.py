"""What is kept to be looked up again: threads, places, decisions, playbooks, marks."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import bindparam, delete, insert, or_, select, update

from supportbot.adapters.db.codec import canonical, codec_of, dumps
from supportbot.adapters.db.columns import microseconds, storable
from supportbot.adapters.db.schema import (
    decisions,
    marks,
    places,
    playbook_versions,
    threads,
    tickets,
)
from supportbot.adapters.db.transaction import Bulk, Transaction
from supportbot.adapters.db.upsert import all_columns, insert_new, insert_or_replace
from supportbot.application.ports import DecisionRecord, Threaded

_MOVE = update(threads).where(threads.c.ticket == bindparam("of")).values(ticket=bindparam("into"))
_LATELY = (
    select(threads.c.key)
    .join(tickets, tickets.c.number == threads.c.ticket)
    .where(
        threads.c.key.startswith(bindparam("prefix"), autoescape=False),
        or_(tickets.c.state != "closed", tickets.c.changed_at >= bindparam("since")),
    )
    .order_by(tickets.c.number.desc())
    .limit(bindparam("limit"))
)
_PLACE = select(places.c.address).where(
    places.c.ticket == bindparam("ticket"), places.c.name == bindparam("name")
)
# The same address may have served a closed ticket before: the newest is meant.
_TICKET_AT = (
    select(places.c.ticket)
    .where(places.c.name == bindparam("name"), places.c.address == bindparam("address"))
    .order_by(places.c.ticket.desc())
    .limit(1)
)
_PUT_THREAD = Bulk(
    lambda dialect: insert_or_replace(dialect, threads, "ticket").values(all_columns(threads))
)
_PUT_PLACE = Bulk(
    lambda dialect: insert_or_replace(dialect, places, "address").values(all_columns(places))
)
_NEW_DECISION = Bulk(lambda _: insert(decisions).values(all_columns(decisions, "id")))
_DECISION = (
    select(decisions.c.data)
    .where(decisions.c.ticket == bindparam("ticket"))
    .order_by(decisions.c.id.desc())
    .limit(1)
)
_DECISIONS_SINCE = (
    select(decisions.c.ticket, decisions.c.data)
    .where(decisions.c.at >= bindparam("at"))
    .order_by(decisions.c.id.desc())
    .limit(bindparam("limit"))
)
_VERSION = select(playbook_versions.c.files).where(
    playbook_versions.c.version == bindparam("version")
)
_HAS_VERSION = Bulk(
    lambda _: select(playbook_versions.c.kept_at).where(
        playbook_versions.c.version == bindparam("version")
    )
)
_MARK = select(marks.c.at).where(marks.c.name == bindparam("name"))
_BEGINS = marks.c.name.startswith(bindparam("prefix"), autoescape=False)
_MARKS = select(marks.c.name, marks.c.at).where(_BEGINS).order_by(marks.c.at, marks.c.name)
_UNMARK = delete(marks).where(_BEGINS)


@cache
def _threads(count: int) -> Bulk:
    """Those of so many keys, of which a message has but a few."""
    keys = [bindparam(f"key{place}", type_=threads.c.key.type) for place in range(count)]
    return Bulk(lambda _: select(threads.c.key, threads.c.ticket).where(threads.c.key.in_(keys)))


class SqlThreads:
    """`application.ports.Threads` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, keys: Sequence[str]) -> Threaded | None:
        if not keys:
            return None
        # As they are stored: a key may hold what a database refuses.
        wanted = [storable(key) for key in keys]
        named = {f"key{place}": key for place, key in enumerate(wanted)}
        rows = self._transaction.ask(_threads(len(named)), named)
        known: dict[str, int] = {row[0]: row[1] for row in rows}
        found = ((key, known.get(as_stored)) for key, as_stored in zip(keys, wanted, strict=True))
        return next((Threaded(ticket, key) for key, ticket in found if ticket is not None), None)

    def add(self, key: str, ticket: int) -> None:
        self._transaction.write_bulk(_PUT_THREAD, [{"key": storable(key), "ticket": ticket}])

    def keep(self, keys: Sequence[str], ticket: int) -> None:
        statement = insert_new(self._transaction.dialect, threads)
        # In order, so that two who keep the same keys at once never wait for each other.
        rows = [{"key": key, "ticket": ticket} for key in sorted(set(keys))]
        self._transaction.write_all(statement, rows)

    def move(self, ticket: int, into: int) -> None:
        self._transaction.write(_MOVE, {"of": ticket, "into": into})

    def lately(self, prefix: str, since: datetime, limit: int) -> Sequence[str]:
        values = {"prefix": prefix, "since": since, "limit": limit}
        return list(self._transaction.execute(_LATELY, values).scalars())


class SqlPlaces:
    """`application.ports.Places` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, ticket: int, name: str) -> Mapping[str, str] | None:
        text = self._transaction.execute(_PLACE, {"ticket": ticket, "name": name}).scalar()
        return None if text is None else json.loads(text)

    def put(self, ticket: int, name: str, address: Mapping[str, str]) -> None:
        put_place(self._transaction, ticket, name, canonical(address))

    def ticket_at(self, name: str, address: Mapping[str, str]) -> int | None:
        values = {"name": name, "address": canonical(address)}
        return self._transaction.execute(_TICKET_AT, values).scalar()


def put_place(transaction: Transaction, ticket: int, name: str, address: str) -> None:
    """`address` is canonical text. Deliveries that waited for the place may go now."""
    transaction.write_bulk(_PUT_PLACE, [{"ticket": ticket, "name": name, "address": address}])
    transaction.touched.add("deliveries")


class SqlDecisions:
    """`application.ports.Decisions` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, ticket: int, record: DecisionRecord) -> None:
        row = {
            "ticket": ticket,
            "at": microseconds(record.at),
            "playbooks": record.playbooks,
            "data": codec_of(DecisionRecord).dumps(record),
        }
        self._transaction.write_bulk(_NEW_DECISION, [row])

    def get(self, ticket: int) -> DecisionRecord | None:
        """The newest of the ticket."""
        text = self._transaction.execute(_DECISION, {"ticket": ticket}).scalar()
        return None if text is None else codec_of(DecisionRecord).loads(text)

    def since(self, at: datetime, limit: int) -> Sequence[tuple[int, DecisionRecord]]:
        """The newest `limit` of them, oldest first."""
        rows = self._transaction.execute(_DECISIONS_SINCE, {"at": at, "limit": limit}).all()
        read = codec_of(DecisionRecord).loads
        return [(row.ticket, read(row.data)) for row in reversed(rows)]


class SqlVersions:
    """`application.ports.Versions` in SQL; the files compressed, for playbooks are mostly prose."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def keep(self, version: str, files: Mapping[str, str], now: datetime) -> None:
        # Every ticket asks for it: looking costs little, packing a thousand rules milliseconds.
        if self._transaction.ask(_HAS_VERSION, {"version": version}):
            return
        statement = insert_new(self._transaction.dialect, playbook_versions)
        packed = zlib.compress(dumps(files).encode("ascii"))
        self._transaction.write(statement, {"version": version, "kept_at": now, "files": packed})

    def get(self, version: str) -> Mapping[str, str] | None:
        packed = self._transaction.execute(_VERSION, {"version": version}).scalar()
        return None if packed is None else json.loads(zlib.decompress(packed))


class SqlMarks:
    """`application.ports.Marks` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, name: str) -> datetime | None:
        return self._transaction.execute(_MARK, {"name": name}).scalar()

    def put(self, name: str, at: datetime) -> None:
        statement = insert_or_replace(self._transaction.dialect, marks, "at")
        self._transaction.write(statement, {"name": name, "at": at})

    def take(self, prefix: str) -> Mapping[str, datetime]:
        rows = self._transaction.execute(_MARKS, {"prefix": prefix})
        found = {row.name: row.at for row in rows}
        if found:
            self._transaction.write(_UNMARK, {"prefix": prefix})
        return found
