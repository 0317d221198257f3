"""When a step may go out at all: within the times that it names, and outside of others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import merge

from supportbot.domain.policy.step import Step

SEARCH_LIMIT = timedelta(days=400)


def shut(step: Step, now: datetime) -> str:
    """Why the step may not go out at `now` (aware); empty when it may."""
    within, outside = step.only_within, step.only_outside
    if within and not within.period.is_on(now):
        return f"this step is only for {within.said}"
    if outside and outside.period.is_on(now):
        return f"this step is not for {outside.said}"
    return ""


def opens(step: Step, now: datetime) -> datetime | None:
    """The first instant (UTC) after `now` (aware) at which it may go out; None when not within
    SEARCH_LIMIT."""
    for change in changes(step, now):
        if change > now + SEARCH_LIMIT:
            return None
        if not shut(step, change):
            return change
    return None


def changes(step: Step, start: datetime) -> Iterator[datetime]:
    """The instants (UTC) after `start` (aware) at which it may begin or cease to go out."""
    each = (step.only_within, step.only_outside)
    return merge(*(times.period.changes_from(start) for times in each if times))
