"""What the clock on the wall shows in a zone, and when it first shows it.

Two functions tie instants to local time, and everything about rotations and working hours is built
on them alone. They are a pair: `first_instant(w) <= t` exactly when `w <= reading(t)`. Both never
run backwards, so spans made from them neither overlap nor leave a gap, whatever a zone does:

- a time that a forward jump leaves out is reached at the first instant after the jump;
- a time shown twice counts once, at its first showing.

Gap and repetition are told apart by the two values of `fold` (PEP 495).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_NO_OFFSET = timedelta(0)
_SMALLEST_STEP = timedelta(microseconds=1)
_YEARS = range(2000, 2101)
_SHOWN = 80


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """The zone of an IANA name, read once. Raises ValueError when there is no such zone."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    # A file name gone wrong in any way (a folder, too long, not a zone file) is the same mistake.
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Berlin") from error


def utc(at: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for a datetime without a zone."""
    # astimezone would quietly take it for the machine's local time.
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone")
    return at if at.tzinfo is UTC else at.astimezone(UTC)


# Many layers of many rotations are asked about one instant, in few zones.
@lru_cache(maxsize=256)
def reading(at: datetime, name: str) -> datetime:
    """The furthest local time (without tzinfo) that clocks in the zone have shown by `at`.

    That is the local time, save while an hour repeats: then the clock, which has run ahead of the
    local time, stays at the last moment before it was turned back.
    """
    if name == "UTC":
        return utc(at).replace(tzinfo=None)
    local = utc(at).astimezone(zone(name))
    if not local.fold:
        return local.replace(tzinfo=None)
    ahead = _offset(local.replace(fold=0))
    turned_back = _first_second(
        at - (ahead - _offset(local)), at, lambda t: t.astimezone(zone(name)).fold == 1
    )
    return (turned_back + ahead - _SMALLEST_STEP).replace(tzinfo=None)


# The same few hand-offs and openings are asked for again and again, and each costs two look-ups.
@lru_cache(maxsize=4096)
def first_instant(wall: datetime, name: str) -> datetime:
    """The first instant (UTC) at which clocks in the zone show `wall` (no tzinfo) or later."""
    local = wall.replace(tzinfo=zone(name), fold=0)
    before, after = _offset(local), _offset(local.replace(fold=1))
    if after <= before:
        return (wall - before).replace(tzinfo=UTC)
    as_utc = wall.replace(tzinfo=UTC)
    return _first_second(
        as_utc - after,
        as_utc - before,
        lambda t: t.astimezone(zone(name)).replace(tzinfo=None) >= wall,
    )


def instant_said(said: str, name: str) -> datetime:
    """The instant (UTC) of an ISO 8601 text, on the clocks of the zone unless it has an offset.

    Raises ValueError, which says what could stand there instead.
    """
    example = "write day and time, such as 2026-12-07T09:00"
    try:
        found = datetime.fromisoformat(said.strip())
    except ValueError:
        raise ValueError(f"{said[:_SHOWN]!r} is not a day and time: {example}") from None
    if ":" not in said:
        raise ValueError(f"{said[:_SHOWN]!r} has no time of day: {example}")
    if found.year not in _YEARS:
        raise ValueError(f"the year {found.year} is not meant, surely: {example}")
    return found.astimezone(UTC) if found.tzinfo else first_instant(found, name)


@lru_cache(maxsize=4096)
def spoken(at: datetime, name: str) -> str:
    """The instant as people in the zone say it: `Monday 2026-11-23 09:00 Europe/Berlin`."""
    local = at.astimezone(zone(name))
    return f"{WEEKDAYS[local.weekday()]} {local.isoformat(' ', 'minutes')[:16]} {name}"


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or _NO_OFFSET


def _first_second(no: datetime, yes: datetime, reached: Callable[[datetime], bool]) -> datetime:
    """Halve until the whole second is found at which `reached` turns true, in (no, yes]."""
    # Zones change at whole seconds only, so the fraction of the bounds cannot matter.
    base = no.replace(microsecond=0).astimezone(UTC)
    low, high = 0, int((yes.replace(microsecond=0) - base).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if reached(base + timedelta(seconds=middle)):
            high = middle
        else:
            low = middle
    return base + timedelta(seconds=high)
