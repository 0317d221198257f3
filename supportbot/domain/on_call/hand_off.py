"""When turns change: every so many hours, days, weeks or months, at a local wall-clock time.

Turns are counted on the wall clocks of a zone, so that the turn of any instant is arithmetic: a day
of 23 or 25 hours is one day, and of two turns of twelve hours the one in which it falls is as much
shorter or longer. A turn that the clocks leave out altogether is nobody's.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from supportbot.domain.on_call.wall_clock import WEEKDAYS, first_instant, reading, zone

_EPOCH = date(2024, 1, 1)
_HOURS_IN_WEEK = 7 * 24
# The most of each: a year of it.
_LONGEST = {"hour": 366 * 24, "day": 366, "week": 52, "month": 12}
LAST = 5
"""The last week of a month, which may be its fourth or its fifth."""


@dataclass(frozen=True, slots=True)
class Period:
    """How long a turn lasts: n hours, days, weeks or months. Raises ValueError beyond a year."""

    every: int
    unit: Literal["hour", "day", "week", "month"]

    def __post_init__(self) -> None:
        if not 1 <= self.every <= _LONGEST[self.unit]:
            raise ValueError(f"a turn lasts from an hour to a year, not {self.every} {self.unit}s")

    @property
    def length(self) -> timedelta | None:
        """On the wall clock; None for months, which differ."""
        return None if self.unit == "month" else timedelta(**{f"{self.unit}s": self.every})


@dataclass(frozen=True, slots=True)
class HandOff:
    """When turns change: a local time without tzinfo, in an IANA zone; Monday is weekday 0.

    For months, `day` is one of 1 to 31, of which those beyond a month's end mean its last, or
    `week` with a weekday is its first (1) to fourth or its LAST; with neither it is the 1st.
    """

    weekday: int | None
    time: time
    zone: str
    day: int | None = None
    week: int | None = None

    def __post_init__(self) -> None:
        if self.weekday is not None and self.weekday not in range(7):
            raise ValueError(f"a weekday is 0 (Monday) to 6, not {self.weekday}")
        if self.time.tzinfo:
            raise ValueError("a hand-off's time is on the clocks of its zone, without a tzinfo")
        if self.day is not None and self.day not in range(1, 32):
            raise ValueError(f"a day of the month is 1 to 31, not {self.day}")
        if self.week is not None and (self.weekday is None or self.week not in range(1, LAST + 1)):
            raise ValueError("a week of the month is the first to the fourth, or the last")
        zone(self.zone)

    def on(self, day: date) -> datetime:
        """The instant (UTC) of the hand-off of this local day.

        A time that the zone leaves out on that day moves to the first instant after the jump; one
        that comes twice means its first showing.
        """
        return first_instant(datetime.combine(day, self.time), self.zone)

    def day_in(self, year: int, month: int) -> date:
        """The day of the hand-off in a month."""
        first_weekday, days = monthrange(year, month)
        if self.week is None or self.weekday is None:
            return date(year, month, min(self.day or 1, days))
        day = 1 + (self.weekday - first_weekday) % 7 + 7 * (self.week - 1)
        return date(year, month, day if day <= days else day - 7)


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn of that number, from its hand-off to the next (UTC)."""

    number: int
    since: datetime
    until: datetime


def default_anchor(hand_off: HandOff) -> date:
    """The first day since 1 January 2024 on which this hand-off can take place."""
    if hand_off.day is not None or hand_off.week is not None:
        return hand_off.day_in(_EPOCH.year, _EPOCH.month)
    if hand_off.weekday is None:
        return _EPOCH
    return _EPOCH + timedelta(days=(hand_off.weekday - _EPOCH.weekday()) % 7)


def check_turns(name: str, swap: Period, hand_off: HandOff, anchor: date) -> None:
    """Raises ValueError where the period, the hand-off and the first day contradict each other."""
    if swap.unit == "month":
        _check_month(name, hand_off, anchor)
        return
    if hand_off.day is not None or hand_off.week is not None:
        raise ValueError(
            f"layer {name} changes by the {swap.unit}: its hand-off cannot be a day of the month"
        )
    weekday = hand_off.weekday
    if weekday is None:
        if swap.unit == "week":
            raise ValueError(f"layer {name} changes weekly: its hand-off needs a weekday")
        return
    if not _keeps_weekday(swap):
        raise ValueError(
            f"layer {name} cannot hand off every {swap.every} {swap.unit}s"
            f" and always on {WEEKDAYS[weekday]}"
        )
    if anchor.weekday() != weekday:
        raise ValueError(
            f"layer {name} hands off on {WEEKDAYS[weekday]},"
            f" but {anchor} is a {WEEKDAYS[anchor.weekday()]}"
        )


def _check_month(name: str, hand_off: HandOff, anchor: date) -> None:
    if hand_off.weekday is not None and hand_off.week is None:
        weekday = WEEKDAYS[hand_off.weekday]
        raise ValueError(f"layer {name} changes monthly: say on which, such as 1st {weekday}")
    expected = hand_off.day_in(anchor.year, anchor.month)
    if anchor != expected:
        raise ValueError(f"layer {name} hands off on {expected} in that month, not on {anchor}")


def _keeps_weekday(swap: Period) -> bool:
    """Whether each weekday's hand-off is one: of hours, there may be others between."""
    if swap.unit == "hour":
        return _HOURS_IN_WEEK % swap.every == 0 or swap.every % _HOURS_IN_WEEK == 0
    return swap.unit == "week" or swap.every % 7 == 0


def turn_at(swap: Period, hand_off: HandOff, anchor: date, at: datetime) -> Turn:
    """The turn during which `at` (aware) falls; turn 0 starts with the hand-off on `anchor`."""
    # Compared on the clocks' furthest reading, an hour that repeats cannot bring a turn back.
    wall = reading(at, hand_off.zone)
    length = swap.length
    if length is None:
        return _month_turn(swap.every, hand_off, anchor, wall)
    start = datetime.combine(anchor, hand_off.time)
    number = (wall - start) // length
    since = start + number * length
    return Turn(
        number, first_instant(since, hand_off.zone), first_instant(since + length, hand_off.zone)
    )


def _month_turn(every: int, hand_off: HandOff, anchor: date, wall: datetime) -> Turn:
    def in_month(months: int) -> datetime:
        day = hand_off.day_in(months // 12, months % 12 + 1)
        return datetime.combine(day, hand_off.time)

    begun = _months(wall.date())
    if wall < in_month(begun):
        begun -= 1
    first = _months(anchor)
    number = (begun - first) // every
    month = first + number * every
    return Turn(
        number,
        first_instant(in_month(month), hand_off.zone),
        first_instant(in_month(month + every), hand_off.zone),
    )


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1
