"""The bot in a process of its own: it lives when it is told to, and tells of every commit.

The process is forked from one that has imported all this, and stays under the parent's thumb: it
does nothing between two orders but hear Slack, and no COMMIT goes ahead before the parent nods.
"""

from __future__ import annotations

import gc
import threading
import traceback
from collections.abc import Callable
from ctypes import c_int64
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from types import MethodType
from typing import Any, Literal

import structlog
from sqlalchemy import Engine, event

from supportbot.application.deliveries import Worker
from supportbot.application.ports import Sender
from supportbot.application.steps import Stepped
from supportbot.bootstrap import Bot, open_bot
from supportbot.domain.delivery import Receipt, SendTask
from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.drive import Driver
from supportbot.settings import Settings

Fault = Literal["pages twice", "never looks", "skips a page"]
Tell = Callable[[str, str], None]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WRITES = ("INSERT INTO ", "UPDATE ", "DELETE FROM ")


class SharedClock(VirtualClock):
    """The story's time, in memory that parent and child share: it survives the child."""

    def __init__(self, cell: c_int64) -> None:
        self._cell = cell

    def now(self) -> datetime:
        return _EPOCH + self._cell.value * _MICROSECOND

    def move_to(self, at: datetime) -> None:
        if at < self.now():
            raise ValueError(f"the clock cannot go back from {self.now()} to {at}")
        self._cell.value = (at - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Life:
    """What a child is born with. `fault` is a mistake to make on purpose."""

    settings: Settings
    log: Path
    fault: Fault | None = None


def live(life: Life, cell: c_int64, orders: Connection, moments: Connection) -> None:
    """The child's main: report what went wrong, if anything does."""
    # What was imported before the fork is never garbage: looking through it takes time and memory.
    gc.freeze()
    with life.log.open("a") as log, orders, moments:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
        watch_commits(_teller(moments))
        try:
            _live(life, SharedClock(cell), orders)
        except Exception:
            orders.send(traceback.format_exc())


def _live(life: Life, clock: SharedClock, orders: Connection) -> None:
    # The parent must know our process id before the first moment comes.
    orders.recv()
    with open_bot(life.settings, clock, one_thread=True) as bot:
        if life.fault is not None:
            step = bot.steps["deliveries"]
            bot.steps = {**bot.steps, "deliveries": _faulty(step, life.fault).step}
        bot.begin()
        bot.listener.start()
        orders.send(None)
        driver = HouseKeeper(bot, clock)
        while (until := orders.recv()) is not None:
            driver.run_to(max(until, clock.now()))
            orders.send(None)
        bot.listener.close()
    orders.send(None)


class HouseKeeper(Driver):
    """A driver that keeps house whenever the roles have come to rest."""

    def __init__(self, bot: Bot, clock: VirtualClock) -> None:
        super().__init__(bot, clock)
        self._keep_house = bot.keep_house

    def settle(self) -> None:
        super().settle()
        self._keep_house()
        super().settle()


# --- commits


def watch_commits(tell: Tell) -> None:
    """From now on `tell` of every COMMIT that changes something, before it and after it.

    What was written names it: "insert inbox, insert inbox_keys".
    """
    written = _Written()
    event.listen(Engine, "after_cursor_execute", written.note)
    event.listen(Engine, "rollback", written.forget)
    event.listen(Engine, "engine_connect", lambda connection: _wrap(connection, written, tell))


class _Written(threading.local):
    """What the transaction of this thread has written so far; each thread has one at a time."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def note(self, _connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        verb = next((verb for verb in _WRITES if statement.startswith(verb)), None)
        if verb is not None and cursor.rowcount != 0:
            table = statement.removeprefix(verb).split(maxsplit=1)[0]
            self.names.add(f"{verb.split()[0].lower()} {table}")

    def forget(self, _connection: Any) -> None:
        self.names.clear()


def _wrap(connection: Any, written: _Written, tell: Tell) -> None:
    # No event comes after a COMMIT, so the dialect, which every engine has of its own, is wrapped.
    dialect = connection.dialect
    if "do_commit" in vars(dialect):
        return
    commit = dialect.do_commit

    def do_commit(connection: Any) -> None:
        what = ", ".join(sorted(written.names))
        written.names.clear()
        if not what:
            commit(connection)
            return
        tell("before-commit", what)
        commit(connection)
        tell("after-commit", what)

    dialect.do_commit = do_commit


def _teller(moments: Connection) -> Tell:
    one_at_a_time = threading.Lock()

    def tell(stage: str, what: str) -> None:
        with one_at_a_time:
            moments.send((stage, what))
            moments.recv()

    return tell


# --- mistakes to make on purpose


def _faulty(step: Callable[[], Stepped], fault: Fault) -> Worker:
    """The worker behind `step`, with a Slack sender that breaks one of the laws."""
    assert isinstance(step, MethodType)
    worker = step.__self__
    assert isinstance(worker, Worker)
    right = worker.senders["slack"]
    wrong: dict[Fault, Sender] = {
        "pages twice": _PagesTwice(right),
        "never looks": _NeverLooks(right),
        "skips a page": _SkipsPages(right),
    }
    return replace(worker, senders={**worker.senders, "slack": wrong[fault]})


@dataclass(frozen=True, slots=True)
class _PagesTwice:
    """Sends every page once more, as if it were another one."""

    right: Sender

    def send(self, task: SendTask) -> Receipt:
        if task.kind == "slack.page":
            self.right.send(task)
        return self.right.send(task)


@dataclass(frozen=True, slots=True)
class _NeverLooks:
    """Takes every attempt for the first, and so creates without looking."""

    right: Sender

    def send(self, task: SendTask) -> Receipt:
        return self.right.send(replace(task, attempt=1))


@dataclass(frozen=True, slots=True)
class _SkipsPages:
    """Says that the pages to Nadia were sent, which they were not."""

    right: Sender

    def send(self, task: SendTask) -> Receipt:
        skips = task.kind == "slack.page" and task.target["person"] == "nadia"
        return Receipt() if skips else self.right.send(task)
