"""SQLite's one writer: a thread that takes waiting jobs in groups, one COMMIT for each group.

SQLite has one write transaction at a time, and its durable COMMIT waits for the disk. Sharing one
among all who wait is what makes sixteen writers as quick as one.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from supportbot.adapters.db.transaction import Transaction
from supportbot.adapters.db.unit_of_work import SqlUnitOfWork
from supportbot.application.ports import Role

T = TypeVar("T")

_LARGEST_GROUP = 64
# Pages changed since go back into the database file when nobody waits, or after this many rows.
_IDLE_SECONDS = 0.2
_ROWS_BEFORE_CHECKPOINT = 20_000


@dataclass(slots=True)
class _Waiting:
    """A job, and whoever waits for its result."""

    job: Callable[[SqlUnitOfWork], Any]
    future: Future[Any] = field(default_factory=Future)


@dataclass(slots=True)
class _Done:
    """A job that ran and now depends on the COMMIT."""

    waiting: _Waiting
    result: Any
    touched: set[Role]


class GroupWriter:
    """Runs jobs in the writer's thread; `on_commit` hears the roles that a group touched."""

    def __init__(self, engine: Engine, on_commit: Callable[[set[Role]], None]) -> None:
        self._engine = engine
        self._on_commit = on_commit
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread: threading.Thread | None = None

    def write(self, job: Callable[[SqlUnitOfWork], T]) -> T:
        """The job's result once it is durable. Raises what the job raised, or the COMMIT."""
        waiting = _Waiting(job)
        with self._lock:
            if self._closed:
                raise RuntimeError("the store is closed")
            if self._thread is None:
                self._start()
            if threading.current_thread() is self._thread:
                raise RuntimeError("a write inside a write would wait for itself")
            self._queue.put(waiting)
        result: T = waiting.future.result()
        return result

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _start(self) -> None:
        # Connected here: whoever writes first hears why it failed.
        connection = self._engine.connect()
        self._thread = threading.Thread(
            target=self._run, args=(connection,), name="sqlite-writer", daemon=True
        )
        self._thread.start()

    def _run(self, connection: Connection) -> None:
        with connection:
            writer = _Connected(connection, self._on_commit)
            while group := self._next_group(writer):
                writer.run([waiting for waiting in group if waiting is not None])
                if None in group:
                    break

    def _next_group(self, writer: _Connected) -> list[_Waiting | None]:
        """Wait for a job, and take those that wait with it; [None] is the end."""
        group = [self._first(writer)]
        with suppress(queue.Empty):
            while len(group) < _LARGEST_GROUP and group[-1] is not None:
                group.append(self._queue.get_nowait())
        return group

    def _first(self, writer: _Connected) -> _Waiting | None:
        try:
            return self._queue.get(timeout=_IDLE_SECONDS if writer.changed_rows else None)
        except queue.Empty:
            writer.checkpoint()
            return self._queue.get()


class _Connected:
    """The writer's connection, and how much was written since the last checkpoint."""

    def __init__(self, connection: Connection, on_commit: Callable[[set[Role]], None]) -> None:
        self._connection = connection
        self._on_commit = on_commit
        self._checkpointed = 0

    @property
    def changed_rows(self) -> int:
        return self._total_changes() - self._checkpointed

    def run(self, group: list[_Waiting]) -> None:
        if not group:
            return
        done: list[_Done] = []
        try:
            self._connection.begin()
            for waiting in group:
                self._run_one(waiting, done, alone=len(group) == 1)
            self._connection.commit()
        except BaseException as error:
            self._undo()
            for waiting in group:
                _fail(waiting, error)
            return
        self._on_commit({role for job in done for role in job.touched})
        for job in done:
            job.waiting.future.set_result(job.result)
        if self.changed_rows > _ROWS_BEFORE_CHECKPOINT:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Copy the log into the database file; PASSIVE waits for no reader."""
        with suppress(sqlite3.Error):
            self._say("PRAGMA wal_checkpoint(PASSIVE)")
        self._checkpointed = self._total_changes()

    def _run_one(self, waiting: _Waiting, done: list[_Done], *, alone: bool) -> None:
        if not waiting.future.set_running_or_notify_cancel():
            return
        transaction = Transaction(self._connection)
        if not alone:
            self._say("SAVEPOINT job")
        try:
            result = waiting.job(SqlUnitOfWork(transaction))
        except Exception as error:
            if alone:
                self._undo()
            else:
                self._say("ROLLBACK TO job")
                self._say("RELEASE job")
            waiting.future.set_exception(error)
            return
        if not self._driver().in_transaction:
            # A full disk undoes more than the statement that met it; nothing may be left half done.
            raise RuntimeError("SQLite undid the transaction by itself")
        if not alone:
            self._say("RELEASE job")
        done.append(_Done(waiting, result, transaction.touched))

    def _undo(self) -> None:
        with suppress(SQLAlchemyError):
            self._connection.rollback()
        # A COMMIT that failed leaves SQLite inside the transaction that SQLAlchemy takes for ended.
        with suppress(sqlite3.Error):
            self._driver().rollback()

    def _say(self, statement: str) -> None:
        # To the driver: through SQLAlchemy a savepoint costs a third of what it is put around.
        self._driver().execute(statement).close()

    def _total_changes(self) -> int:
        return int(self._driver().total_changes)

    def _driver(self) -> Any:
        return self._connection.connection.driver_connection


def _fail(waiting: _Waiting, error: BaseException) -> None:
    if not waiting.future.done():
        waiting.future.set_exception(error)
