"""A layer of a rotation: people who take turns, handing over at a local wall-clock time.

Turns are counted in days of the calendar from the layer's anchor, so that the turn of any instant
is arithmetic, and a day of 23 or 25 hours is one day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import gcd
from typing import Literal

from supportbot.domain.on_call.wall_clock import WEEKDAYS, first_instant, reading, spoken, zone
from supportbot.domain.on_call.working_time import Window, closed_stretch, open_stretch

_EPOCH = date(2024, 1, 1)
_LONGEST_PERIOD_DAYS = 366


@dataclass(frozen=True, slots=True)
class Period:
    """How long a turn lasts: every n days, every n weeks. Raises ValueError beyond a year."""

    every: int
    unit: Literal["day", "week"]

    def __post_init__(self) -> None:
        if not 1 <= self.days <= _LONGEST_PERIOD_DAYS:
            raise ValueError(f"a turn lasts from a day to a year, not {self.every} {self.unit}s")

    @property
    def days(self) -> int:
        return self.every * (7 if self.unit == "week" else 1)


@dataclass(frozen=True, slots=True)
class HandOff:
    """When turns change: a local time without tzinfo, in an IANA zone; Monday is weekday 0."""

    weekday: int | None
    time: time
    zone: str

    def __post_init__(self) -> None:
        if self.weekday is not None and self.weekday not in range(7):
            raise ValueError(f"a weekday is 0 (Monday) to 6, not {self.weekday}")
        if self.time.tzinfo:
            raise ValueError("a hand-off's time is on the clocks of its zone, without a tzinfo")
        zone(self.zone)

    def on(self, day: date) -> datetime:
        """The instant (UTC) of the hand-off of this local day.

        A time that the zone leaves out on that day moves to the first instant after the jump; one
        that comes twice means its first showing.
        """
        return first_instant(datetime.combine(day, self.time), self.zone)


def default_anchor(hand_off: HandOff) -> date:
    """The first day since 1 January 2024 on which this hand-off can take place."""
    if hand_off.weekday is None:
        return _EPOCH
    return _EPOCH + timedelta(days=(hand_off.weekday - _EPOCH.weekday()) % 7)


@dataclass(frozen=True, slots=True)
class Layer:
    """Who takes turns, how long, and in which hours (none given: always).

    Turn 0 starts with the hand-off on the local day `anchor`; turns before it are counted
    backwards. `at_a_time` people share a turn: the next group of the list each time, or with
    `overlapping` the next single person, who joins as the one longest on leaves. Raises ValueError
    when that does not go together.
    """

    name: str
    people: tuple[str, ...]
    swap: Period
    hand_off: HandOff
    anchor: date
    at_a_time: int = 1
    overlapping: bool = False
    hours: tuple[Window, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.at_a_time <= len(self.people):
            raise ValueError(
                f"layer {self.name} wants {self.at_a_time} at a time and has {len(self.people)}"
            )
        self._check_weekday()

    def _check_weekday(self) -> None:
        weekday = self.hand_off.weekday
        if weekday is None:
            if self.swap.unit == "week":
                raise ValueError(f"layer {self.name} changes weekly: its hand-off needs a weekday")
            return
        if self.swap.days % 7:
            raise ValueError(
                f"layer {self.name} cannot hand off every {self.swap.days} days"
                f" and always on {WEEKDAYS[weekday]}"
            )
        if self.anchor.weekday() != weekday:
            raise ValueError(
                f"layer {self.name} hands off on {WEEKDAYS[weekday]},"
                f" but {self.anchor} is a {WEEKDAYS[self.anchor.weekday()]}"
            )


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn of that number, from its hand-off to the next (UTC)."""

    number: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody whose turn it is, and why."""

    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class LayerState:
    """What a layer says of a moment, and the span (UTC) in which it says just that.

    No seats: the layer is not on, and `reason` tells why.
    """

    layer: str
    seats: tuple[Seat, ...]
    since: datetime
    until: datetime
    reason: str


def turn_at(layer: Layer, at: datetime) -> Turn:
    """The turn during which `at` (aware) falls."""
    hand_off = layer.hand_off
    # Compared on the clocks' furthest reading, an hour that repeats cannot bring a turn back.
    wall = reading(at, hand_off.zone)
    days = (wall.date() - layer.anchor).days - (wall.time() < hand_off.time)
    number = days // layer.swap.days
    first_day = layer.anchor + timedelta(days=number * layer.swap.days)
    next_day = first_day + timedelta(days=layer.swap.days)
    return Turn(number, hand_off.on(first_day), hand_off.on(next_day))


def state_at(layer: Layer, at: datetime) -> LayerState:
    """Who of the layer is on at `at` (UTC), regardless of overrides."""
    here = layer.hand_off.zone
    closed = closed_stretch(layer.hours, at) if layer.hours else None
    if closed:
        why = f"{layer.name} is outside its hours until {spoken(closed[1], here)}"
        return LayerState(layer.name, (), *closed, why)
    turn = turn_at(layer, at)
    span = (turn.since, turn.until)
    if layer.hours:
        span = open_stretch(layer.hours, at, span)
    return LayerState(layer.name, _seats(layer, turn), *span, f"{layer.name} is on")


def _seats(layer: Layer, turn: Turn) -> tuple[Seat, ...]:
    """Everyone of the turn once; when overlapping, whoever has been on longest first."""
    size = len(layer.people)
    first = turn.number * (1 if layer.overlapping else layer.at_a_time)
    why = _describe(layer, turn)
    seats: dict[str, Seat] = {}
    for place in range(layer.at_a_time):
        person = layer.people[(first + place) % size]
        seats.setdefault(person, Seat(person, why + _stay(layer, place)))
    return tuple(seats.values())


def _describe(layer: Layer, turn: Turn) -> str:
    """Such as `week 2 of 4 in europe, since Monday 2026-11-23 09:00 Europe/Berlin`."""
    step = 1 if layer.overlapping else layer.at_a_time
    cycle = len(layer.people) // gcd(len(layer.people), step)
    word = layer.swap.unit if layer.swap.every == 1 else "turn"
    since = spoken(turn.since, layer.hand_off.zone)
    return f"{word} {turn.number % cycle + 1} of {cycle} in {layer.name}, since {since}"


def _stay(layer: Layer, place: int) -> str:
    """How far somebody is through the turns they stay for, where those overlap."""
    if not layer.overlapping or layer.at_a_time == 1:
        return ""
    return f" (in turn {layer.at_a_time - place} of the {layer.at_a_time} they stay)"
