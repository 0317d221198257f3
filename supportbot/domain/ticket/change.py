"""What one decision changes, as one value that the store writes in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field

from supportbot.domain.notices.delivery import NewDelivery
from supportbot.domain.ticket.events import Event
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import NewTimer, TimerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A ticket as it now is, and all that follows. `read_version` is 0 for a new ticket.

    Pending timers of the kinds in `cancel`, and of the kinds of the new `timers`, are cancelled
    first.
    """

    read_version: int
    ticket: Ticket
    events: tuple[Event, ...]
    cancel: frozenset[TimerKind] = frozenset()
    timers: tuple[NewTimer, ...] = ()
    deliveries: tuple[NewDelivery, ...] = field(default=())
