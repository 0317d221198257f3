"""A layer of a rotation: people who take turns, alone or several together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from math import gcd

from supportbot.domain.on_call import hand_off as turns
from supportbot.domain.on_call.hand_off import HandOff, Period, Turn
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.on_call.working_time import Window, closed_stretch, open_stretch


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody whose turn it is, and why."""

    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class LayerState:
    """What a layer says of a moment, and the span (UTC; None: for ever) in which it says just that.

    No seats: the layer is not on, and `reason` tells why.
    """

    layer: str
    seats: tuple[Seat, ...]
    since: datetime | None
    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Layer:
    """Who takes turns, how long, and in which hours (none given: always).

    Turn 0 starts with the hand-off on the local day `anchor`; turns before it are counted
    backwards. `at_a_time` people share a turn: the next group of the list each time, or with
    `overlapping` the next single person, who joins as the one longest on leaves. Where there are
    `teams`, they take turns in the place of single people, who are then everybody in them.
    `follows` says whose turns these are a while later. Raises ValueError when that does not go
    together.
    """

    name: str
    people: tuple[str, ...]
    swap: Period
    hand_off: HandOff
    anchor: date
    at_a_time: int = 1
    overlapping: bool = False
    hours: tuple[Window, ...] = ()
    teams: tuple[tuple[str, ...], ...] = ()
    follows: str = ""

    def __post_init__(self) -> None:
        if self.teams and {p for team in self.teams for p in team} != set(self.people):
            raise ValueError(f"layer {self.name} has teams of other people than its own")
        if not 1 <= self.at_a_time <= self.places:
            raise ValueError(
                f"layer {self.name} wants {self.at_a_time} at a time and has {self.places}"
            )
        turns.check_turns(self.name, self.swap, self.hand_off, self.anchor)

    @property
    def zone(self) -> str:
        """The one on whose clocks turns change."""
        return self.hand_off.zone

    @property
    def places(self) -> int:
        """How many take turns: people, or teams."""
        return len(self.teams or self.people)

    @property
    def step(self) -> int:
        """How many of them a turn moves on."""
        return 1 if self.overlapping else self.at_a_time

    def state_at(self, at: datetime) -> LayerState:
        """Who of the layer is on at `at` (UTC), regardless of overrides."""
        here = self.hand_off.zone
        closed = closed_stretch(self.hours, at) if self.hours else None
        if closed:
            why = f"{self.name} is outside its hours until {spoken(closed[1], here)}"
            return LayerState(self.name, (), *closed, why)
        turn = turn_at(self, at)
        span = (turn.since, turn.until)
        if self.hours:
            span = open_stretch(self.hours, at, span)
        return LayerState(self.name, _seats(self, turn), *span, f"{self.name} is on")


def turn_at(layer: Layer, at: datetime) -> Turn:
    """The turn during which `at` (aware) falls."""
    return turns.turn_at(layer.swap, layer.hand_off, layer.anchor, at)


def _seats(layer: Layer, turn: Turn) -> tuple[Seat, ...]:
    """Everyone of the turn once; when overlapping, whoever has been on longest first."""
    first = turn.number * layer.step
    why = _describe(layer, turn)
    seats: dict[str, Seat] = {}
    for place in range(layer.at_a_time):
        number = (first + place) % layer.places
        together = layer.teams[number] if layer.teams else (layer.people[number],)
        for person in together:
            seats.setdefault(person, Seat(person, why + _stay(layer, place)))
    return tuple(seats.values())


def _describe(layer: Layer, turn: Turn) -> str:
    """Such as `week 2 of 4 in europe, since Monday 2026-11-23 09:00 Europe/Berlin`."""
    cycle = layer.places // gcd(layer.places, layer.step)
    word = layer.swap.unit if layer.swap.every == 1 else "turn"
    since = spoken(turn.since, layer.hand_off.zone)
    told = f"{word} {turn.number % cycle + 1} of {cycle} in {layer.name}, since {since}"
    return f"{told}, {layer.follows}" if layer.follows else told


def _stay(layer: Layer, place: int) -> str:
    """How far somebody is through the turns they stay for, where those overlap."""
    if not layer.overlapping or layer.at_a_time == 1:
        return ""
    return f" (in turn {layer.at_a_time - place} of the {layer.at_a_time} they stay)"
