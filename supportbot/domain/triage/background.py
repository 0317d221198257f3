"""What the desk knew when it judged a message, besides the message and the playbooks.

It is kept with the decision: judged against the same background, the message comes out the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supportbot.domain.planned.event_window import EventPlan


@dataclass(frozen=True, slots=True)
class Earlier:
    """A ticket of the same hub or cluster. `at` is when it was opened (aware UTC)."""

    number: int
    hub: str
    symptom: str | None
    at: datetime
    open_incident: bool


@dataclass(frozen=True, slots=True)
class Background:
    """`earlier` are the tickets that the message may be seen beside, the oldest first; `events` are
    those that were asked for in tickets and accepted, and are on."""

    earlier: tuple[Earlier, ...] = ()
    events: tuple[EventPlan, ...] = ()
    released: bool = False
    """A person took it out of quarantine: it is no noise."""


NOTHING = Background()
