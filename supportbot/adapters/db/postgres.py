"""Postgres: any number of processes share the work; LISTEN and NOTIFY tell each other of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from supportbot.adapters.db.hints import Hints
from supportbot.adapters.db.transaction import COUNTED, Transaction
from supportbot.adapters.db.unit_of_work import SqlUnitOfWork
from supportbot.adapters.db.waiting import ROLES, Bell
from supportbot.application.ports import Role

T = TypeVar("T")

# Two transactions waited for each other, or could not both be: either may simply run again.
# https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
_RUN_AGAIN = {"40001", "40P01"}
_RUNS = 4


class PostgresDatabase:
    """Reads and writes one database, through a pool of connections."""

    def __init__(self, url: URL, *, echo: bool = False) -> None:
        self._engine = create_engine(
            url,
            echo=echo,
            # What people wrote has no place in an error, which is logged and posted.
            hide_parameters=True,
            execution_options=COUNTED,
            pool_size=10,
            max_overflow=20,
            pool_pre_ping=True,
        )
        self.reader = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._bell = Bell()
        self._hints = Hints(url, self._bell.ring)

    def write(self, job: Callable[[SqlUnitOfWork], T]) -> T:
        for _ in range(_RUNS - 1):
            try:
                return self._write(job)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _RUN_AGAIN:
                    raise
        return self._write(job)

    def wait(self, role: Role, timeout: float) -> None:
        self._hints.listen()
        self._bell.wait(role, timeout)

    def wake(self) -> None:
        self._bell.ring(ROLES)

    def close(self) -> None:
        self._hints.close()
        self._engine.dispose()

    def _write(self, job: Callable[[SqlUnitOfWork], T]) -> T:
        with self._engine.begin() as connection:
            transaction = Transaction(connection)
            result = job(SqlUnitOfWork(transaction))
        if transaction.touched:
            self._bell.ring(transaction.touched)
            self._hints.tell(transaction.touched)
        return result
