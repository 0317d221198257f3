"""What is planned: events that were asked for in tickets, and temporary changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from supportbot.domain.planned.event_request import EventRequest
from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.planned.temporary_change import TemporaryChange


@dataclass(frozen=True, slots=True)
class RequestOfTicket:
    ticket: int
    request: EventRequest


@dataclass(frozen=True, slots=True)
class ChangeOfTicket:
    ticket: int
    change: TemporaryChange


class Planned(Protocol):
    def events_on(self, community: str, at: datetime) -> Sequence[EventPlan]:
        """The accepted events of a community (its key) that are on at `at` (aware UTC)."""

    def events_to_come(self, at: datetime) -> Sequence[EventPlan]:
        """Every accepted event that is not over at `at`."""

    def requests(self, since: datetime, limit: int = 500) -> Sequence[RequestOfTicket]:
        """What was asked for and ends after `since`, the first to begin first."""

    def changes(self, *, standing: bool, limit: int = 500) -> Sequence[ChangeOfTicket]:
        """The temporary changes, or those not undone yet, the first to be undone first."""
