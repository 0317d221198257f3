"""Hints between processes: who wrote something says so by NOTIFY, who waits for it LISTENs.

One thread with one connection of its own does both. What is to be told while it is busy is told
once, afterwards. A lost hint costs a poll's delay, nothing else.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

import psycopg
from sqlalchemy.engine import URL

from supportbot.adapters.db.waiting import ROLES
from supportbot.application.ports import Role

_CHANNEL = "supportbot"
_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_CONNECT_SECONDS = 10


class Hints:
    """Tells the other processes, and passes on what they tell to `heard`."""

    def __init__(self, url: URL, heard: Callable[[Iterable[Role]], None]) -> None:
        self._url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._heard = heard
        self._untold: set[Role] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._wake_end, self._wake = os.pipe()
        os.set_blocking(self._wake, False)

    def listen(self) -> None:
        """Begin, if not begun."""
        with self._lock:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                self._thread.start()

    def tell(self, roles: Iterable[Role]) -> None:
        """Let the other processes know, soon."""
        with self._lock:
            news = not self._untold
            self._untold.update(roles)
        if news:
            self._nudge()
        self.listen()

    def close(self) -> None:
        """Tell what is untold if that goes at once, and stop."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._nudge()
        if self._thread is not None:
            self._thread.join()
        os.close(self._wake)
        os.close(self._wake_end)

    def _run(self) -> None:
        pause = _SHORTEST_PAUSE
        while True:
            with suppress(psycopg.Error, OSError), self._connected() as connection:
                connection.execute(f"LISTEN {_CHANNEL}")
                # Whatever was told while nobody listened here.
                self._heard(ROLES)
                pause = _SHORTEST_PAUSE
                self._serve(connection)
            if self._closing.wait(pause):
                return
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self._url, autocommit=True, connect_timeout=_CONNECT_SECONDS)

    def _serve(self, connection: psycopg.Connection) -> None:
        """Until closed. Raises when the connection breaks."""
        us = connection.info.backend_pid
        connection.add_notify_handler(
            lambda notify: self._pass_on(notify.payload) if notify.pid != us else None
        )
        while True:
            self._tell_now(connection)
            if self._closing.is_set():
                return
            ready, _, _ = select.select([connection.fileno(), self._wake_end], [], [])
            if self._wake_end in ready:
                os.read(self._wake_end, 4096)
            if connection.fileno() in ready:
                # Any statement takes in what arrived and hands it to the handler.
                connection.execute("SELECT 1")

    def _tell_now(self, connection: psycopg.Connection) -> None:
        with self._lock:
            roles, self._untold = self._untold, set()
        for role in roles:
            connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, role))

    def _pass_on(self, payload: str) -> None:
        self._heard([role for role in ROLES if role == payload])

    def _nudge(self) -> None:
        # A full pipe has woken it already.
        with suppress(BlockingIOError):
            os.write(self._wake, b"!")
