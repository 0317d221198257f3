"""Temporary changes: what was done for a time, and must be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from supportbot.domain import events as e


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryChange:
    """The ticket's change `number` (from 1), made by `owner` (a person's key)."""

    number: int
    text: str
    owner: str
    made_at: datetime
    revert_by: datetime
    reverted_at: datetime | None = None

    @property
    def stands(self) -> bool:
        return self.reverted_at is None


def changes_after(
    changes: tuple[TemporaryChange, ...], event: e.ChangeMade | e.ChangeReverted
) -> tuple[TemporaryChange, ...]:
    """The changes of a ticket after one more was made, or one undone."""
    if isinstance(event, e.ChangeMade):
        made = TemporaryChange(
            number=len(changes) + 1,
            text=event.text,
            owner=event.by or "",
            made_at=event.at,
            revert_by=event.revert_by,
        )
        return (*changes, made)
    return tuple(
        replace(change, reverted_at=event.at) if change.number == event.number else change
        for change in changes
    )


def standing(changes: Sequence[TemporaryChange]) -> list[TemporaryChange]:
    """Those not undone yet, the first to be undone first."""
    return sorted((one for one in changes if one.stands), key=lambda one: one.revert_by)
