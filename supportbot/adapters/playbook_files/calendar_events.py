"""What an event of somebody else's calendar may be: its years, its length, how often it recurs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from math import prod
from typing import TYPE_CHECKING, Any

from supportbot.adapters.playbook_files.faults import quoted

if TYPE_CHECKING:
    from icalendar import Event

YEARS = range(2000, 2101)
_LAST = datetime(2101, 1, 1)  # noqa: DTZ001 - on whatever clocks the event is on
_NO_TIME = timedelta(0)
_LONGEST = timedelta(days=366)
_LONGEST_INTERVAL = 1_000
_CYCLES = 19 * 400

_TIMES_A_YEAR = {"DAILY": 366, "WEEKLY": 53, "MONTHLY": 12, "YEARLY": 1}
_FINER = ("BYHOUR", "BYMINUTE", "BYSECOND")
# By each of them a rule may name several days of its week, month or year.
_PARTS = ("BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYMONTH", "BYWEEKNO")


def faults_of(event: Event) -> Iterator[tuple[str, str]]:
    """What is wrong with an event, and the mend."""
    what = f"event {quoted(summary_of(event))}"
    try:
        start, end = event.start, event.end
    except Exception as error:
        yield f"{what}: {str(error)[:200]}", "export the calendar anew"
        return
    if start.year not in YEARS or not _NO_TIME <= naive(end) - naive(start) <= _LONGEST:
        yield f"{what} is before 2000, after 2100, or no time up to a year", "check its times"
    rules = event.get("RRULE")
    if isinstance(rules, list):
        yield f"{what} has several rules", "write several events"
    elif rules is not None:
        yield from _faults_of_rule(what, rules, naive(start))


def _faults_of_rule(what: str, rule: Any, start: datetime) -> Iterator[tuple[str, str]]:
    often, interval = (str((rule.get(part) or [""])[0]) for part in ("FREQ", "INTERVAL"))
    if often.upper() not in _TIMES_A_YEAR or any(rule.get(part) for part in _FINER):
        yield f"{what} recurs more than once a day", "write an event a day for each shift"
    elif interval and not 1 <= int(interval) <= _LONGEST_INTERVAL:
        yield f"{what} recurs every {interval[:20]}", f"from 1 to {_LONGEST_INTERVAL}"
    elif next(_from_late(rule, start), None) != start.replace(year=start.year + _CYCLES):
        yield f"{what} does not begin when its rule says", "let it begin on a day of its rule"


def _from_late(rule: Any, start: datetime) -> Iterator[datetime]:
    """When the rule comes true, so many years later.

    dateutil looks for the next time until the year 9999, which takes seconds for 30 February and is
    not bounded by the end of a rule. Days and weekdays are the same every 400 years, so the search
    begins late. A rule that holds for its start comes true again and again.
    """
    from dateutil.rrule import rrulestr

    text = type(rule)({k: v for k, v in rule.items() if k not in ("UNTIL", "COUNT")}).to_ical()
    return iter(rrulestr(text.decode(), dtstart=start.replace(year=start.year + _CYCLES)))


def times_a_year(event: Event) -> int:
    """At most so many, roughly."""
    rule = event.get("RRULE")
    if rule is None:
        return _listed(event)
    often, size = str(rule["FREQ"][0]).upper(), {part: len(rule.get(part) or ()) for part in _PARTS}
    if often == "DAILY" or size["BYWEEKNO"]:
        most = 366
    elif size["BYDAY"]:
        most = 53 * size["BYDAY"]
    else:
        most = _TIMES_A_YEAR[often] * prod(max(1, count) for count in size.values())
    return _listed(event) + min(366, most) // max(1, int((rule.get("INTERVAL") or [1])[0]))


def _listed(event: Event) -> int:
    dates = event.get("RDATE") or []
    return sum(len(one.dts) for one in (dates if isinstance(dates, list) else [dates]))


def bound_rule(event: Event) -> None:
    """Let the rule end: how often it comes true is then a matter of its dates alone."""
    rule = event.get("RRULE")
    if rule is None:
        return
    count = rule.pop("COUNT", None)
    ends = [naive(at) for at in rule.get("UNTIL") or ()]
    if count:
        ends.append(_nth(rule, naive(event.start), int(count[0])))
    elif ends and max(ends) < _LAST:
        return
    rule["UNTIL"] = [_like(event.start, min([*ends, _LAST]))]


def first_year(event: Event) -> int:
    """The first in which it may begin: further dates may lie before it."""
    return YEARS.start if event.get("RDATE") else int(event.start.year)


def last_year(event: Event) -> int:
    """The last in which it may be over, of an event with a bounded rule."""
    if event.get("RDATE"):
        return YEARS.stop
    rule = event.get("RRULE")
    last = naive(rule["UNTIL"][0]) if rule else naive(event.start)
    return (last + _LONGEST).year


def _nth(rule: Any, start: datetime, count: int) -> datetime:
    """When the rule comes true for the last of so many times, on the clocks of the event."""
    from dateutil.rrule import rrulestr

    without = {key: value for key, value in rule.items() if key != "UNTIL"}
    text = type(rule)({**without, "UNTIL": [_LAST]}).to_ical().decode()
    # The start counts, whether or not it is one of the days of the rule.
    further = (at for at in rrulestr(text, dtstart=start) if at > start)
    return max(islice(further, max(count - 1, 0)), default=start)


def _like(start: date, wall: datetime) -> date:
    """A time of the event's clocks, as the end of a rule is written for such a start."""
    if not isinstance(start, datetime):
        return wall.date()
    return wall.replace(tzinfo=start.tzinfo).astimezone(UTC) if start.tzinfo else wall


def naive(at: date) -> datetime:
    """What clocks show then; a day begins at midnight."""
    if isinstance(at, datetime):
        return at.replace(tzinfo=None)
    return datetime.combine(at, time())


def summary_of(event: Event) -> str:
    return str(event.get("SUMMARY", "")).strip()[:80]
