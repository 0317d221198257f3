"""A process as its parent holds it: born in milliseconds, killed by -9, buried."""

from __future__ import annotations

import multiprocessing
import threading
from ctypes import c_int64
from datetime import datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import RawValue

from tests.forked import FORKED
from tests.processes.child import Life, Main, Order, SharedClock
from tests.processes.moments import PATIENCE, Moments

_LEAVING = 5.0
"""Seconds of real time for a process that was told to leave."""


class Died(Exception):
    """The bot was killed meanwhile."""


class Child:
    """One life of the bot, or of the pipe: whose `main` that is. It begins with the first order;
    its commits go to `moments`."""

    def __init__(self, main: Main, life: Life, cell: c_int64, moments: Moments) -> None:
        self._lock = threading.Lock()
        self._killed = self._buried = False
        self._orders, orders = multiprocessing.Pipe()
        told, telling = multiprocessing.Pipe()
        self._process: BaseProcess = FORKED.Process(
            target=main, args=(life, cell, orders, telling), daemon=True
        )
        self._process.start()
        orders.close()
        telling.close()
        self._listener = threading.Thread(target=_listen, args=(told, moments), daemon=True)
        self._listener.start()

    @property
    def is_dead(self) -> bool:
        """Whether it was killed."""
        return self._killed

    def do(self, order: Order) -> None:
        """Whatever that is; the first order of a bot is a time at which it begins. Returns when it
        is done.

        Raises Died when it is killed over it, AssertionError when it fails.
        """
        try:
            self._orders.send(order)
            problem = self._orders.recv() if self._orders.poll(PATIENCE) else "no answer"
        except (EOFError, ConnectionError):
            raise Died from None
        if problem is not None:
            raise AssertionError(f"the bot failed: {problem}")

    def kill(self) -> None:
        """kill -9. Returns when it is dead."""
        with self._lock:
            if not self._buried:
                self._process.kill()
                wait([self._process.sentinel])
                self._killed = True

    def bury(self) -> None:
        """Leave nothing of it behind. Whoever has not left by now is killed."""
        with self._lock:
            self._process.join(0 if self._killed else _LEAVING)
            self._process.kill()
            self._process.join()
            self._process.close()
            self._buried = True
        self._listener.join()
        self._orders.close()


def _listen(told: Connection, moments: Moments) -> None:
    """Nod to every COMMIT, until the child is gone."""
    with told:
        while True:
            try:
                moments.come(*told.recv())
                told.send(None)
            except (EOFError, OSError):
                return


def new_clock(start: datetime) -> tuple[c_int64, SharedClock]:
    """A clock at `start` (aware UTC), and the memory by which a child shares it."""
    cell = RawValue(c_int64, 0)
    clock = SharedClock(cell)
    clock.move_to(start)
    return cell, clock
