"""The playbooks as they hold at a time: with what people changed while the desk ran."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from supportbot.domain.on_call.absence import Absence, on_leave
from supportbot.domain.on_call.rota_change import RotaChange, changed
from supportbot.domain.on_call.rotation import Rotation, RotationLayer, Shift, ShiftLayer
from supportbot.domain.policy.playbook import Playbooks


def with_changes(playbooks: Playbooks, changes: Iterable[RotaChange]) -> Playbooks:
    """The playbooks with these changes of their rotations, in the order in which they were made.

    A change of a rotation that is no more, or with somebody who is not of the team any more, is
    left out: it must not page a stranger, and who was on by the files is on again.
    """
    team = playbooks.team()
    known = tuple(one for one in changes if _is_known(one, playbooks.rotations, team))
    if not known:
        return playbooks
    rotations = {
        name: _changed(rotation, [one for one in known if one.rotation == name])
        for name, rotation in playbooks.rotations.items()
    }
    return replace(playbooks, rotations=rotations, rota_changes=known)


def calendars_elsewhere(playbooks: Playbooks) -> dict[str, ShiftLayer]:
    """The layers whose calendars stand elsewhere, by the addresses."""
    rotations = playbooks.rotations.values()
    layers = (layer for one in rotations for layer in (*one.layers, *one.shadows))
    return {one.feed: one for one in layers if isinstance(one, ShiftLayer) and one.feed}


def with_shifts(playbooks: Playbooks, shifts: Mapping[str, Sequence[Shift]]) -> Playbooks:
    """The playbooks with the shifts of calendars elsewhere, by the addresses. Comes before leave
    and changes, which are about whoever has them."""
    if not calendars_elsewhere(playbooks).keys() & shifts.keys():
        return playbooks

    def filled(layer: RotationLayer) -> RotationLayer:
        if not isinstance(layer, ShiftLayer) or layer.feed not in shifts:
            return layer
        return layer.filled([one for one in shifts[layer.feed] if one.person in playbooks.people])

    rotations = {
        name: replace(
            one,
            layers=tuple(map(filled, one.layers)),
            shadows=tuple(map(filled, one.shadows)),
        )
        for name, one in playbooks.rotations.items()
    }
    return replace(playbooks, rotations=rotations)


def with_leave(playbooks: Playbooks, leave: Mapping[str, tuple[Absence, ...]]) -> Playbooks:
    """The playbooks with more leave, by the person. Comes before `with_changes`: what people
    changed of somebody's shifts, they changed knowing of it."""
    found = {key: more for key, more in leave.items() if key in playbooks.people and more}
    if not found:
        return playbooks
    people = {
        key: replace(person, away=(*person.away, *found[key])) if key in found else person
        for key, person in playbooks.people.items()
    }
    rotations = {name: on_leave(one, found) for name, one in playbooks.rotations.items()}
    return replace(playbooks, people=people, rotations=rotations, fed_leave=found)


def _is_known(change: RotaChange, rotations: Mapping[str, Rotation], team: frozenset[str]) -> bool:
    return change.rotation in rotations and team.issuperset(change.people)


def _changed(rotation: Rotation, changes: Sequence[RotaChange]) -> Rotation:
    """The very same where nothing was changed: answers are remembered by identity."""
    return changed(rotation, changes) if changes else rotation
