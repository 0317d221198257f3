"""A proposal for the next quarter of a rotation: who should have which stint, and why.

It is told as overrides, so that the order of the layers stays what it is, before and after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from supportbot.domain.fairness.arranging import Choice, Puzzle, arranged
from supportbot.domain.fairness.own_time import OwnTime, Span
from supportbot.domain.fairness.quarter import Quarter
from supportbot.domain.fairness.reasons import reason_of
from supportbot.domain.fairness.stint import (
    Stint,
    before,
    burden,
    duty_of,
    fit,
    stints,
    turns_between,
    usual_of,
)
from supportbot.domain.on_call.rotation import Layer, Rotation, Turn, turn_at
from supportbot.domain.on_call.wall_clock import utc

MOST_STINTS = 120
"""In a quarter; a layer that changes more often is left in its order."""
# Time is weighed in quarters of what there is: a few days of leave are no reason for fewer turns.
_WORTH = 4


@dataclass(frozen=True, slots=True)
class Past:
    """What somebody carried before: interruptions, and of these the nights."""

    interruptions: int = 0
    nights: int = 0


@dataclass(frozen=True, slots=True)
class Assigned:
    """A stint and its person; `reason` says why it is not the usual one."""

    stint: Stint
    person: str
    reason: str = ""

    @property
    def is_changed(self) -> bool:
        return self.person != self.stint.usual


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person has of a layer's quarter: stints, and weekend days and holidays in them.

    `expected` is their part of as many interruptions as there were before.
    """

    turns: int
    weekend_days: int
    holidays: int
    expected: float


@dataclass(frozen=True, slots=True)
class PersonPlan:
    person: str
    past: Past
    usual: Plan
    proposed: Plan


@dataclass(frozen=True, slots=True)
class LayerProposal:
    """`left` says why a layer is left as it is."""

    layer: str
    assigned: tuple[Assigned, ...] = ()
    people: tuple[PersonPlan, ...] = ()
    left: str = ""


def proposed(
    rotation: Rotation, times: Mapping[str, OwnTime], past: Mapping[str, Past], quarter: Quarter
) -> tuple[LayerProposal, ...]:
    """A proposal for each layer in which people take turns, for the turns that begin in the
    quarter. Whose own time is not known is taken to live in UTC."""
    times = {**times, **_without_the_removed(rotation, times)}
    return tuple(
        _of_layer(rotation, layer, times, past, quarter)
        for layer in rotation.layers
        if isinstance(layer, Layer) and len(set(layer.people)) > 1
    )


def _without_the_removed(rotation: Rotation, times: Mapping[str, OwnTime]) -> Mapping[str, OwnTime]:
    """Whom an override takes out with nobody in their place is away then."""
    found: dict[str, OwnTime] = {}
    for override in rotation.overrides:
        if override.replace and not override.with_:
            own = found.get(override.replace) or times.get(override.replace, OwnTime())
            leave = (*own.leave, (utc(override.start), utc(override.end)))
            found[override.replace] = replace(own, leave=leave)
    return found


def _of_layer(
    rotation: Rotation,
    layer: Layer,
    times: Mapping[str, OwnTime],
    past: Mapping[str, Past],
    quarter: Quarter,
) -> LayerProposal:
    turns = turns_between(layer, quarter.start, quarter.end)
    if left := _why_left(layer, len(turns)):
        return LayerProposal(layer.name, left=left)
    following = _following(layer, turns[-1])
    duty = duty_of(rotation, turns[0].since, following[-1].since).get(layer.name, [])
    found = stints(layer, turns, duty)
    people = tuple(dict.fromkeys(layer.people))
    own = [times.get(person, OwnTime()) for person in people]
    puzzle = _puzzle(rotation, layer, found, people, own, past)
    choice = arranged(puzzle)
    assigned = tuple(
        Assigned(stint, people[person], reason_of(puzzle, choice, place, people, own, stint))
        for place, (stint, person) in enumerate(zip(found, choice, strict=True))
    )
    plans = (_person_plan(puzzle, choice, n, one, past) for n, one in enumerate(people))
    return LayerProposal(layer.name, assigned, tuple(plans))


def _following(layer: Layer, turn: Turn) -> list[Turn]:
    """The next turns, as many as are on at a time."""
    found = []
    for _ in range(layer.at_a_time):
        turn = turn_at(layer, turn.until)
        found.append(turn)
    return found


def _why_left(layer: Layer, turns: int) -> str:
    if not turns:
        return "no turn of it begins in the quarter"
    if turns > MOST_STINTS:
        return f"{turns} turns begin in the quarter, and {MOST_STINTS} are the most to look through"
    if layer.teams or (layer.at_a_time > 1 and not layer.overlapping):
        return "several people change at once"
    return ""


def _puzzle(
    rotation: Rotation,
    layer: Layer,
    found: Sequence[Stint],
    people: Sequence[str],
    own: Sequence[OwnTime],
    past: Mapping[str, Past],
) -> Puzzle:
    number = {person: n for n, person in enumerate(people)}
    begun = before(rotation, layer, found[0].turn)
    burdens = tuple(tuple(burden(stint, one) for one in own) for stint in found)
    whole: list[Span] = [span for stint in found for span in stint.duty]
    worth = []
    for n, person in enumerate(people):
        there = sum(not burdens[place][n].away for place in range(len(found))) / len(found)
        part = round(_WORTH * there * fit(layer, whole, own[n]))
        worth.append(part * layer.people.count(person))
    return Puzzle(
        usual=tuple(number[stint.usual] for stint in found),
        before=tuple(number.get(person) if person else None for person in begun),
        after=tuple(number[usual_of(layer, turn)] for turn in _following(layer, found[-1].turn)),
        together=layer.at_a_time,
        burdens=burdens,
        worth=tuple(worth),
        past=tuple(past.get(person, Past()).interruptions for person in people),
    )


def _person_plan(
    puzzle: Puzzle, choice: Choice, number: int, person: str, past: Mapping[str, Past]
) -> PersonPlan:
    return PersonPlan(
        person,
        past.get(person, Past()),
        _plan(puzzle, puzzle.usual, number),
        _plan(puzzle, choice, number),
    )


def _plan(puzzle: Puzzle, choice: Choice, number: int) -> Plan:
    theirs = [puzzle.burdens[place][number] for place in _places(choice, number)]
    return Plan(
        turns=len(theirs),
        weekend_days=sum(burden.weekend_days for burden in theirs),
        holidays=sum(burden.holidays for burden in theirs),
        expected=sum(puzzle.past) * len(theirs) / len(choice),
    )


def _places(choice: Choice, number: int) -> Iterator[int]:
    return (place for place, person in enumerate(choice) if person == number)
