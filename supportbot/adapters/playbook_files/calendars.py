"""Shifts from an iCalendar text (RFC 5545): recurring, edited, cancelled and all-day events.

Everything in it is somebody else's, so it is bounded before anything is expanded: the number of
events, their years, and how often they recur. What has been read answers for any year.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Protocol, cast
from zoneinfo import ZoneInfo

from supportbot.adapters.playbook_files.calendar_events import (
    YEARS,
    bound_rule,
    faults_of,
    first_year,
    last_year,
    naive,
    summary_of,
    times_a_year,
)
from supportbot.adapters.playbook_files.faults import quoted
from supportbot.domain.on_call.absence import Absence
from supportbot.domain.on_call.rotation import Shift
from supportbot.domain.on_call.wall_clock import first_instant
from supportbot.domain.policy.playbook import Person

if TYPE_CHECKING:
    from icalendar import Calendar, Event

LARGEST = 512 * 1024
MOST_EVENTS = 1_000
MOST_A_YEAR = 5_000
"""How often all events together may recur in a year; the days of thirteen people are 4,745."""

# The days of an event without a time, and the times without a zone, are read in a zone afterwards.
_MARGIN = timedelta(days=2)
_YEARS_KEPT = 128
_MOST_FAULTS = 10
_WORD = re.compile(r"\w+(?:[-.']\w+)*")


class CalendarRefused(ValueError):
    """What is wrong with a calendar: the line (from 1), the message and the mend of each fault."""

    def __init__(self, *faults: tuple[int, str, str]) -> None:
        super().__init__("; ".join(f"line {line}: {message}" for line, message, _ in faults))
        self.faults = faults


MOST_ABSENCES = 1_000
"""How often one person may be away, in all years together."""


@dataclass(frozen=True, slots=True)
class CalendarRoster:
    """The shifts of a calendar: a `Roster`. `people` are all who ever have one."""

    people: tuple[str, ...]
    years: range
    _between: Callable[[datetime, datetime], Sequence[Shift]]

    def shifts_between(self, start: datetime, end: datetime) -> Sequence[Shift]:
        return self._between(start, end)


def read_calendar(
    text: str | bytes, name: str, zone: str, people: Mapping[str, Person]
) -> CalendarRoster:
    """The shifts in an iCalendar text called `name`.

    An event is the shift of whoever attends it, known by the mail address; of whoever's key or name
    is in its summary, if nobody known attends it. Days, and times without a zone, are those of
    `zone` (an IANA name). Raises CalendarRefused: also where an event is nobody's.
    """
    return _refusing(text, lambda: _read(text, name, zone, _Names(people)))


def _refusing(text: str | bytes, read: Callable[[], CalendarRoster]) -> CalendarRoster:
    """What is read, or CalendarRefused with what is wrong."""
    if len(text) > LARGEST:
        raise CalendarRefused((1, f"larger than {LARGEST // 1024} KiB", "leave old events out"))
    try:
        return read()
    except CalendarRefused:
        raise
    # The libraries meet what is malformed with errors of every kind.
    except Exception as error:
        why = str(error)[:200] or type(error).__name__
        raise CalendarRefused((1, f"cannot be read: {why}", "export it anew")) from None


def read_leave(text: str | bytes, name: str, zone: str) -> tuple[Absence, ...]:
    """The leave of somebody whose calendar this is: each event that takes place, whatever it says.

    Otherwise as `read_calendar`. Raises CalendarRefused, also where they are away too often.
    """
    roster = _refusing(text, lambda: _read(text, name, zone, _Owner()))
    found: list[Absence] = []
    for year in YEARS:
        begin, end = (datetime(y, 1, 1, tzinfo=UTC) for y in (year, year + 1))
        each = roster.shifts_between(begin, end)
        # One that goes on from the year before was found then.
        starts = (shift for shift in each if shift.start >= begin or year == YEARS[0])
        found += [Absence(one.start, one.end, one.reason) for one in starts]
        if len(found) > MOST_ABSENCES:
            mend = "leave old events out, and let those that recur have an end"
            raise CalendarRefused((1, f"away more than {MOST_ABSENCES} times", mend))
    return tuple(found)


def _read(text: str | bytes, name: str, zone: str, names: _Whose) -> CalendarRoster:
    # Loaded when there is a calendar: most folders have none.
    from icalendar import Calendar

    calendar = Calendar.from_ical(text)
    events = _checked(calendar, text if isinstance(text, str) else text.decode("utf-8", "replace"))
    _check_people(events, names)
    members = dict.fromkeys(person for _, event in events for person in names.of(event))
    shifts = _Shifts(calendar, name, zone, names)
    # What cannot be expanded is found now, and not when somebody is to be paged.
    for year in sorted({event.start.year for _, event in events} | {YEARS[0], YEARS[-1]}):
        shifts.between(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
    return CalendarRoster(tuple(members), _years(events), lru_cache(_YEARS_KEPT)(shifts.between))


def _years(events: list[tuple[int, Event]]) -> range:
    # Somewhere it may be the next year already.
    first = min((first_year(event) for _, event in events), default=YEARS.stop)
    return range(first - 1, max((last_year(event) for _, event in events), default=first) + 2)


def _checked(calendar: Calendar, text: str) -> list[tuple[int, Event]]:
    """The events that take place, each with its line; their rules are given an end."""
    events = cast("list[Event]", calendar.walk("VEVENT"))
    if len(events) > MOST_EVENTS:
        raise CalendarRefused((1, f"more than {MOST_EVENTS} events", "leave old ones out"))
    lines = [n for n, line in enumerate(text.splitlines(), 1) if _begins_event(line)]
    placed = list(zip(lines + [1] * len(events), events, strict=False))
    each = ((line, *fault) for line, event in placed for fault in faults_of(event))
    faults = list(islice(each, _MOST_FAULTS))  # to find one may take a while
    if not faults and sum(map(times_a_year, events)) > MOST_A_YEAR:
        faults = [(1, f"events recur more than {MOST_A_YEAR} times a year", "leave some out")]
    if faults:
        raise CalendarRefused(*faults)
    for event in events:
        bound_rule(event)
    return [(line, event) for line, event in placed if not _is_off(event)]


def _begins_event(line: str) -> bool:
    return line.strip().upper() == "BEGIN:VEVENT"


def _is_off(event: Event) -> bool:
    return str(event.get("STATUS", "")).upper() == "CANCELLED"


class _Whose(Protocol):
    def of(self, event: Event) -> tuple[str, ...]:
        """Who is meant by an event."""


class _Owner:
    """Every event is that of whoever has the calendar."""

    def of(self, event: Event) -> tuple[str, ...]:
        return ("owner",)


class _Names:
    """Who is meant by an event of a calendar of several people."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        self._mails = {p.mail.casefold(): key for key, p in people.items() if p.mail}
        names = ((one, key) for key, p in people.items() for one in (p.name, key))
        self._said = {tuple(words): key for name, key in names if (words := _words(name))}

    def of(self, event: Event) -> tuple[str, ...]:
        """Everyone known who attends it, else everyone who is named in it."""
        return tuple(dict.fromkeys(self._attending(event))) or self._named(summary_of(event))

    def _attending(self, event: Event) -> Iterator[str]:
        attendees = event.get("ATTENDEE") or []
        for one in attendees if isinstance(attendees, list) else [attendees]:
            mail = str(one).casefold().removeprefix("mailto:")
            declined = str(one.params.get("PARTSTAT", "")).upper() == "DECLINED"
            if mail in self._mails and not declined:
                yield self._mails[mail]

    def _named(self, summary: str) -> tuple[str, ...]:
        words, found, at = _words(summary), [], 0
        while at < len(words):
            longest = max(self._at(words, at), key=len, default=())
            found += [self._said[longest]] if longest else []
            at += max(1, len(longest))
        return tuple(dict.fromkeys(found))

    def _at(self, words: list[str], at: int) -> Iterator[tuple[str, ...]]:
        return (name for name in self._said if tuple(words[at : at + len(name)]) == name)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _check_people(events: list[tuple[int, Event]], names: _Whose) -> None:
    mend = "invite somebody by the mail address in people.yaml, or put their key into the summary"
    faults = [
        (line, f"event {quoted(summary_of(event))} is of nobody who is known", mend)
        for line, event in events
        if not names.of(event)
    ]
    if faults:
        raise CalendarRefused(*faults)


class _Shifts:
    """The events of a calendar as shifts."""

    def __init__(self, calendar: Calendar, name: str, zone: str, names: _Whose) -> None:
        import recurring_ical_events

        self._query = recurring_ical_events.of(calendar, components=["VEVENT"])
        self._name, self._zone, self._names = name, zone, names

    def between(self, start: datetime, end: datetime) -> Sequence[Shift]:
        found = [
            shift
            for event in self._query.between(start - _MARGIN, end + _MARGIN)
            if not _is_off(event)
            for shift in self._of(event)
            if shift.start < end and start < shift.end
        ]
        return tuple(sorted(found, key=lambda shift: (shift.start, shift.person, shift.end)))

    def _of(self, event: Event) -> Iterator[Shift]:
        start, end = self._instant(event.start), self._instant(event.end)
        if start >= end:
            return
        summary = summary_of(event)
        reason = f"calendar {self._name}: {summary}" if summary else f"calendar {self._name}"
        for person in self._names.of(event):
            yield Shift(person, start, end, reason)

    def _instant(self, at: date) -> datetime:
        """In UTC. A time that its zone leaves out is the first instant after the gap."""
        zone = at.tzinfo if isinstance(at, datetime) else None
        if isinstance(at, datetime) and zone is not None and not isinstance(zone, ZoneInfo):
            return at.astimezone(UTC)
        key = zone.key if isinstance(zone, ZoneInfo) else self._zone
        return first_instant(naive(at), key)
