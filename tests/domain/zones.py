"""Every zone near every change of its clocks from 1970 to 2037, and what to expect there.

Expectations come from a second account of local time: the zone's offsets as a list of pieces,
searched in order.
"""

from __future__ import annotations

import zoneinfo
from bisect import bisect
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from hypothesis import strategies as st

from supportbot.domain.on_call.working_time import Window, WorkingHours

ZONES = sorted(zoneinfo.available_timezones())
TRICKY = [
    "Africa/Casablanca",
    "America/St_Johns",
    "America/Toronto",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
]
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2037, 12, 31, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)


_WEEKS = [
    (FIRST + timedelta(days=days)).replace(tzinfo=None)
    for days in range(-400, (LAST - FIRST).days + 7, 7)
]


def _asked(zone: zoneinfo.ZoneInfo) -> Iterator[tuple[datetime, timedelta | None]]:
    return zip(_WEEKS, map(zone.utcoffset, _WEEKS), strict=True)


def same_clocks() -> list[str]:
    """One zone of each set whose clocks have always shown the same: half of the names are others'
    as well."""
    return list({_rules(zone): zone for zone in ZONES}.values())


def _rules(zone: str) -> bytes:
    for folder in zoneinfo.TZPATH:
        if (file := Path(folder, zone)).is_file():
            return file.read_bytes()
    return files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()


def offset(zone: tzinfo, at: datetime) -> timedelta:
    """At an instant in UTC, without tzinfo."""
    return zone.fromutc(at.replace(tzinfo=zone)).utcoffset() or timedelta(0)


@cache
def pieces(name: str) -> list[tuple[datetime, timedelta]]:
    """From when on the zone has which offset, starting a year before the first instant."""
    zone = zoneinfo.ZoneInfo(name)
    found = [(_WEEKS[0].replace(tzinfo=UTC), offset(zone, _WEEKS[0]))]
    # Asked by local time, which is quicker, and not more than a day away.
    for (before, old), (after, new) in pairwise(_asked(zone)):
        if old != new:
            change = change_within(zone, before - DAY, after + DAY)
            found.append((change.replace(tzinfo=UTC), offset(zone, change)))
    return found


def changes(zone: str) -> list[datetime]:
    """Every change of the offset, from the first instant on; that instant where there is none."""
    return [change for change, _ in pieces(zone)[1:] if change >= FIRST] or [FIRST]


def change_within(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset of `before` ends, by halving."""
    old = offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // timedelta(seconds=2) * timedelta(seconds=1)
        before, after = (middle, after) if offset(zone, middle) == old else (before, middle)
    return after


def by_search(zone: str, wall: datetime) -> datetime:
    """The first instant at which the zone shows `wall` or later, from its pieces."""
    known = [*pieces(zone), (LAST + 400 * DAY, timedelta(0))]
    # No zone is more than a day from UTC.
    first = bisect(known, (wall.replace(tzinfo=UTC) - 2 * DAY,)) - 1
    for (since, ahead), (until, _) in pairwise(known[first:]):
        reached = max(since, wall.replace(tzinfo=UTC) - ahead)
        if reached < until:
            return reached
    raise AssertionError(wall)


@st.composite
def near_changes(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone, and an instant within two days of a change of its clocks."""
    zone = draw(st.sampled_from(TRICKY) | st.sampled_from(ZONES))
    change = draw(st.sampled_from(changes(zone)))
    minutes = draw(st.integers(-2 * 24 * 60, 2 * 24 * 60) | st.integers(-90, 90))
    return zone, change + timedelta(minutes=minutes)


times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59])) | st.sampled_from(
    [time(0), time(1, 30), time(2), time(2, 30), time(3), time(23, 59)]
)


def windows(zone: str) -> st.SearchStrategy[Window]:
    days = st.frozensets(st.integers(0, 6), min_size=1)
    return st.builds(Window, days, times, times, st.just(zone) | st.sampled_from(TRICKY))


def hours(zone: str) -> st.SearchStrategy[WorkingHours]:
    return st.builds(WorkingHours, st.lists(windows(zone), min_size=1, max_size=3).map(tuple))
