"""The plain words for durations, times and hours, read into the values of the domain.

Every reader takes what stands in the YAML (a text, if all is well) and raises Unreadable with what
could stand there instead.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeVar
from zoneinfo import available_timezones

from supportbot.adapters.playbook_files.faults import Unreadable, did_you_mean, quoted
from supportbot.domain.on_call import wall_clock
from supportbot.domain.on_call.rotation import HandOff, Period, Window
from supportbot.domain.on_call.working_time import Delay

Calendar = TypeVar("Calendar", date, datetime)

LONGEST_TEXT = 10_000
_LONGEST_DURATION = timedelta(days=366)
_YEARS = range(2000, 2101)

UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
PERIODS: tuple[Literal["hour", "day", "week", "month"], ...] = ("hour", "day", "week", "month")
_WEEKS_OF_MONTH = ("1st", "2nd", "3rd", "4th", "last")
_LAST_DAY = 31
_DAYS = tuple(day.casefold() for day in wall_clock.WEEKDAYS)


def text(value: object) -> str:
    """A text that says something."""
    if isinstance(value, str) and value.strip():
        if len(value) > LONGEST_TEXT:
            raise Unreadable(f"a text of more than {LONGEST_TEXT} characters")
        return value.strip()
    if value is None or isinstance(value, str):
        raise Unreadable("nothing is written here", "write a text or delete the key")
    found = "a list" if isinstance(value, list) else "a mapping"
    mend = "a text with { or [ at its start, or with a colon and a blank in it, needs quotes"
    raise Unreadable(f"a single text is wanted here, not {found}", mend)


def yes_no(value: object) -> bool:
    said = text(value).casefold()
    if said in ("yes", "true"):
        return True
    if said in ("no", "false"):
        return False
    raise Unreadable(f"{quoted(said)} is neither yes nor no", "write yes or no")


def whole(value: object) -> int:
    """A whole number from 0 to 999,999."""
    said = text(value)
    if said.isascii() and said.isdigit() and len(said) <= 6:
        return int(said)
    raise Unreadable(f"{quoted(said)} is not a whole number", "write digits alone, such as 3")


def delay(value: object) -> Delay:
    """`now`, `30 minutes`, `24 working hours`, `5 working days`; a working day has 24 hours."""
    said = text(value)
    if said.casefold() == "now":
        return Delay(timedelta(0))
    length, working = _duration(said, "30 minutes, 24 working hours or 5 working days")
    return Delay(length, "working" if working else "elapsed")


def elapsed(value: object) -> timedelta:
    """`30 minutes`, `2 hours`, `14 days`, `1 week`, on the clock."""
    said = text(value)
    length, working = _duration(said, "30 minutes, 2 hours or 14 days")
    if working:
        raise Unreadable("working time is not kept here", f"write {said.replace('working ', '')}")
    return length


def every(value: object) -> timedelta:
    """`every 2 hours`, or without the first word."""
    return elapsed(text(value).removeprefix("every "))


def period(value: object) -> Period:
    """`hourly`, `12 hours`, `daily`, `10 days`, `2 weeks`, `monthly`: how long a turn lasts."""
    said = text(value).casefold()
    said = {f"{unit}ly": f"1 {unit}" for unit in PERIODS}.get(said, said)
    said = {"daily": "1 day"}.get(said, said)
    count, _, unit = said.partition(" ")
    mend = "write daily, weekly, 2 weeks, 12 hours or 1 month"
    for known in PERIODS:
        if count.isascii() and count.isdigit() and unit.removesuffix("s") == known:
            return _period(int(count[:5]), known, mend)
    raise Unreadable(f"{quoted(said)} does not say how long a turn lasts", mend)


def turns(value: object) -> int:
    """`1 turn`, `2 turns`, from 1 to 99."""
    said = text(value)
    count, _, unit = said.casefold().partition(" ")
    if unit not in ("turn", "turns") or not (count.isascii() and count.isdigit()):
        raise Unreadable(f"{quoted(said)} is no number of turns", "write 1 turn or 2 turns")
    if len(count) > 2 or not int(count):
        raise Unreadable(f"{quoted(said)} is out of range", "from 1 turn to 99 turns")
    return int(count)


def hand_off(value: object) -> HandOff:
    """When turns change: `Monday 09:00 Europe/Berlin`, or for a time of every day `09:00 UTC`.

    By the month: `1st 09:00 UTC` or `day 1 09:00 UTC`, `last day 09:00 UTC`,
    `2nd Monday 09:00 UTC`, `last Friday 09:00 UTC`.
    """
    said = text(value)
    words = said.split()
    mend = "write a weekday, a time and a zone: Monday 09:00 Europe/Berlin; every day: 09:00 UTC"
    if len(words) not in (2, 3, 4) or ":" not in words[-2]:
        raise Unreadable(f"{quoted(said)} is no hand-off", mend)
    return _hand_off(words[:-2], words[-2], words[-1], mend)


def _hand_off(day: list[str], clock: str, zone_name: str, mend: str) -> HandOff:
    at, where = _clock(clock), zone(zone_name)
    match [word.casefold() for word in day]:
        case []:
            return HandOff(None, at, where)
        case ["last", "day"]:
            return HandOff(None, at, where, day=_LAST_DAY)
        case ["day", number] | [number] if number[:1].isdigit():
            return HandOff(None, at, where, day=_day_of_month(number))
        case [_]:
            return HandOff(_weekday(day[0], mend), at, where)
        case [which, _] if which in _WEEKS_OF_MONTH:
            week = 1 + _WEEKS_OF_MONTH.index(which)
            return HandOff(_weekday(day[1], mend), at, where, week=week)
    raise Unreadable(f"{quoted(' '.join(day))} is no day of a hand-off", mend)


def window(value: object, own_zone: str | None = None) -> Window:
    """`Mon-Fri 08:00-17:00 Europe/Berlin`, `Sat, Sun 10:00-14:00 UTC`, `daily 22:00-06:00 UTC`.

    The zone may be left out where there is one of its own.
    """
    said = text(value)
    words = said.replace("–", "-").replace(" - ", "-").split()
    times = next((place for place, word in enumerate(words) if ":" in word), 0)
    start, dash, end = words[times].partition("-")
    zones = words[times + 1 :]
    if not times or not dash or len(zones) > 1 or not (zones or own_zone):
        mend = "write days, from-to and a zone: Mon-Fri 08:00-17:00 Europe/Berlin"
        raise Unreadable(f"{quoted(said)} are no hours", mend)
    days = _days(" ".join(words[:times]))
    until = time(0) if end == "24:00" else _clock(end)
    return Window(days, _clock(start), until, zone(zones[0] if zones else own_zone))


def zone(value: object) -> str:
    """An IANA name."""
    said = text(value)
    try:
        wall_clock.zone(said)
    except ValueError as error:
        near = did_you_mean(said, available_timezones())
        mend = near or "write a place such as Europe/Berlin, or UTC"
        raise Unreadable(f"unknown time zone {quoted(said)}", mend) from error
    return said


def day(value: object) -> date:
    """`2026-01-05`."""
    said = text(value)
    try:
        found = date.fromisoformat(said)
    except ValueError as error:
        message = f"{quoted(said)} is not a day of the calendar"
        raise Unreadable(message, "write year-month-day, such as 2026-01-05") from error
    return _in_our_time(found)


def moment(value: object) -> datetime:
    """`2026-12-24T09:00`: aware if it ends with Z or an offset, else on the clocks of some zone."""
    said = text(value)
    mend = "write day and time, such as 2026-12-24T09:00"
    try:
        found = datetime.fromisoformat(said)
    except ValueError as error:
        raise Unreadable(f"{quoted(said)} is not a day and time", mend) from error
    if ":" not in said:
        raise Unreadable(f"{quoted(said)} has no time of day", mend)
    return _in_our_time(found)


def instant(found: datetime, zone_name: str) -> datetime:
    """A moment in UTC, read on the clocks of the zone unless it says its own offset."""
    if found.tzinfo:
        return found.astimezone(UTC)
    return wall_clock.first_instant(found, zone_name)


def _period(every: int, unit: Literal["hour", "day", "week", "month"], mend: str) -> Period:
    try:
        return Period(every, unit)
    except ValueError as error:
        raise Unreadable(str(error), mend) from error


def _day_of_month(said: str) -> int:
    number = said[:-2] if said.endswith(("st", "nd", "rd", "th")) else said
    if not (number.isascii() and number.isdigit()) or int(number[:3]) not in range(
        1, _LAST_DAY + 1
    ):
        mend = "write 1st to 31st; a day beyond a month's end means its last"
        raise Unreadable(f"{quoted(said)} is no day of a month", mend)
    return int(number)


def _duration(said: str, examples: str) -> tuple[timedelta, bool]:
    """The length, and whether it counts in working time."""
    words = said.casefold().split()
    working = len(words) == 3 and words[1] == "working"
    unit = words[-1].removesuffix("s")
    if len(words) != 2 + working or unit not in UNITS or (working and unit in ("week", "minute")):
        raise Unreadable(f"{quoted(said)} is no duration", f"write {examples}")
    length = whole(words[0]) * UNITS[unit]
    if not timedelta(0) < length <= _LONGEST_DURATION:
        raise Unreadable(f"{quoted(said)} is out of range", "from 1 minute to 366 days")
    return length, working


def _clock(said: str) -> time:
    hour, _, minute = said.partition(":")
    mend = "write hours and minutes, such as 09:00 or 17:30"
    if not (said.isascii() and hour.isdigit() and minute.isdigit() and len(minute) == 2):
        raise Unreadable(f"{quoted(said)} is not a time of day", mend)
    if len(hour) > 2 or int(hour) > 23 or int(minute) > 59:
        raise Unreadable(f"{quoted(said)} is not a time of day", mend)
    return time(int(hour), int(minute))


def _days(said: str) -> frozenset[int]:
    if said.casefold() in ("daily", "every day"):
        return frozenset(range(7))
    mend = "write Mon-Fri, or Sat, Sun, or daily"
    found: set[int] = set()
    for part in said.replace(",", " ").split():
        first, _, last = part.partition("-")
        start = _weekday(first, mend)
        span = (_weekday(last, mend) - start) % 7 if last else 0
        found |= {(start + step) % 7 for step in range(span + 1)}
    return frozenset(found)


def _weekday(said: str, mend: str) -> int:
    word = said.casefold()
    for number, name in enumerate(_DAYS):
        if word in (name, name[:3]):
            return number
    raise Unreadable(f"{quoted(said)} is no day of the week", mend)


def _in_our_time(found: Calendar) -> Calendar:
    if found.year not in _YEARS:
        raise Unreadable(f"the year {found.year} is not meant, surely", "check the year")
    return found
