"""Changes of a rota that people make while the desk runs, on top of what the playbooks say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Literal

from supportbot.domain.on_call.override import Override, cover_at
from supportbot.domain.on_call.rotation import Rotation

Kind = Literal["cover", "take", "schedule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaChange:
    """From `start` to `end` (aware UTC, end excluded), somebody else is on call in a rotation.

    `cover`: `people` stand in for `away`, who asked for it. `take`: they took the running shift of
    `away`, or came on where nobody was. `schedule`: they alone are on. Once withdrawn it holds no
    longer; what was until then stays as it was. `id` is 0 until it is kept.
    """

    kind: Kind
    rotation: str
    start: datetime
    end: datetime
    people: tuple[str, ...]
    away: str | None = None
    reason: str = ""
    by: str
    made_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    id: int = 0

    @property
    def until(self) -> datetime:
        """When it ends, or was ended."""
        if self.withdrawn_at is None:
            return self.end
        return max(self.start, min(self.end, self.withdrawn_at))

    def holds_at(self, at: datetime) -> bool:
        return self.start <= at < self.until


def changed(rotation: Rotation, changes: Iterable[RotaChange]) -> Rotation:
    """The rotation with these changes, made in this order, after the overrides it has."""
    overrides = rotation.overrides
    for change in changes:
        if change.start < change.until:
            overrides = _with(rotation, overrides, change)
    return replace(rotation, overrides=overrides)


def _with(
    rotation: Rotation, overrides: tuple[Override, ...], change: RotaChange
) -> tuple[Override, ...]:
    why = change.reason
    if change.kind != "schedule":
        person = change.people[0]
        back = _called_back(rotation, overrides, change, person)
        kept = _without_ring(back, change, person)
        return (*kept, Override(change.start, change.until, change.away, person, why))
    members = {p for layer in rotation.layers for p in layer.people}
    members |= {override.with_ for override in overrides if override.with_}
    # Whoever is away stays away, the more so if that was written down later.
    own = {one for one in overrides if one.replace in change.people and one.with_}
    beside = [
        piece
        for one in overrides
        for piece in (_around(one, change.start, change.until) if one in own else (one,))
    ]
    away = [
        Override(change.start, change.until, person, None, why)
        for person in sorted(members - set(change.people))
    ]
    on = [Override(change.start, change.until, None, person, why) for person in change.people]
    return (*beside, *away, *on)


def _called_back(
    rotation: Rotation, overrides: tuple[Override, ...], change: RotaChange, person: str
) -> tuple[Override, ...]:
    """The overrides without those by which a schedule had left the person out: they are on again.

    What the rotation had before, such as leave, holds all the same.
    """
    out = {one for one in overrides if one.replace == person and one.with_ is None}
    out -= set(rotation.overrides)
    return tuple(
        piece
        for one in overrides
        for piece in (_around(one, change.start, change.until) if one in out else (one,))
    )


def _without_ring(
    overrides: tuple[Override, ...], change: RotaChange, person: str
) -> tuple[Override, ...]:
    """The overrides without those that led from the person to whoever they now stand in for.

    Somebody who takes back what was theirs closes a ring, and that would be read as a trade.
    """
    inside = {edge for one in overrides for edge in (one.start, one.end)}
    inside = {edge for edge in inside if change.start < edge < change.until}
    for start, end in pairwise(sorted({change.start, change.until, *inside})):
        if change.away in cover_at(overrides, start).asked_after([person]):
            overrides = tuple(
                piece
                for one in overrides
                for piece in (
                    _around(one, start, end) if one.replace == person and one.with_ else (one,)
                )
            )
    return overrides


def _around(override: Override, start: datetime, end: datetime) -> Iterator[Override]:
    """What is left of an override beside a time in which it is not to hold."""
    if override.start < start:
        yield replace(override, end=min(override.end, start))
    if override.end > end:
        yield replace(override, start=max(override.start, end))
