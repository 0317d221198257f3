"""The store: one class for both databases. `open_store` is the way in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from supportbot.adapters.db import sqlite
from supportbot.adapters.db.database import Database
from supportbot.adapters.db.migrate import pending, upgrade
from supportbot.adapters.db.transaction import Transaction
from supportbot.adapters.db.unit_of_work import SqlUnitOfWork
from supportbot.adapters.db.urls import parse_url
from supportbot.application.ports import Role, UnitOfWork

T = TypeVar("T")


class AlreadyRunning(Exception):
    """Another process runs on this SQLite file."""


class NotMigrated(Exception):
    """The Postgres database lacks migrations; `supportbot db upgrade` runs them."""


class SqlStore:
    """`application.ports.Store`. A job may run more than once on Postgres, when its transaction
    met another one's: what it does outside the unit of work should do no harm twice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, job: Callable[[UnitOfWork], T]) -> T:
        return self._database.write(job)

    def read(self, job: Callable[[UnitOfWork], T]) -> T:
        with self._database.reader.connect() as connection:
            return job(SqlUnitOfWork(Transaction(connection, reads=True)))

    def wait(self, role: Role, timeout: float) -> None:
        self._database.wait(role, timeout)

    def wake(self) -> None:
        self._database.wake()

    def release_leases(self, now: datetime) -> int:
        """Free what a process that is no more had claimed; how many rows that was.

        Only for the one process on a SQLite file, at its start, under `acquire_run_lock`.
        """
        return self._database.write(lambda unit: unit.release_leases(now))

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def open_store(url: str, *, echo: bool = False) -> SqlStore:
    """Open the store at `url`; `echo` logs every statement.

    SQLite is created and migrated by itself. Raises NotMigrated for a Postgres that lacks
    migrations, ValueError for a URL of another kind.
    """
    target = parse_url(url)
    if target.get_backend_name() == "sqlite":
        upgrade(url)
        return SqlStore(sqlite.SqliteDatabase(target, echo=echo))
    if pending(url):
        raise NotMigrated("the database lacks migrations: run supportbot db upgrade")
    from supportbot.adapters.db.postgres import PostgresDatabase

    return SqlStore(PostgresDatabase(target, echo=echo))


@contextmanager
def acquire_run_lock(url: str) -> Iterator[None]:
    """Be the one process that runs on this SQLite file. Raises AlreadyRunning.

    On Postgres any number may run: nothing is locked.
    """
    target = parse_url(url)
    if target.get_backend_name() != "sqlite":
        yield
        return
    path = sqlite.path_of(target)
    with ExitStack() as held:
        try:
            held.enter_context(sqlite.locked(sqlite.beside(path, ".lock"), wait=False))
        except BlockingIOError:
            raise AlreadyRunning(f"another supportbot runs on {path}") from None
        yield


def backup(url: str, file: Path) -> None:
    """Copy a SQLite database in use to `file`, whole and durable, or not at all.

    Raises FileExistsError rather than overwrite, ValueError for Postgres, which has its own tool.
    """
    target = parse_url(url)
    if target.get_backend_name() != "sqlite":
        raise ValueError("Postgres makes its own backups: use pg_dump, or its continuous archiving")
    sqlite.backup(sqlite.path_of(target), file)
