"""A proposal as overrides of the rotation it is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from supportbot.domain.fairness.own_time import Span
from supportbot.domain.fairness.proposal import Assigned, LayerProposal
from supportbot.domain.fairness.stint import duty_of
from supportbot.domain.on_call.rotation import Override, Rotation


def overrides_of(rotation: Rotation, layers: Sequence[LayerProposal]) -> tuple[Override, ...]:
    """What has to stand after the overrides that there are, in the order of time."""
    duty = _duty(rotation, layers)
    found = [
        override
        for layer in layers
        for override in _of_layer(layer, duty.get(layer.layer, ()), _others(layer, layers))
    ]
    return tuple(sorted(found, key=lambda one: (one.start, one.end)))


def _duty(rotation: Rotation, layers: Sequence[LayerProposal]) -> Mapping[str, Sequence[Span]]:
    ends = [one.stint.until for layer in layers for one in layer.assigned]
    starts = [one.stint.since for layer in layers for one in layer.assigned]
    return duty_of(rotation, min(starts), max(ends)) if starts else {}


def _others(layer: LayerProposal, layers: Sequence[LayerProposal]) -> Sequence[Assigned]:
    return [one for other in layers if other is not layer for one in other.assigned]


def _of_layer(
    layer: LayerProposal, duty: Sequence[Span], others: Sequence[Assigned]
) -> Iterator[Override]:
    open_ones: dict[tuple[str, str], Override] = {}
    for start, end, swaps in _turns(layer):
        for (away, on), reason in swaps.items():
            before = open_ones.get((away, on))
            if before is not None and before.end == start:
                open_ones[away, on] = replace(before, end=end)
                continue
            if before is not None:
                yield from _narrowed(before, duty, others)
            open_ones[away, on] = Override(start, end, away, on, reason)
    for override in open_ones.values():
        yield from _narrowed(override, duty, others)


def _turns(layer: LayerProposal) -> Iterator[tuple[*Span, Mapping[tuple[str, str], str]]]:
    """For each turn who stands in for whom: whoever stays on needs no override for it."""
    edges = sorted({edge for one in layer.assigned for edge in (one.stint.since, one.stint.until)})
    for start, end in pairwise(edges):
        on = [one for one in layer.assigned if one.stint.since < end and start < one.stint.until]
        usual, chosen = {one.stint.usual for one in on}, {one.person for one in on}
        away = [one for one in on if one.stint.usual not in chosen]
        joining = [one.person for one in on if one.person not in usual]
        yield (
            start,
            end,
            {
                (one.stint.usual, person): one.reason
                for one, person in zip(away, joining, strict=False)
            },
        )


def _narrowed(
    override: Override, duty: Sequence[Span], others: Sequence[Assigned]
) -> Iterator[Override]:
    """Where the one replaced is in another layer meanwhile, only while this one decides."""
    names = {
        name
        for one in others
        if one.stint.since < override.end and override.start < one.stint.until
        for name in (one.person, one.stint.usual)
    }
    if override.replace not in names:
        yield override
        return
    for start, end in duty:
        start, end = max(start, override.start), min(end, override.end)
        if start < end:
            yield replace(override, start=start, end=end)
