"""Waking whoever waits for work of a role; a hint, never the only way to learn of it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

from supportbot.application.ports import Role

ROLES: tuple[Role, ...] = ("intake", "timers", "chores", "deliveries")


class Bell:
    """Rings per role. What rang since a thread last waited wakes it at once: nothing falls between
    its look for work and its wait."""

    def __init__(self) -> None:
        self._rung: Counter[Role] = Counter()
        self._changed = threading.Condition()
        self._heard = threading.local()

    def ring(self, roles: Iterable[Role]) -> None:
        with self._changed:
            self._rung.update(roles)
            self._changed.notify_all()

    def wait(self, role: Role, timeout: float) -> None:
        """Until the role rang, or `timeout` seconds are over."""
        heard: Counter[Role] = self._heard.__dict__.setdefault("roles", Counter())
        with self._changed:
            self._changed.wait_for(lambda: self._rung[role] != heard[role], timeout)
            heard[role] = self._rung[role]
