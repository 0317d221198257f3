"""Asking something that may hang, without hanging with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


class Bounded(Generic[T]):
    """Asks on a thread of its own, and waits for the answer only so long.

    There is one such thread at most: whoever asks while another still waits gets the same answer,
    so a database that hangs costs one thread, however often it is asked for.
    """

    def __init__(self, ask: Callable[[], T], patience: timedelta) -> None:
        self._ask = ask
        self._patience = patience
        self._lock = threading.Lock()
        self._asked: Future[T] | None = None

    def __call__(self) -> T:
        """Raises TimeoutError when patience ends, and whatever asking raises."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = self._begin()
            asked = self._asked
        return asked.result(self._patience.total_seconds())

    def _begin(self) -> Future[T]:
        future: Future[T] = Future()
        # A daemon: one that never comes back must not keep the process from ending.
        threading.Thread(target=self._run, args=(future,), name="web-ask", daemon=True).start()
        return future

    def _run(self, future: Future[T]) -> None:
        try:
            future.set_result(self._ask())
        except BaseException as error:
            future.set_exception(error)
