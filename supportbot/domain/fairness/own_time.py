"""A person's own time: on their clocks, with their hours, their holidays and their leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.wall_clock import utc, zone
from supportbot.domain.on_call.working_time import WorkingHours
from supportbot.domain.policy.playbook import Person

NIGHT_FROM, NIGHT_TO = time(22), time(7)

Span = tuple[datetime, datetime]
"""From an instant to another (aware UTC, the end excluded)."""

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class OwnTime:
    """`hours` are None for somebody who named none: then nothing is outside them."""

    zone: str = "UTC"
    hours: WorkingHours | None = None
    holidays: frozenset[date] = frozenset()
    leave: tuple[Span, ...] = ()

    def day(self, at: datetime) -> date:
        """The day on their clocks at `at` (aware)."""
        return at.astimezone(zone(self.zone)).date()

    def night(self, at: datetime) -> date | None:
        """The day on whose evening the night of `at` (aware) began; None by day."""
        local = at.astimezone(zone(self.zone))
        if local.time() >= NIGHT_FROM:
            return local.date()
        return local.date() - _DAY if local.time() < NIGHT_TO else None

    def is_outside(self, at: datetime) -> bool:
        """Whether `at` (aware) is outside their hours, on their holiday or in their leave."""
        if self.day(at) in self.holidays or any(start <= at < end for start, end in self.leave):
            return True
        return self.hours is not None and not working_time.is_open(self.hours, at)

    def away(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time from `start` to `end` (aware) they are on leave."""
        return overlap(self.leave, start, end)


def is_weekend(day: date) -> bool:
    return day.weekday() >= _SATURDAY


def own_time(person: Person) -> OwnTime:
    leave = tuple((utc(absence.start), utc(absence.end)) for absence in person.away)
    return OwnTime(person.zone, person.hours, person.holidays, leave)


def overlap(spans: Iterable[Span], start: datetime, end: datetime) -> timedelta:
    """How much of the time from `start` to `end` is in any of the spans."""
    covered, reached = timedelta(0), start
    for begins, ends in sorted(spans):
        begins, ends = max(begins, reached), min(ends, end)
        if begins < ends:
            covered += ends - begins
            reached = ends
    return covered
