"""Times that have a name, such as those at which a team is at reduced capacity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from supportbot.domain.on_call import wall_clock
from supportbot.domain.on_call.working_time import Window


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
