"""Short ways to write rotations down, and the ones that several tests look at."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from supportbot.domain.on_call.rotation import (
    HandOff,
    Layer,
    Override,
    Period,
    Rotation,
    RotationLayer,
    Window,
    default_anchor,
)

MONDAY = 0
MON_TO_FRI = frozenset(range(5))
WEEKLY = Period(1, "week")
DAILY = Period(1, "day")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hand_off(text: str, zone: str, weekday: int | None = MONDAY) -> HandOff:
    return HandOff(weekday, time.fromisoformat(text), zone)


def office(zone: str) -> tuple[Window, ...]:
    return (Window(MON_TO_FRI, time(8), time(17), zone),)


def layer(
    people: str,
    swap: Period,
    change: HandOff,
    *,
    name: str = "main",
    anchor: date | None = None,
    at_a_time: int = 1,
    overlapping: bool = False,
    hours: tuple[Window, ...] = (),
) -> Layer:
    start = anchor or default_anchor(change)
    return Layer(name, tuple(people.split()), swap, change, start, at_a_time, overlapping, hours)


def rotation(*layers: RotationLayer, overrides: tuple[Override, ...] = ()) -> Rotation:
    return Rotation("second-line", layers, overrides)


def override(
    start: str, end: str, replace: str | None, with_: str | None, reason: str = ""
) -> Override:
    return Override(at(start), at(end), replace, with_, reason)


EUROPE = layer(
    "jonas amina",
    WEEKLY,
    hand_off("09:00", "Europe/Berlin"),
    name="europe",
    hours=office("Europe/Berlin"),
)
AMERICAS = layer(
    "lucia sam",
    WEEKLY,
    hand_off("09:00", "America/Vancouver"),
    name="americas",
    hours=office("America/Vancouver"),
)
SUN_FOLLOWING = rotation(EUROPE, AMERICAS)
FORTNIGHTS = layer(
    "ines tomasz akira wanjiru",
    Period(2, "week"),
    hand_off("09:00", "UTC"),
    name="first-line",
    at_a_time=2,
    overlapping=True,
)
HOLIDAYS = ("2026-12-28T00:00", "2026-12-31T00:00")
