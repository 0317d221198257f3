"""SQLite without a writer's thread and without waiting for the disk: nothing here is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.engine import make_url

from supportbot.adapters.db.migrate import upgrade
from supportbot.adapters.db.schema import inbox, timers
from supportbot.adapters.db.sqlite import reading_engine, writing_engine
from supportbot.adapters.db.transaction import Transaction
from supportbot.adapters.db.unit_of_work import SqlUnitOfWork
from supportbot.application.ports import Role
from supportbot.domain.ticket.ticket import reference
from supportbot.sandbox.simulate.timeline import Row

T = TypeVar("T")

_DUES: Mapping[Role, Callable[[SqlUnitOfWork], datetime | None]] = {
    "intake": lambda uow: uow.inbox.next_due(),
    "timers": lambda uow: uow.timers.next_due(),
    "chores": lambda uow: uow.chores.next_due(),
    "deliveries": lambda uow: uow.deliveries.next_due(),
}


class BriefDatabase:
    """An `adapters.db` Database for one thread, in a folder that is thrown away."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder / 'simulation.db'}"
        upgrade(url)
        self._writer: Engine = writing_engine(make_url(url))
        self._connection = self._writer.connect()
        driver = self._connection.connection.driver_connection
        if driver is not None:
            # No power cut can take what nobody will look for; the log must not grow for a year.
            driver.execute("PRAGMA synchronous=OFF").close()
            driver.execute("PRAGMA wal_autocheckpoint=1000").close()
        self._reader = reading_engine(make_url(url))
        self._look = self._reader.connect()
        self._dues: dict[Role, datetime | None] = {}

    @property
    def reader(self) -> Engine:
        return self._reader

    def write(self, job: Callable[[SqlUnitOfWork], T]) -> T:
        transaction = Transaction(self._connection)
        with self._connection.begin():
            done = job(SqlUnitOfWork(transaction))
        for role in transaction.touched:
            self._dues.pop(role, None)
        return done

    def next_dues(self, stepped: Iterable[Role]) -> Mapping[Role, datetime | None]:
        """When each role has something to do; asked of those that `stepped`, or were touched."""
        for role in stepped:
            self._dues.pop(role, None)
        missing = _DUES.keys() - self._dues
        if missing:
            uow = SqlUnitOfWork(Transaction(self._look, reads=True))
            self._dues |= {role: _DUES[role](uow) for role in missing}
            # The next look must see what is written by then.
            self._look.rollback()
        return self._dues

    def wait(self, role: Role, timeout: float) -> None:
        """Returns at once: whoever has one thread must not wait for another."""

    def wake(self) -> None:
        """Nobody waits."""

    def close(self) -> None:
        self._look.close()
        self._connection.close()
        self._writer.dispose()
        self._reader.dispose()

    def timer_rows(self) -> list[Row]:
        """Every timer that came due, with what became of it."""
        due = select(timers.c.ticket, timers.c.kind, timers.c.finished_at, timers.c.outcome)
        over = due.where(timers.c.outcome != "cancelled", timers.c.finished_at.is_not(None))
        with self._reader.connect() as connection:
            return [
                Row(r.finished_at, None, "timer", r.kind, reference(r.ticket), None, r.outcome)
                for r in connection.execute(over.order_by(timers.c.id))
            ]

    def ignored_rows(self) -> list[Row]:
        """Every message that became no part of a ticket, and why."""
        query = select(inbox.c.received_at, inbox.c.source, inbox.c.state, inbox.c.outcome)
        with self._reader.connect() as connection:
            return [
                Row(r.received_at, None, r.source, "ignored", None, None, r.outcome or r.state)
                for r in connection.execute(query.where(inbox.c.ticket.is_(None)))
            ]
