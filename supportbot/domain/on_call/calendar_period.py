"""Times that have a name, such as those at which a team is at reduced capacity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import merge

from supportbot.domain.on_call import wall_clock
from supportbot.domain.on_call.working_time import Window

_DAY = timedelta(days=1)
_DAYS_AHEAD = 8 * 366
"""Days after which a 29 February has come again, whatever the century."""


@dataclass(frozen=True, slots=True)
class YearDays:
    """From one day of a year (its month and day) to another, both included; it may begin in one
    year and end in the next."""

    first: tuple[int, int]
    last: tuple[int, int]

    def hold(self, day: date) -> bool:
        today = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= today <= self.last
        return today >= self.first or today <= self.last


@dataclass(frozen=True, slots=True)
class CalendarPeriod:
    """Times with a name: within any of the windows, and on any of the days, on the clocks of
    `zone`."""

    windows: tuple[Window, ...]
    days: tuple[YearDays, ...]
    zone: str

    def is_on(self, at: datetime) -> bool:
        """Whether it is on at `at` (aware)."""
        today = wall_clock.reading(at, self.zone).date()
        return any(days.hold(today) for days in self.days) or any(
            window.opening_at(at) for window in self.windows
        )

    def changes_from(self, at: datetime) -> Iterator[datetime]:
        """The instants (UTC) after `at` (aware) at which it may begin or end, in order."""
        each = [_edges(window, at) for window in self.windows]
        each += [self._edges_of(days, at) for days in self.days]
        return (edge for edge in merge(*each) if edge > at)

    def _edges_of(self, days: YearDays, at: datetime) -> Iterator[datetime]:
        today = wall_clock.reading(at, self.zone).date()
        for day in (today + _DAY * number for number in range(1, _DAYS_AHEAD)):
            if days.hold(day) != days.hold(day - _DAY):
                yield wall_clock.first_instant(datetime.combine(day, time(0)), self.zone)


def _edges(window: Window, at: datetime) -> Iterator[datetime]:
    for opening in window.openings_from(at):
        yield from opening
