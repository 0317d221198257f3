"""Temporary changes: what was done for a time, and must be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from supportbot.domain.ticket import events as e

_DAY = timedelta(days=1)
_WEEKEND = (5, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryChange:
    """The ticket's change `number` (from 1), made by `owner` (a person's key). `reminded_at` is
    when somebody was last asked to undo it."""

    number: int
    text: str
    owner: str
    made_at: datetime
    revert_by: datetime
    reverted_at: datetime | None = None
    reminded_at: datetime | None = None

    @property
    def stands(self) -> bool:
        return self.reverted_at is None

    @property
    def remind_at(self) -> datetime:
        """When to ask (again) for it to be undone."""
        return next_day(self.reminded_at) if self.reminded_at else self.revert_by


def changes_after(
    changes: tuple[TemporaryChange, ...],
    event: e.ChangeMade | e.ChangeReverted | e.RevertReminded,
) -> tuple[TemporaryChange, ...]:
    """The changes of a ticket after one more was made or undone, or somebody was reminded."""
    if isinstance(event, e.ChangeMade):
        made = TemporaryChange(
            number=len(changes) + 1,
            text=event.text,
            owner=event.by or "",
            made_at=event.at,
            revert_by=event.revert_by,
        )
        return (*changes, made)
    if isinstance(event, e.RevertReminded):
        return tuple(
            replace(change, reminded_at=event.at) if change.number in event.numbers else change
            for change in changes
        )
    return tuple(
        replace(change, reverted_at=event.at) if change.number == event.number else change
        for change in changes
    )


def standing(changes: Sequence[TemporaryChange]) -> list[TemporaryChange]:
    """Those not undone yet, the first to be undone first."""
    return sorted((one for one in changes if one.stands), key=lambda one: one.revert_by)


def next_day(at: datetime) -> datetime:
    """The same time (UTC) of the next day that is no weekend."""
    after = at + _DAY
    while after.weekday() in _WEEKEND:
        after += _DAY
    return after
