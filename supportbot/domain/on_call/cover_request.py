"""Requests for cover: somebody cannot be on call for a while, and asks who can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["open", "taken", "withdrawn", "over"]
Span = tuple[datetime, datetime]
"""From an instant to another (aware UTC), the end excluded."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A part of the time that `by` took over at `at`; `change` is the id of its rota change."""

    by: str
    start: datetime
    end: datetime
    at: datetime
    change: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverRequest:
    """`person` asks for cover from `start` to `end` (aware UTC, end excluded) in a rotation.

    Whoever takes a part of the time leaves the rest open. `key` tells a request that the desk made
    by itself, so that it asks once. `reminded` are the reminders that were sent. `id` is 0 until
    it is kept.
    """

    rotation: str
    person: str
    start: datetime
    end: datetime
    by: str
    asked_at: datetime
    reason: str = ""
    key: str | None = None
    taken: tuple[Taken, ...] = ()
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    reminded: tuple[str, ...] = ()
    id: int = 0

    def open_spans(self) -> Iterator[Span]:
        """The time that nobody took, in order; none once it is withdrawn."""
        reached = self.start if self.withdrawn_at is None else self.end
        for part in sorted(self.taken, key=lambda part: part.start):
            if reached < part.start:
                yield reached, part.start
            reached = max(reached, part.end)
        if reached < self.end:
            yield reached, self.end

    def first_in_the_way(self, start: datetime, end: datetime) -> Taken | None:
        """Whoever took some of this time first."""
        touching = (part for part in self.taken if part.start < end and start < part.end)
        return min(touching, key=lambda part: part.at, default=None)

    def state(self, now: datetime) -> State:
        if self.withdrawn_at is not None:
            return "withdrawn"
        if not any(self.open_spans()):
            return "taken"
        return "open" if now < self.end else "over"
