"""Chores: the desk's own timers, each leased to whoever does it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Insert, bindparam, delete, func, select, update

from supportbot.adapters.db.columns import first_instant
from supportbot.adapters.db.schema import chores
from supportbot.adapters.db.transaction import Bulk, Transaction, new_token
from supportbot.adapters.db.upsert import insert_new, insert_or_replace
from supportbot.application.ports import Chore

_DUE = (
    select(chores)
    .where(chores.c.due <= bindparam("now"))
    .order_by(chores.c.due, chores.c.name)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_OURS = (chores.c.name == bindparam("of"), chores.c.token == bindparam("ours"))
_LEASE = (
    update(chores)
    .where(chores.c.name == bindparam("of"))
    .values(token=bindparam("token"), due=bindparam("due"))
)
_AGAIN = (
    update(chores).where(*_OURS).values(token=None, failures=0, error=None, due=bindparam("due"))
)
_FAILED = (
    update(chores)
    .where(*_OURS)
    .values(
        token=None,
        failures=chores.c.failures + 1,
        error=bindparam("error"),
        due=bindparam("due"),
    )
)
_OVER = delete(chores).where(*_OURS)
_DROP = delete(chores).where(chores.c.name == bindparam("of"))
_NEXT = Bulk(lambda _: select(func.min(chores.c.due)))
_NAMED = (
    select(chores.c.name, chores.c.due)
    .where(func.substr(chores.c.name, 1, func.length(bindparam("prefix"))) == bindparam("prefix"))
    .order_by(chores.c.due, chores.c.name)
)


class SqlChores:
    """`application.ports.Chores` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def set(self, name: str, due: datetime) -> None:
        # Whoever is doing it now loses their claim: it was set anew for what they did not know.
        statement = insert_or_replace(self._transaction.dialect, chores, "due", "token")
        self._write(statement, name, due)

    def keep(self, name: str, due: datetime) -> None:
        self._write(insert_new(self._transaction.dialect, chores), name, due)

    def drop(self, name: str) -> None:
        self._transaction.write(_DROP, {"of": name})

    def claim(self, now: datetime, lease: timedelta) -> Chore | None:
        row = self._transaction.execute(_DUE, {"now": now}).first()
        if row is None:
            return None
        token = new_token()
        self._transaction.write(_LEASE, {"of": row.name, "token": token, "due": now + lease})
        return Chore(row.name, row.due, token, row.failures)

    def finish(self, chore: Chore, again: datetime | None) -> bool:
        ours = {"of": chore.name, "ours": chore.token}
        if again is None:
            return self._transaction.write(_OVER, ours) > 0
        return self._transaction.write(_AGAIN, {**ours, "due": again}) > 0

    def failed(self, chore: Chore, error: str, due: datetime) -> None:
        row = {"of": chore.name, "ours": chore.token, "error": error, "due": due}
        self._transaction.write(_FAILED, row)

    def next_due(self) -> datetime | None:
        return first_instant(self._transaction.ask(_NEXT, {}))

    def named(self, prefix: str) -> Sequence[tuple[str, datetime]]:
        rows = self._transaction.execute(_NAMED, {"prefix": prefix})
        return [(row.name, row.due) for row in rows]

    def _write(self, statement: Insert, name: str, due: datetime) -> None:
        row = {"name": name, "due": due, "token": None, "failures": 0, "error": None}
        self._transaction.write(statement, row)
        self._transaction.touched.add("chores")
