"""Leave: the time in which somebody is on call nowhere, and is not called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from supportbot.domain.on_call.override import Override
from supportbot.domain.on_call.rotation import Rotation
from supportbot.domain.on_call.wall_clock import utc


@dataclass(frozen=True, slots=True)
class Absence:
    """From `start` to `end` (aware, end excluded), for `reason`, such as leave.

    Raises ValueError when it ends before it starts.
    """

    start: datetime
    end: datetime
    reason: str = "away"

    def __post_init__(self) -> None:
        if utc(self.start) >= utc(self.end):
            raise ValueError(f"an absence must end after it starts, {self.start.isoformat()}")

    def __str__(self) -> str:
        return f"{self.reason} until {utc(self.end).isoformat(' ', 'minutes')[:16]} UTC"


def absence_at(absences: Iterable[Absence], at: datetime) -> Absence | None:
    """The one that holds at `at` (aware), of several the longest."""
    present = (absence for absence in absences if absence.start <= at < absence.end)
    return max(present, key=lambda absence: absence.end, default=None)


def absence_within(absences: Iterable[Absence], start: datetime, end: datetime) -> Absence | None:
    """The first that touches the time from `start` to `end` (aware, end excluded)."""
    touching = (absence for absence in absences if absence.start < end and start < absence.end)
    return min(touching, key=lambda absence: absence.start, default=None)


def on_leave(rotation: Rotation, away: Mapping[str, Sequence[Absence]]) -> Rotation:
    """The rotation without whoever is away. What its overrides say of the same person holds all the
    same: somebody thought of that very time."""
    absences = tuple(
        Override(absence.start, absence.end, person, None, absence.reason)
        for person in sorted(rotation.members())
        for absence in away.get(person, ())
    )
    if not absences:
        return rotation
    return replace(rotation, overrides=(*absences, *rotation.overrides))
