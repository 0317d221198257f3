"""What holds of turns of every kind at every change of the clocks of every zone, 1970 to 2037.

Zones whose clocks have always shown the same are looked at once. Each change is met by one kind of
turns, handed off so near to it; kinds and distances go round, otherwise in each zone.
"""

from __future__ import annotations

import zoneinfo
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice

import pytest

from supportbot.domain.on_call.rotation import (
    HandOff,
    Layer,
    Period,
    Rotation,
    Turn,
    shifts,
    turn_at,
    who,
)
from tests.domain.zones import DAY, LAST, MOMENT, by_search, changes, same_clocks

PARTS = 8
PEOPLE = ("ines", "tomasz", "akira")
SHAPES = [
    Period(1, "hour"),
    Period(1, "day"),
    Period(1, "week"),
    Period(1, "month"),
    Period(12, "hour"),
    Period(10, "day"),
    Period(2, "week"),
    Period(3, "month"),
    Period(5, "hour"),
]
# Minutes from the change to a hand-off, by the clocks as they were: into gaps and what comes twice.
AWAY = [0, 15, 30, -30, 60, -1, 90]
AROUND = timedelta(hours=30)


@pytest.mark.parametrize("part", range(PARTS))
def test_turns_follow_on_each_other_and_change_when_the_wall_says(part: int) -> None:
    for layer, change in _layers(part):
        for before, turn, after in _turns_around(layer, change):
            place = (layer, change, turn)
            assert before.until == turn.since < turn.until == after.since, place
            assert before.number < turn.number < after.number, place
            wall = _nominal(layer, turn.number)
            assert turn.since == by_search(layer.zone, wall), place
            local = turn.since.astimezone(zoneinfo.ZoneInfo(layer.zone)).replace(tzinfo=None)
            assert local == wall or _is_left_out(layer.zone, wall), place


@pytest.mark.parametrize("part", range(PARTS))
def test_who_is_on_is_who_the_list_of_shifts_says(part: int) -> None:
    for layer, change in islice(_layers(part), 0, None, 5):
        rotation = Rotation("first-line", (layer,))
        start, end = change - AROUND, change + AROUND
        reached = start
        for span in shifts(rotation, start, end):
            assert span.start == reached < span.end, (layer, change)
            reached = span.end
            person = PEOPLE[turn_at(layer, span.start).number % len(PEOPLE)]
            for at in (span.start, span.start + (span.end - span.start) / 2, span.end - MOMENT):
                assert who(rotation, at) == span.answer, (layer, at)
                assert span.people == (person,), (layer, at)
        assert reached == end


def _layers(part: int) -> Iterator[tuple[Layer, datetime]]:
    """For each change a layer that hands off near it."""
    for number, zone in enumerate(same_clocks()[part::PARTS]):
        shapes = islice(cycle(SHAPES), number, None)
        away = islice(cycle(AWAY), number // len(SHAPES), None)
        for change, shape, minutes in zip(changes(zone), shapes, away, strict=False):
            before = (change - MOMENT).astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
            near = (before + MOMENT + timedelta(minutes=minutes)).replace(microsecond=0)
            yield _layer(zone, shape, near), change


def _layer(zone: str, period: Period, near: datetime) -> Layer:
    """Handed off at that time of the wall, since some turns before."""
    on_weekday = near.weekday() if period.unit == "week" else None
    day = near.day if period.unit == "month" else None
    hand_off = HandOff(on_weekday, near.time(), zone, day)
    if period.unit == "month":
        month = near.year * 12 + near.month - 1 - 4 * period.every
        anchor = hand_off.day_in(month // 12, month % 12 + 1)
    else:
        anchor = near.date() - 4 * 7 * 10 * DAY
    return Layer("first-line", PEOPLE, period, hand_off, anchor)


def _turns_around(layer: Layer, change: datetime) -> Iterator[tuple[Turn, Turn, Turn]]:
    before = turn_at(layer, change - AROUND / 10)
    turn = turn_at(layer, before.until)
    for _ in range(4):
        if turn.since > LAST:
            return
        after = turn_at(layer, turn.until)
        yield before, turn, after
        before, turn = turn, after


def _nominal(layer: Layer, number: int) -> datetime:
    """What the wall shows when the turn of that number begins, by another account."""
    at, every, unit = layer.hand_off.time, layer.swap.every, layer.swap.unit
    if unit == "hour":
        return datetime.combine(layer.anchor, at) + timedelta(hours=every) * number
    if unit == "month":
        year, month = divmod(layer.anchor.year * 12 + layer.anchor.month - 1 + every * number, 12)
        day = min(layer.hand_off.day or 1, monthrange(year, month + 1)[1])
        return datetime.combine(date(year, month + 1, day), at)
    days = every * (7 if unit == "week" else 1) * number
    return datetime.combine(layer.anchor + timedelta(days=days), at)


def _is_left_out(zone: str, wall: datetime) -> bool:
    there = wall.replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return there.astimezone(UTC).astimezone(there.tzinfo).replace(tzinfo=None) != wall
