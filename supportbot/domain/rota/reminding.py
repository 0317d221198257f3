"""When people are reminded of cover that nobody took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from supportbot.domain.on_call.cover_request import CoverRequest, Span

Kind = Literal["day after", "day before", "hours before", "starts"]

_BEFORE: tuple[tuple[Kind, timedelta], ...] = (
    ("day before", timedelta(days=1)),
    ("hours before", timedelta(hours=3)),
    ("starts", timedelta(0)),
)
_AFTER = timedelta(days=1)
_SOON = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Reminder:
    """Due at `at` (aware UTC), about a stretch of time that is open."""

    kind: Kind
    at: datetime
    span: Span

    @property
    def label(self) -> str:
        """Its name among those of its request."""
        return f"{self.kind.replace(' ', '-')}.{self.at:%Y%m%dT%H%M}"


def reminders(request: CoverRequest) -> Sequence[Reminder]:
    """All that were not sent yet, in order, as long as nobody takes what is open."""
    left = (one for one in _all(request) if one.label not in request.reminded)
    return sorted(left, key=lambda reminder: reminder.at)


def due_reminders(request: CoverRequest, now: datetime) -> Sequence[Reminder]:
    return [one for one in reminders(request) if one.at <= now]


def next_reminder(request: CoverRequest) -> datetime | None:
    """When the next is due (aware UTC); None where nothing is open."""
    return next((one.at for one in reminders(request)), None)


def _all(request: CoverRequest) -> Iterator[Reminder]:
    for number, span in enumerate(request.open_spans()):
        later = request.asked_at + _AFTER
        if number == 0 and later < span[0] - _AFTER:
            yield Reminder("day after", later, span)
        for kind, before in _BEFORE:
            # Asked for at short notice, everybody has just heard of it.
            at = max(span[0], request.asked_at + _SOON) if kind == "starts" else span[0] - before
            if at > request.asked_at:
                yield Reminder(kind, at, span)
