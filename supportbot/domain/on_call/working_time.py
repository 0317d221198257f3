"""Working hours, and time that counts only while they last.

Hours are weekly windows on the clocks of a zone. What counts inside them is real elapsed time: a
night window lasts an hour longer when summer time ends during it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from heapq import merge
from itertools import count
from typing import Literal

from supportbot.domain.on_call.wall_clock import first_instant, reading, utc, zone

_DAY = timedelta(days=1)
_NO_TIME = timedelta(0)
_SMALLEST_STEP = timedelta(microseconds=1)

Opening = tuple[datetime, datetime]
"""From the instant something opens to the instant it closes, in UTC."""


@dataclass(frozen=True, slots=True)
class Window:
    """A weekly window such as Mon-Fri 08:00-17:00 Europe/Berlin; Monday is weekday 0.

    With the end at or before the start it ends on the following day: 22:00-06:00 belongs to the day
    on which it starts, and equal times make 24 hours. Raises ValueError when it could never open.
    """

    weekdays: frozenset[int]
    start: time
    end: time
    zone: str
    closed: frozenset[date] = frozenset()
    """Days on which it does not open, such as public holidays."""

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError(
                f"a window needs weekdays from 0 (Monday) to 6, not {sorted(self.weekdays)}"
            )
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("a window's times are on the clocks of its zone, without a tzinfo")
        zone(self.zone)

    def opening_on(self, day: date) -> Opening | None:
        """When the window of this local day opens and closes; None where a zone left it out."""
        if day.weekday() not in self.weekdays or day in self.closed:
            return None
        return _opening(day, self.start, self.end, self.zone)

    def opening_at(self, at: datetime) -> Opening | None:
        """The opening during which `at` (aware) falls, if any; the closing instant is outside."""
        return self._opening_by(reading(at, self.zone))

    def _opening_by(self, wall: datetime) -> Opening | None:
        """The opening during which clocks show this, as `reading` has it."""
        day, clock = wall.date(), wall.time()
        if clock >= self.start and (self._past_midnight or clock < self.end):
            return self.opening_on(day)
        if self._past_midnight and clock < self.end:
            return self.opening_on(day - _DAY)
        return None

    def openings_from(self, at: datetime) -> Iterator[Opening]:
        """Every opening that closes after `at` (aware), in order, without end."""
        return self._openings_from(at, reading(at, self.zone))

    def _openings_from(self, at: datetime, wall: datetime) -> Iterator[Opening]:
        first_day = wall.date() - (_DAY if self._past_midnight else _NO_TIME)
        for days in count():
            opening = self.opening_on(first_day + timedelta(days=days))
            if opening and opening[1] > at:
                yield opening

    def _last_closing(self, at: datetime, wall: datetime) -> datetime:
        """The latest closing instant (UTC) at or before `at`, when clocks show `wall`."""
        today = wall.date()
        for days in count():
            opening = self.opening_on(today - timedelta(days=days))
            if opening and opening[1] <= at:
                return opening[1]
        raise AssertionError("a window closes every week")

    @property
    def _past_midnight(self) -> bool:
        return self.end <= self.start


# The same few days are asked for by many layers, and each costs two looks into a zone.
@lru_cache(maxsize=4096)
def _opening(day: date, start: time, end: time, name: str) -> Opening | None:
    opens = first_instant(datetime.combine(day, start), name)
    last_day = day + _DAY if end <= start else day
    closes = first_instant(datetime.combine(last_day, end), name)
    return (opens, closes) if opens < closes else None


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Windows, of any zones, that may overlap. Raises ValueError when there is none."""

    windows: tuple[Window, ...]

    def __post_init__(self) -> None:
        if not self.windows:
            raise ValueError("working hours without a window never begin")


NO_PARTICULAR_ZONE = WorkingHours((Window(frozenset(range(5)), time(0), time(0), "UTC"),))
"""Monday 00:00 to Saturday 00:00 UTC: "24 working hours, in no particular time zone"."""


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something may take; a working delay runs only during working hours: during `hours`,
    or where there are none, during those of whoever counts."""

    length: timedelta
    kind: Literal["elapsed", "working"] = "elapsed"
    hours: WorkingHours | None = None

    def __post_init__(self) -> None:
        if self.length < _NO_TIME:
            raise ValueError(f"a delay cannot be negative: {self.length}")


def add(start: datetime, delay: Delay, hours: WorkingHours = NO_PARTICULAR_ZONE) -> datetime:
    """The first instant (UTC) at which the delay, counted from `start` (aware), has run out.

    A working delay that fills a window to its end runs out as the window closes. `hours` has no
    bearing on an elapsed delay, nor on one with hours of its own. Raises OverflowError when that is
    later than the year 9999.
    """
    start = utc(start)
    if delay.kind == "elapsed" or not delay.length:
        return start + delay.length
    left = delay.length
    for opens, closes in _open_pieces((delay.hours or hours).windows, start):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise AssertionError("working hours come every week")


def elapsed_between(
    start: datetime, end: datetime, hours: WorkingHours = NO_PARTICULAR_ZONE
) -> timedelta:
    """The working time from `start` to `end` (aware); nothing when `end` is not later."""
    start, end = utc(start), utc(end)
    total = _NO_TIME
    if end <= start:
        return total
    for opens, closes in _open_pieces(hours.windows, start):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def is_open(hours: WorkingHours, at: datetime) -> bool:
    """Whether `at` (aware) falls into working hours."""
    return any(window.opening_at(at) for window in hours.windows)


def next_open(hours: WorkingHours, at: datetime) -> datetime:
    """The first instant (UTC) at or after `at` (aware) that falls into working hours."""
    opens, _ = next(_open_pieces(hours.windows, utc(at)))
    return opens


def closed_stretch(windows: tuple[Window, ...], at: datetime) -> Opening | None:
    """From the last closing to the next opening around `at` (UTC); None while one is open."""
    around = []
    for window in windows:
        wall = reading(at, window.zone)
        if window._opening_by(wall):
            return None
        around.append((window._last_closing(at, wall), next(window._openings_from(at, wall))[0]))
    return max(since for since, _ in around), min(until for _, until in around)


def open_stretch(windows: tuple[Window, ...], at: datetime, within: Opening) -> Opening:
    """How far windows that touch or overlap are open around `at` (UTC), when one is.

    Cut off at `within`, so that hours which never end have an end.
    """
    return _open_since(windows, at, within[0]), _open_until(windows, at, within[1])


def _open_until(windows: tuple[Window, ...], at: datetime, limit: datetime) -> datetime:
    while at < limit:
        openings = [opening for window in windows if (opening := window.opening_at(at))]
        if not openings:
            return at
        at = max(closes for _, closes in openings)
    return limit


def _open_since(windows: tuple[Window, ...], at: datetime, limit: datetime) -> datetime:
    openings = [opening for window in windows if (opening := window.opening_at(at))]
    while openings:
        at = min(opens for opens, _ in openings)
        if at <= limit:
            return limit
        just_before = at - _SMALLEST_STEP
        openings = [o for window in windows if (o := window.opening_at(just_before))]
    return at


def _open_pieces(windows: tuple[Window, ...], at: datetime) -> Iterator[Opening]:
    """The open time from `at` on, in order, each moment once."""
    reached = at
    each = [window.openings_from(at) for window in windows]
    for opens, closes in merge(*each) if len(each) > 1 else each[0]:
        if closes > reached:
            yield max(opens, reached), closes
            reached = closes
