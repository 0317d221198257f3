"""Who is on call in twenty rotations of five layers, and the rota of a year; beside the libraries.

Nothing here waits for anything, so it is the processor's time that counts.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from functools import partial
from zoneinfo import ZoneInfo

from dateutil.rrule import WEEKLY, rrule

from supportbot.domain.on_call.rota import rota
from supportbot.domain.on_call.rotation import (
    HandOff,
    Layer,
    Override,
    Period,
    Rotation,
    Window,
    default_anchor,
    who,
)

ROTATIONS = 20
_ZONES = (
    *("Europe/Berlin", "America/Vancouver", "Asia/Kolkata", "Australia/Sydney"),
    "America/Sao_Paulo",
)
_PEOPLE = ("ines", "tomasz", "akira")
_WORKDAYS = frozenset(range(5))
_START = datetime(2026, 1, 1, tzinfo=UTC)
_YEAR = timedelta(weeks=52)
_INSTANTS = 100
_FEW_INSTANTS = 5
_MILLISECONDS = 1e3
_DAY = "%Y%m%dT%H%M%S"


def who_is_on() -> Generator[float]:
    """Milliseconds for one instant in all the rotations, of each round, no instant asked twice."""
    rotations = [_rotation(number) for number in range(ROTATIONS)]

    def ask(at: datetime) -> None:
        for rotation in rotations:
            who(rotation, at)

    return _at_instants(ask)


def last_hand_offs() -> Generator[float]:
    """The same, by dateutil: for each layer the last weekly hand-off, and nothing else."""
    rules = [
        rrule(WEEKLY, dtstart=datetime(2024, 1, 1, 9, tzinfo=ZoneInfo(zone)))
        for zone in _ZONES
        for _ in range(ROTATIONS)
    ]

    def ask(at: datetime) -> None:
        for rule in rules:
            rule.before(at, inc=True)

    return _at_instants(ask, _FEW_INSTANTS)


def year_of_shifts() -> Generator[float]:
    """Seconds for every shift and gap of 52 weeks in one rotation, of each round."""
    while True:
        yield _took(partial(rota, _rotation(0), _START, _START + _YEAR))


def year_of_events() -> Generator[float]:
    """Seconds of recurring-ical-events for the same days of work as events."""
    import icalendar
    import recurring_ical_events

    calendar = icalendar.Calendar.from_ical(_calendar())
    while True:
        events = recurring_ical_events.of(calendar)
        yield _took(partial(events.between, _START, _START + _YEAR))


def _rotation(number: int) -> Rotation:
    christmas = datetime(2026, 12, 24, tzinfo=UTC)
    override = Override(christmas, christmas + timedelta(days=3), "ines", "tomasz")
    return Rotation(f"rotation-{number}", tuple(map(_layer, _ZONES)), (override,))


def _layer(zone: str) -> Layer:
    hand_off = HandOff(0, wall_time(9), zone)
    hours = (Window(_WORKDAYS, wall_time(8), wall_time(17), zone),)
    week = Period(1, "week")
    return Layer(zone, _PEOPLE, week, hand_off, default_anchor(hand_off), hours=hours)


def _calendar() -> str:
    """A day of work in each zone for each weekday and person, every third week."""
    events = []
    for zone in _ZONES:
        for number, person in enumerate(_PEOPLE):
            for day in _WORKDAYS:
                begin = datetime(2026, 1, 5, 8) + timedelta(weeks=number, days=day)  # noqa: DTZ001
                events += [
                    "BEGIN:VEVENT",
                    f"UID:{zone}-{number}-{day}",
                    f"DTSTART;TZID={zone}:{begin:{_DAY}}",
                    "DURATION:PT9H",
                    "RRULE:FREQ=WEEKLY;INTERVAL=3",
                    f"SUMMARY:{person}",
                    "END:VEVENT",
                ]
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *events, "END:VCALENDAR"])


def _at_instants(ask: Callable[[datetime], None], count: int = _INSTANTS) -> Generator[float]:
    source = random.Random("on call")
    while True:
        instants = [_START + source.random() * _YEAR for _ in range(count)]
        began = time.process_time()
        for at in instants:
            ask(at)
        yield (time.process_time() - began) / count * _MILLISECONDS


def _took(job: Callable[[], object]) -> float:
    began = time.process_time()
    job()
    return time.process_time() - began
