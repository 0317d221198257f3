"""Stints: how long somebody stays on in a layer, and what that would mean for each person.

Where several are on at a time, a stint is as many turns long: one begins with every turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from supportbot.domain.fairness.own_time import OwnTime, Span, is_weekend
from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.override import cover_at
from supportbot.domain.on_call.rotation import Layer, Rotation, Turn, shifts, turn_at
from supportbot.domain.on_call.wall_clock import first_instant

_DAY = timedelta(days=1)
_NO_TIME = timedelta(0)
_TICK = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)
# A free day is spoilt by this much of it.
_SPOILT = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Stint:
    """`usual` is whose stint it would be by the order of the layer. `duty` are the spans (UTC) of
    it in which the layer decides."""

    turn: Turn
    until: datetime
    usual: str
    duty: tuple[Span, ...]

    @property
    def since(self) -> datetime:
        return self.turn.since


@dataclass(frozen=True, slots=True)
class Burden:
    """What a stint would mean for somebody: minutes of it in their leave, and free days in it."""

    away: int
    weekend_days: int
    holidays: int


def duty_of(rotation: Rotation, start: datetime, end: datetime) -> Mapping[str, list[Span]]:
    """When each layer decides between `start` and `end` (aware), by the layers alone."""
    found: dict[str, list[Span]] = defaultdict(list)
    for span in shifts(replace(rotation, overrides=()), start, end):
        for layer in dict.fromkeys(one.layer for one in span.answer.on_call):
            spans = found[layer]
            if spans and spans[-1][1] == span.start:
                spans[-1] = (spans[-1][0], span.end)
            else:
                spans.append((span.start, span.end))
    return found


def turns_between(layer: Layer, start: datetime, end: datetime) -> list[Turn]:
    """The turns that begin from `start` to `end` (aware, end excluded)."""
    turn = turn_at(layer, start)
    found = []
    while turn.since < end:
        if turn.since >= start:
            found.append(turn)
        turn = turn_at(layer, turn.until)
    return found


def stints(layer: Layer, turns: Sequence[Turn], duty: Sequence[Span]) -> tuple[Stint, ...]:
    """The stint that begins with each of the turns."""
    found = []
    for turn in turns:
        last = turn
        for _ in range(layer.at_a_time - 1):
            last = turn_at(layer, last.until)
        inside = _cut(duty, turn.since, last.until)
        found.append(Stint(turn, last.until, usual_of(layer, turn), inside))
    return tuple(found)


def usual_of(layer: Layer, turn: Turn) -> str:
    """Who joins with this turn, by the order of the layer."""
    return layer.people[(turn.number + layer.at_a_time - 1) % len(layer.people)]


def before(rotation: Rotation, layer: Layer, first: Turn) -> tuple[str | None, ...]:
    """Who began the stints before that of the turn, as many as are on at a time, oldest first.

    Overrides count; None where somebody was away with nobody in their place.
    """
    found: list[str | None] = []
    turn = first
    for _ in range(layer.at_a_time):
        turn = turn_at(layer, turn.since - _TICK)
        found.append(cover_at(rotation.overrides, turn.since).stand_in(usual_of(layer, turn)))
    return tuple(reversed(found))


def burden(stint: Stint, own: OwnTime) -> Burden:
    days = [day for day, length in _days(stint.duty, own.zone).items() if length >= _SPOILT]
    away = sum((own.away(start, end) for start, end in stint.duty), _NO_TIME)
    return Burden(
        away=-(-away // _MINUTE),
        weekend_days=sum(is_weekend(day) and day not in own.holidays for day in days),
        holidays=sum(day in own.holidays for day in days),
    )


def fit(layer: Layer, duty: Sequence[Span], own: OwnTime) -> float:
    """Which part of a layer's hours lies within somebody's own; 1 where either has none."""
    whole = sum((end - start for start, end in duty), _NO_TIME)
    if not layer.hours or own.hours is None or not whole:
        return 1.0
    inside = (working_time.elapsed_between(start, end, own.hours) for start, end in duty)
    return sum(inside, _NO_TIME) / whole


def _cut(spans: Sequence[Span], start: datetime, end: datetime) -> tuple[Span, ...]:
    cut = ((max(since, start), min(until, end)) for since, until in spans)
    return tuple((since, until) for since, until in cut if since < until)


def _days(spans: Sequence[Span], zone: str) -> Mapping[date, timedelta]:
    """How much of each day, on the clocks of the zone, lies in the spans."""
    found: dict[date, timedelta] = defaultdict(timedelta)
    own = OwnTime(zone)
    for start, end in spans:
        day = own.day(start)
        while start < end:
            midnight = first_instant(datetime.combine(day + _DAY, time()), zone)
            found[day] += min(end, midnight) - start
            start, day = max(start, min(end, midnight)), day + _DAY
    return found
