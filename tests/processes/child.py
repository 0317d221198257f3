"""The bot in a process of its own: it lives when it is told to, and tells of every commit.

The process is forked from one that has imported all this, and stays under the parent's thumb: it
does nothing between two orders but hear Slack, and no COMMIT goes ahead before the parent nods.
The pipe is another such process, which hands in mail as `supportbot mail deliver` does, and ends.
"""

from __future__ import annotations

import gc
import threading
import traceback
from collections.abc import Callable
from ctypes import c_int64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, event

from supportbot.adapters.mail.envelope import SOURCE, envelope
from supportbot.application import intake
from supportbot.bootstrap import Bot, mail_reader, open_bot, open_context
from supportbot.bootstrap.slack import SlackListener
from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.drive import Driver
from supportbot.settings import Settings
from tests.processes.mistakes import Fault, make
from tests.processes.moments import PATIENCE

Tell = Callable[[str, str], None]
Order = datetime | bytes | tuple[bytes, ...] | None
"""For the bot: live until then, take in this mail, leave. For the pipe: hand in these mails."""
Main = Callable[["Life", c_int64, Connection, Connection], None]

PLAYBOOKS = Path(__file__).parent / "playbooks"
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
    """The bot's main."""
    _be(_live, life, cell, orders, moments)


def hand_in(life: Life, cell: c_int64, orders: Connection, moments: Connection) -> None:
    """The pipe's main."""
    _be(_hand_in, life, cell, orders, moments)


def _be(
    main: Callable[[Life, SharedClock, Connection], None],
    life: Life,
    cell: c_int64,
    orders: Connection,
    moments: Connection,
) -> None:
    """Be that, and report what went wrong, if anything does."""
    # A life is too short for garbage to be worth looking for.
    gc.disable()
    with life.log.open("a") as log, orders, moments:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
        watch_commits(_teller(moments))
        try:
            main(life, SharedClock(cell), orders)
        except Exception:
            orders.send(traceback.format_exc())


def _live(life: Life, clock: SharedClock, orders: Connection) -> None:
    # The parent must know our process id before the first moment comes.
    orders.recv()
    with open_bot(life.settings, clock, one_thread=True) as bot:
        if life.fault is not None:
            make(life.fault, bot, life.settings)
        bot.begin()
        connected = _connected(bot)
        bot.listener.start()
        if not connected.wait(PATIENCE):
            raise TimeoutError("Slack cannot reach the bot")
        orders.send(None)
        driver = HouseKeeper(bot, clock)
        while (order := orders.recv()) is not None:
            if isinstance(order, bytes):
                # As a mailbox does: its mail is marked as seen once this has returned.
                intake.receive(bot.context, envelope(order, clock.now()))
            else:
                driver.run_to(max(order, clock.now()))
            orders.send(None)
        bot.listener.close()
    orders.send(None)


def _connected(bot: Bot) -> threading.Event:
    """Set once the bot knows that Slack reaches it: before, it may read up at any moment."""
    slack = bot.listener.by_name["slack"]
    assert isinstance(slack, SlackListener)
    hear, heard = slack.on_connected, threading.Event()

    def on_connected() -> None:
        hear()
        heard.set()

    slack.on_connected = on_connected
    return heard


def _hand_in(life: Life, clock: SharedClock, orders: Connection) -> None:
    mails = orders.recv()
    with open_context(life.settings, clock) as context:
        envelopes = [envelope(raw, clock.now()) for raw in mails]
        intake.take(context, envelopes, {SOURCE: mail_reader(life.settings)})
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
        # What returns rows is not counted before they are fetched.
        if verb is not None and (cursor.rowcount != 0 or " RETURNING " in statement):
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
