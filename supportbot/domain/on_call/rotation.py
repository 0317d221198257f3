"""Who is on call when: layers in order of priority, and overrides on top of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from supportbot.domain.on_call.hand_off import HandOff, Period, Turn, default_anchor
from supportbot.domain.on_call.layer import Layer, LayerState, turn_at
from supportbot.domain.on_call.override import Cover, Override, cover_at
from supportbot.domain.on_call.shift_layer import OneOffs, Roster, Shift, ShiftLayer
from supportbot.domain.on_call.wall_clock import utc
from supportbot.domain.on_call.working_time import Window

__all__ = [
    "Answer",
    "HandOff",
    "Layer",
    "OnCall",
    "OnCallSpan",
    "OneOffs",
    "Override",
    "Period",
    "Roster",
    "Rotation",
    "RotationLayer",
    "Shift",
    "ShiftLayer",
    "Turn",
    "Window",
    "default_anchor",
    "first_change",
    "next_change",
    "next_on",
    "on_call",
    "shifts",
    "turn_at",
    "who",
]

OVERRIDE = "override"
"""What stands for the layer of somebody who is on by an override alone."""

SEARCH_LIMIT = timedelta(days=400)

# A ticket asks several times, a busy hour thousands of times, and the answer holds for hours. By
# identity: hashing a rotation costs as much as asking it. It is held beside its answer, so its id
# cannot be given to another one.
_KEPT = 64
_answers: dict[int, tuple[Rotation, Answer]] = {}


RotationLayer = Layer | ShiftLayer


@dataclass(frozen=True, slots=True)
class Rotation:
    """The first layer that is on, and has somebody left after the overrides, decides; with
    `all_layers` everybody of every layer is on.

    Of several overrides for one person at a time the last in the tuple holds. Somebody standing in
    who is replaced as well has a stand-in in turn; a ring of replacements is a trade. Whoever is on
    in one of the `shadows` follows along while others are on call.
    """

    name: str
    layers: tuple[RotationLayer, ...]
    overrides: tuple[Override, ...] = ()
    shadows: tuple[RotationLayer, ...] = ()
    all_layers: bool = False
    grace: timedelta = timedelta(hours=1)
    """How long whoever comes on has to take what whoever went off still owns."""

    def members(self) -> frozenset[str]:
        """Everyone who is in a layer or stands in by an override, at any time; shadows are not."""
        stand_ins = (override.with_ for override in self.overrides if override.with_)
        return frozenset(p for layer in self.layers for p in layer.people) | frozenset(stand_ins)


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody on call, from `since` until `until` (UTC, end excluded), and why; `overridden` where
    an override decided it."""

    person: str
    since: datetime
    until: datetime
    layer: str
    reason: str
    overridden: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Who is on call at a moment, and why these or why nobody.

    The answer is the same from `since` until `until` (UTC, end excluded; None: for ever). At either
    bound a turn, working hours or an override begins or ends, even when the people stay the same.
    `vacated`: a layer is on, and overrides leave nobody there. Those `shadowing` are told of
    what those on call are told, and answer for nothing.
    """

    on_call: tuple[OnCall, ...]
    since: datetime | None
    until: datetime | None
    reason: str
    vacated: bool = False
    shadowing: tuple[OnCall, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(one.person for one in self.on_call)


@dataclass(frozen=True, slots=True)
class OnCallSpan:
    """The answer that holds from `start` to `end` (UTC, end excluded)."""

    start: datetime
    end: datetime
    answer: Answer

    @property
    def people(self) -> tuple[str, ...]:
        return self.answer.people


def who(rotation: Rotation, at: datetime) -> Answer:
    """Who is on call at `at` (aware), since when, until when, and why."""
    at = utc(at)
    known = _answers.get(id(rotation))
    if known is not None and known[0] is rotation and _holds(known[1], at):
        return known[1]
    answer = _who(rotation, at)
    if len(_answers) >= _KEPT:
        _answers.clear()
    _answers[id(rotation)] = rotation, answer
    return answer


def _holds(answer: Answer, at: datetime) -> bool:
    begun = answer.since is None or answer.since <= at
    return begun and (answer.until is None or at < answer.until)


def _who(rotation: Rotation, at: datetime) -> Answer:
    cover = cover_at(rotation.overrides, at)
    states = _consult(rotation, at, cover)
    shadows = [layer.state_at(at) for layer in rotation.shadows]
    since, until = _span(rotation.overrides, at, [*states, *shadows], cover)
    found = _found(states if rotation.all_layers else states[-1:], cover)
    reason = _why(rotation, states, cover, bool(found))
    # Those who join come after those whose turn it is.
    for person, source in _joined(cover):
        found.setdefault(person, source)
    if since is None or until is None:  # whoever is on has a beginning and an end
        return Answer((), since, until, reason)
    following = _following(shadows, cover, found)
    return Answer(
        tuple(OnCall(person, since, until, *source) for person, source in found.items()),
        since,
        until,
        reason,
        vacated=not found and any(state.seats for state in states),
        shadowing=tuple(OnCall(one, since, until, *source) for one, source in following.items()),
    )


def on_call(rotation: Rotation, at: datetime) -> tuple[OnCall, ...]:
    """Everyone on call at `at` (aware), in the order of the layer; empty when nobody is."""
    return who(rotation, at).on_call


def shifts(rotation: Rotation, start: datetime, end: datetime) -> Iterator[OnCallSpan]:
    """The answers from `start` to `end` (aware), each from where the one before it ends."""
    start, end = utc(start), utc(end)
    while start < end:
        answer = who(rotation, start)
        until = min(answer.until or end, end)
        yield OnCallSpan(start, until, answer)
        start = until


def next_change(
    rotation: Rotation, at: datetime, limit: timedelta = SEARCH_LIMIT
) -> datetime | None:
    """The first instant (UTC) after `at` (aware) with other people, or in another order.

    None when there is none within `limit`.
    """
    now = who(rotation, at).people
    spans = shifts(rotation, at, utc(at) + limit)
    return next((span.start for span in spans if span.people != now), None)


def first_change(rotations: Iterable[Rotation], at: datetime, limit: timedelta) -> datetime:
    """The first of all their next changes after `at` (aware); the end of `limit` without one."""
    changes = (next_change(rotation, at, limit) for rotation in rotations)
    return min((change for change in changes if change), default=utc(at) + limit)


def next_on(rotation: Rotation, at: datetime, limit: timedelta = SEARCH_LIMIT) -> datetime | None:
    """The first instant (UTC) at or after `at` (aware) with somebody on; None beyond `limit`."""
    spans = shifts(rotation, at, utc(at) + limit)
    return next((span.start for span in spans if span.people), None)


Source = tuple[str, str, bool]
"""The name of the layer that puts somebody on, the reason, and whether that is an override."""


def _consult(rotation: Rotation, at: datetime, cover: Cover) -> list[LayerState]:
    """The layers in order of priority, as far as the one that decides."""
    states = []
    for layer in rotation.layers:
        states.append(layer.state_at(at))
        if not rotation.all_layers and _filled(states[-1], cover):
            break
    return states


def _filled(state: LayerState, cover: Cover) -> bool:
    return any(cover.stand_in(seat.person) for seat in state.seats)


def _found(states: list[LayerState], cover: Cover) -> dict[str, Source]:
    """Everyone whom these layers have on, after the overrides."""
    found: dict[str, Source] = {}
    for state in states:
        for seat in state.seats:
            person = cover.stand_in(seat.person)
            if person:
                overrides = "; ".join(map(str, cover.applied_to(seat.person)))
                why = overrides or seat.reason
                found.setdefault(person, (state.layer, why, bool(overrides)))
    return found


def _following(
    shadows: list[LayerState], cover: Cover, found: dict[str, Source]
) -> dict[str, Source]:
    """Everyone who follows along: whoever stands in for a shadow does not do so as a shadow."""
    following: dict[str, Source] = {}
    for state in shadows:
        for seat in state.seats:
            if seat.person not in found and seat.person not in cover.swaps:
                following.setdefault(seat.person, (state.layer, seat.reason, False))
    return following


def _joined(cover: Cover) -> Iterator[tuple[str, Source]]:
    """Everyone whom an override has on besides."""
    for named, override in cover.joining.items():
        person = cover.stand_in(named)
        if person:
            why = "; ".join(map(str, (override, *cover.applied_to(named))))
            yield person, (OVERRIDE, why, True)


def _span(
    overrides: tuple[Override, ...], at: datetime, states: list[LayerState], cover: Cover
) -> tuple[datetime | None, datetime | None]:
    """The bounds between which neither a layer consulted nor an override concerned changes."""
    named = [seat.person for state in states for seat in state.seats]
    concerned = cover.asked_after([*named, *cover.joining])
    edges = [edge for state in states for edge in (state.since, state.until) if edge]
    for override in overrides:
        if override.replace is None or override.replace in concerned:
            edges += [utc(override.start), utc(override.end)]
    since = max((edge for edge in edges if edge <= at), default=None)
    return since, min((edge for edge in edges if edge > at), default=None)


def _why(rotation: Rotation, states: list[LayerState], cover: Cover, decided: bool) -> str:
    """Why these layers decide, the one that does first, or why none does."""
    if not states:
        return f"{rotation.name} has no layers"
    told = [_told(state, cover) for state in states]
    if decided and not rotation.all_layers:
        told = [told[-1], *told[:-1]]
    return "; ".join(told)


def _told(state: LayerState, cover: Cover) -> str:
    if not state.seats or _filled(state, cover):
        return state.reason
    overrides = [str(o) for seat in state.seats for o in cover.applied_to(seat.person)]
    return f"{state.reason}, but its people are away: {'; '.join(overrides)}"
