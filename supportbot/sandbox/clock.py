"""A clock that stands still until somebody moves it: stories of days run in seconds."""

from __future__ import annotations

import threading
from datetime import datetime


class VirtualClock:
    """A `Clock`; safe to read from any thread. Moves forward only."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def move_to(self, at: datetime) -> None:
        """Let it be `at` (aware UTC). Raises ValueError for a time that is past."""
        with self._lock:
            if at < self._now:
                raise ValueError(f"the clock cannot go back from {self._now} to {at}")
            self._now = at
