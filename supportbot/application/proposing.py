"""The rota of a coming quarter, proposed from the playbooks and what people carried before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from supportbot.application.load import Load, own_times
from supportbot.domain.fairness.proposal import LayerProposal, Past, proposed
from supportbot.domain.fairness.proposed_overrides import overrides_of
from supportbot.domain.fairness.quarter import Quarter
from supportbot.domain.on_call.rotation import Override
from supportbot.domain.policy.playbook import Playbooks


@dataclass(frozen=True, slots=True)
class RotationProposal:
    """`overrides` have to stand after those that the rotation has."""

    rotation: str
    layers: tuple[LayerProposal, ...]
    overrides: tuple[Override, ...]


def propose(
    playbooks: Playbooks, names: Iterable[str], past: Mapping[str, Past], quarter: Quarter
) -> tuple[RotationProposal, ...]:
    """A proposal for each of the rotations in which people take turns. Raises KeyError."""
    times = own_times(playbooks)
    found = []
    for name in names:
        rotation = playbooks.rotations[name]
        layers = proposed(rotation, times, past, quarter)
        if layers:
            found.append(RotationProposal(name, layers, overrides_of(rotation, layers)))
    return tuple(found)


def past_of(load: Load) -> Mapping[str, Past]:
    return {one.person: Past(one.interruptions, one.nights) for one in load.people}
