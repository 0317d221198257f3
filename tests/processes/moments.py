"""The moments of a story at which a process may die, counted so that one can be struck again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

PATIENCE = 30.0
"""Seconds of real time for whatever a story waits for."""

_ASK_EVERY = 0.01
_ENVELOPES = ("before-deliver", "after-ack")


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """The `nth` time, from 1, that the story came to `stage` of `what`."""

    stage: str
    what: str
    nth: int

    def __str__(self) -> str:
        return f"{self.stage} {self.what} #{self.nth}"


class Moments:
    """Records every moment, and calls `kill` at the one to strike, before anything goes on.

    Slack tells the bot of what the bot itself wrote, at any time after; those envelopes change
    nothing and come in no order. So envelopes count only while a person acts.
    """

    def __init__(self, strike: Moment | None, kill: Callable[[], None]) -> None:
        self._strike = strike
        self._kill = kill
        self._passed: Counter[tuple[str, str]] = Counter()
        self._nth: Counter[tuple[str, str]] = Counter()
        self._changed = threading.Condition()
        self._person_acts = False
        self.recorded: list[Moment] = []
        self.struck = False

    def come(self, stage: str, what: str) -> None:
        """The story is at `stage` of `what`; what comes next waits for the return."""
        with self._changed:
            strikes = self._record(stage, what) == self._strike is not None
            self.struck = self.struck or strikes
        if strikes:
            self._kill()
        with self._changed:
            self._passed[stage, what] += 1
            self._changed.notify_all()

    @contextmanager
    def person_acts(self) -> Iterator[None]:
        """While somebody writes or clicks, envelopes count."""
        self._person_acts = True
        try:
            yield
        finally:
            self._person_acts = False

    def passed(self, stage: str, what: str | None = None) -> int:
        """How often the story went past `stage` of `what`, or of anything."""
        if what is not None:
            return self._passed[stage, what]
        with self._changed:
            return sum(count for (at, _), count in self._passed.items() if at == stage)

    def wait_until(self, reached: Callable[[], bool]) -> None:
        """Wait until `reached`, asked at every moment, and between them: it may look at more than
        what passes here. Raises TimeoutError.
        """
        deadline = monotonic() + PATIENCE
        while not reached():
            if monotonic() > deadline:
                raise TimeoutError(f"not in time; the last moments: {self.recorded[-8:]}")
            with self._changed:
                self._changed.wait(_ASK_EVERY)

    def _record(self, stage: str, what: str) -> Moment | None:
        if stage in _ENVELOPES and not self._person_acts:
            return None
        self._nth[stage, what] += 1
        moment = Moment(stage, what, self._nth[stage, what])
        self.recorded.append(moment)
        return moment
