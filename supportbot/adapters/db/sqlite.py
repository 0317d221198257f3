"""SQLite: a file, one writer, any number of readers. Also its lock, and its backup while in use."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from supportbot.adapters.db.transaction import COUNTED
from supportbot.adapters.db.unit_of_work import SqlUnitOfWork
from supportbot.adapters.db.waiting import ROLES, Bell
from supportbot.adapters.db.writer import GroupWriter
from supportbot.application.ports import Role

T = TypeVar("T")

# Another process (the command line) may write the same file: how long to wait for its COMMIT.
_BUSY_SECONDS = 15.0


class SqliteDatabase:
    """Reads and writes one file."""

    def __init__(self, url: URL, *, echo: bool = False) -> None:
        self.path = path_of(url)
        self.reader = reading_engine(url, echo=echo)
        self._writer_engine = writing_engine(url, echo=echo)
        self._bell = Bell()
        self._writer = GroupWriter(self._writer_engine, self._bell.ring)

    def write(self, job: Callable[[SqlUnitOfWork], T]) -> T:
        return self._writer.write(job)

    def wait(self, role: Role, timeout: float) -> None:
        self._bell.wait(role, timeout)

    def wake(self) -> None:
        self._bell.ring(ROLES)

    def close(self) -> None:
        self._writer.close()
        self._writer_engine.dispose()
        self.reader.dispose()


def reading_engine(url: URL, *, echo: bool = False) -> Engine:
    """An engine whose transactions see one view and cannot write; connections are kept, one for
    each thread that reads at the same time."""
    return _engine(url, "BEGIN", "PRAGMA query_only=ON", echo=echo, pool_size=8, max_overflow=-1)


def writing_engine(url: URL, *, echo: bool = False) -> Engine:
    """An engine whose transactions begin as writers; it keeps no connection open."""
    # Pages go back into the file when the writer is idle (see `writer`), not inside a COMMIT.
    checkpoints = "PRAGMA wal_autocheckpoint=0"
    return _engine(url, "BEGIN IMMEDIATE", checkpoints, echo=echo, poolclass=NullPool)


def path_of(url: URL) -> Path:
    """The file of a URL. Raises ValueError for a database in memory, which no two threads share."""
    if not url.database or url.database == ":memory:":
        raise ValueError("the database needs a file: sqlite:///var/supportbot.db")
    return Path(url.database)


def create_file(path: Path) -> None:
    """Make the folder, and the file readable by its owner only: it holds what people wrote."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The log beside it (-wal, -shm) gets the mode that the file has.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock file `path`. Raises BlockingIOError when another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def backup(path: Path, file: Path) -> None:
    """Copy a database in use to `file`, durable and complete or not at all.

    Raises FileExistsError when the file is there, FileNotFoundError when the database is not.
    """
    if file.exists():
        raise FileExistsError(f"{file} is there already: a backup overwrites nothing")
    if not path.exists():
        raise FileNotFoundError(f"there is no database at {path}")
    unfinished = beside(file, f".{os.getpid()}.unfinished")
    create_file(unfinished)
    try:
        # One step over all pages is one read transaction, which holds up no writer.
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as copy:
            source.backup(copy, pages=-1)
        _sync(unfinished)
        unfinished.rename(file)
        _sync(file.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _engine(url: URL, begin: str, pragma: str, *, echo: bool, **options: Any) -> Engine:
    # isolation_level=None: the driver would begin late, and as a reader, which then cannot become
    # a writer when another one was quicker (SQLITE_BUSY_SNAPSHOT, which no timeout helps).
    arguments = {"isolation_level": None, "timeout": _BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(
        url,
        connect_args=arguments,
        echo=echo,
        # What people wrote has no place in an error, which is logged and posted.
        hide_parameters=True,
        execution_options=COUNTED,
        **options,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        for statement in (*_PRAGMAS, pragma):
            connection.execute(statement).close()

    @event.listens_for(engine, "begin")
    def do_begin(connection: Connection) -> None:
        # To the driver: through SQLAlchemy it costs as much as a statement that does something.
        driver: Any = connection.connection.driver_connection
        driver.execute(begin).close()

    return engine


_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # NORMAL would lose acknowledged commits when the power goes.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-8000",
)
