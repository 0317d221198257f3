"""`supportbot run`: every role in one process, or some of them, until somebody says stop.

A role is a loop around a step. A step that raises is logged and tried again after a growing wait,
so that a database or a network that is away stops nothing but the work that needs it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Collection
from datetime import timedelta
from queue import Empty, SimpleQueue
from types import FrameType

import structlog

from supportbot.adapters.spare_memory import give_back
from supportbot.application.ports import Role
from supportbot.application.steps import Stepped
from supportbot.bootstrap import ALL_ROLES, Bot, open_bot
from supportbot.settings import Settings

log = structlog.get_logger()

# However quiet it is, look again after this long: a hint may get lost, a clock may be set.
LONGEST_SLEEP = timedelta(seconds=5)
HOUSEKEEPING_EVERY = timedelta(seconds=15)
_LONGEST_WAIT_AFTER_FAILURE = 30.0
_DRAIN = 60.0


class Loop:
    """One role on a thread of its own."""

    def __init__(self, bot: Bot, role: Role, step: Callable[[], Stepped]) -> None:
        self._bot = bot
        self._role: Role = role
        self._step = step
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=role, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        self._stop.set()

    def join(self, timeout: float) -> bool:
        """Wait for the step in hand; False when it outlasted `timeout` seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        structlog.contextvars.bind_contextvars(role=self._role)
        failures = 0
        while not self._stop.is_set():
            try:
                stepped = self._step()
                failures = 0
            except Exception:
                failures += 1
                log.exception("step_failed", failures=failures)
                self._stop.wait(min(2.0 ** min(failures, 10), _LONGEST_WAIT_AFTER_FAILURE))
                continue
            if not stepped.busy:
                self._sleep(stepped)

    def _sleep(self, stepped: Stepped) -> None:
        pause = LONGEST_SLEEP
        if stepped.wake_at is not None:
            pause = min(pause, stepped.wake_at - self._bot.context.clock.now())
        if pause > timedelta(0) and not self._stop.is_set():
            self._bot.context.store.wait(self._role, pause.total_seconds())


def run(settings: Settings, roles: Collection[str] = ALL_ROLES) -> int:
    """Run until SIGTERM or SIGINT, then finish what is in hand and leave. Returns the exit status.

    Raises SettingsFault, PlaybookFaults and the like before anything has started.
    """
    with open_bot(settings, roles=roles) as bot:
        return serve(bot, signals())


def signals() -> SimpleQueue[int]:
    """The signals that this process gets from now on, of those it understands."""
    # A handler may interrupt anything, itself too: of queues and locks only this one allows that.
    asked: SimpleQueue[int] = SimpleQueue()

    def ask(number: int, _frame: FrameType | None) -> None:
        asked.put(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ask)
    return asked


def serve(bot: Bot, asked: SimpleQueue[int]) -> int:
    """Run every role of `bot` until a signal to stop is `asked`; 0 when all of them drained.

    SIGHUP reads the playbooks anew.
    """
    loops = [Loop(bot, role, step) for role, step in bot.steps.items()]
    bot.begin()
    # First whatever may refuse to start: an address that is taken stops us before work begins.
    bot.listener.start()
    for loop in loops:
        loop.start()
    give_back()
    log.info("running", playbooks=bot.context.shelf.current.version)
    while (number := _next(asked)) in (None, signal.SIGHUP):
        if number is not None:
            _try("reread_failed", bot.reread)
        _try("housekeeping_failed", bot.keep_house)
    log.info("stopping", signal=signal.Signals(number).name)
    bot.listener.close()
    for loop in loops:
        loop.ask_to_stop()
    bot.store.wake()
    drained = [loop.join(_DRAIN) for loop in loops]
    log.info("stopped", drained=all(drained))
    return 0 if all(drained) else 1


def _next(asked: SimpleQueue[int]) -> int | None:
    """The next signal, or None when it is time to keep house."""
    try:
        return asked.get(timeout=HOUSEKEEPING_EVERY.total_seconds())
    except Empty:
        return None


def _try(event: str, chore: Callable[[], None]) -> None:
    try:
        chore()
    except Exception:
        log.exception(event)
