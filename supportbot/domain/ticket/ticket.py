"""A ticket: one request and its conversation, with one state, one severity, one owner per line.

`commands.decide` answers a command with the events that follow, or with a refusal that says why;
`evolving.evolve` applies an event. Neither knows a clock or a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from supportbot.domain.planned.event_request import EventRequest
from supportbot.domain.planned.temporary_change import TemporaryChange
from supportbot.domain.policy.playbook import Severity
from supportbot.domain.ticket import clock_events as ce
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket import shift_events as se
from supportbot.domain.ticket.box import Box
from supportbot.domain.triage.message import Place, Sender, Source

State = Literal["new", "acknowledged", "waiting", "resolved", "closed"]
OPEN: frozenset[State] = frozenset({"new", "acknowledged", "waiting"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """`version` counts its events; `round` the starts of the escalation policy, the present one
    since `round_at`; `position` is the next place in the policy's plan; of its newest step `paged`
    people and services were called, of whose pages `dead_pages` failed; `reached` of the round's
    steps got through. Those in `awaited` are each to acknowledge. `during` names an event that was
    on when it opened, and `engineers` were named for it; `request` is an event that it asks for,
    `changes` are temporary. Times are aware UTC."""

    number: int
    version: int
    state: State
    source: Source
    reporter: Sender
    reporter_person: str | None
    reply_to: Place | None
    title: str
    community: str | None
    hub: str | None
    cluster: str | None
    symptom: str | None
    kind: str
    incident: bool
    labels: tuple[str, ...]
    terms: Severity
    first_line: str
    second_line: str
    opened_at: datetime
    changed_at: datetime
    next_word_at: datetime | None
    attached_to: int | None
    previous: int | None
    line: e.Line = "first"
    round: int = 1
    round_at: datetime
    position: int = 0
    paged: int = 0
    dead_pages: int = 0
    reached: int = 0
    awaited: tuple[str, ...] = ()
    first_owner: str | None = None
    second_owner: str | None = None
    owned_at: datetime | None = None
    owned_version: int = 0
    second_line_reached: bool = False
    issue_asked: bool = False
    approval: e.Approval | None = None
    """Whom it waits for now; `waited_until` is when it last did."""
    waited_until: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    first_answer_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    merged_into: int | None = None
    automatic_answers: bool = True
    users_affected: str = "unknown"
    known_problem: str | None = None
    snoozed_until: datetime | None = None
    during: str | None = None
    ready_mode: bool = False
    engineers: tuple[str, ...] = ()
    request: EventRequest | None = None
    changes: tuple[TemporaryChange, ...] = ()
    handing: tuple[se.Handing, ...] = ()
    """The lines whose owner went off shift, and who are to take them; one a line."""
    keeping: tuple[se.Keeping, ...] = ()
    """The lines whose owner is off shift, and keeps them for now."""
    drill: bool = False
    waiting_for: ce.Waiting | None = None
    asked_at: datetime | None = None
    """When it was last asked, without an answer yet, whether somebody is still on it."""
    lapsed_at: datetime | None = None
    """Since when the acknowledgement of its owner counts no longer."""
    box: Box = Box()

    @property
    def reference(self) -> str:
        return reference(self.number)

    @property
    def reporter_key(self) -> str | None:
        return reporter_key(self.reporter_person, self.reporter)

    @property
    def owed_since(self) -> datetime:
        """Since when a first answer is owed: the clock stands while it waits for approval."""
        return self.waited_until or self.opened_at

    @property
    def owner(self) -> str | None:
        """Whoever owns the line that is at work now."""
        return self.second_owner if self.line == "second" else self.first_owner

    @property
    def held_by(self) -> tuple[str, ...]:
        """Whose word it is that somebody is on it: the owner's, and whoever acknowledged it."""
        return tuple(who for who in (self.owner, self.acknowledged_by) if who)

    def owner_of(self, line: e.Line) -> str | None:
        return self.second_owner if line == "second" else self.first_owner


def reporter_key(person: str | None, sender: Sender) -> str | None:
    """One name for whoever wrote, by which their other tickets are found."""
    if person is not None:
        return f"person:{person}"
    if sender.mail:
        return f"mail:{sender.mail.casefold()}"
    return f"slack:{sender.slack}" if sender.slack else None


def reference(number: int) -> str:
    return f"SUP-{number}"


def number_of(text: str) -> int | None:
    """The ticket's number in `SUP-42` (any case), or None."""
    prefix, _, digits = text.strip().upper().partition("-")
    return int(digits) if prefix == "SUP" and digits.isascii() and digits.isdigit() else None
