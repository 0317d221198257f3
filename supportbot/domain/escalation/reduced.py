"""Times in which a severity calls nobody, or tells people without paging them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from heapq import merge
from typing import Literal

from supportbot.domain.escalation.times import SEARCH_LIMIT
from supportbot.domain.policy.playbook import Severity
from supportbot.domain.policy.step import Step, Times


def reduced(
    terms: Severity, now: datetime, pages: Literal["hold", "notify"] | None = None
) -> Times | None:
    """The times of this kind, or of any, that are on at `now` (aware)."""
    for during in terms.during:
        if pages in (None, during.pages) and during.times.period.is_on(now):
            return during.times
    return None


def held_until(times: Times, now: datetime) -> datetime | None:
    """When they are over (UTC); None where they do not end within SEARCH_LIMIT."""
    for change in times.period.changes_from(now):
        if change > now + SEARCH_LIMIT:
            return None
        if not times.period.is_on(change):
            return change
    return None


def quietly(step: Step) -> Step:
    """The step as a notice: nobody's pager hears of it."""
    targets = tuple(target for target in step.targets if target.kind != "webhook")
    return replace(step, page=False, targets=targets)


def changes(terms: Severity, start: datetime) -> Iterator[datetime]:
    """The instants (UTC) after `start` (aware) at which any of the times may begin or end."""
    return merge(*(during.times.period.changes_from(start) for during in terms.during))
