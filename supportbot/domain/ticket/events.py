"""What happened to a ticket, in the past tense: audit log, report's timeline, replay's input.

Every event carries `at` (aware UTC) and `by` (a person's key, or None where the bot or the reporter
acted). A new kind of event is a new class here, a branch in `evolve`, and, where something
follows from it, a function in `consequences`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from supportbot.domain.on_call.working_time import WorkingHours
from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.policy.playbook import Severity
from supportbot.domain.policy.step import Group
from supportbot.domain.triage.message import File, Place, Sender, Source

Line = Literal["first", "second"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """Whom a ticket waits for (people's keys): when they are reminded, and when nobody waits any
    more (aware UTC)."""

    approvers: tuple[str, ...]
    remind_at: datetime
    give_up_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Event):
    """A request became a ticket. `terms` are the severity's terms in force from here on.

    `previous` is the closed ticket that this one goes on from; `attached_to` the one that already
    pages for the same fault; `maybe` an open one that the same person wrote about elsewhere;
    `users_affected` is one, several, all or unknown; `known_problem` the key of one.
    `during` is the event that was on, perhaps in `ready_mode`; `engineers` were named for now.
    A `drill` only tries whether somebody can be reached.
    """

    number: int
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
    rule: str
    playbooks: str
    commit: str = ""
    next_word_at: datetime | None = None
    attached_to: int | None = None
    previous: int | None = None
    maybe: int | None = None
    approval: Approval | None = None
    files: tuple[File, ...] = ()
    notes: tuple[str, ...] = ()
    automatic_answers: bool = True
    during: str | None = None
    ready_mode: bool = False
    engineers: tuple[str, ...] = ()
    users_affected: str = "unknown"
    known_problem: str | None = None
    drill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Event):
    """Another message of the conversation arrived; `by_team`: one of the team answered there;
    `aside`: one of the team said it where the reporter does not hear it, under a page.

    `threaded_by` says what showed that it belongs here. `reply_to` is where the reporter's newest
    mail wants its answer; `whole` is the text with what it quotes, where that is more.
    """

    key: str
    text: str
    author: str
    by_team: bool = False
    aside: bool = False
    threaded_by: str = ""
    reply_to: Place | None = None
    whole: str = ""
    files: tuple[File, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(Event):
    """`hours` are first line's owner's then, within which its time runs; None: at any time."""

    line: Line
    hours: WorkingHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Event):
    """`hours` as in `Acknowledged`."""

    line: Line
    hours: WorkingHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo(Event):
    line: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(Event):
    """By a person, or by itself (`by` is None) when first line's time is over."""

    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached(Event):
    """A step of the policy went out. `people` are keys; `reasons` say, in their order, why them.

    Those in `awaited` are each to acknowledge; the `shadows` of those called only hear of it. The
    last resort has the step after the last one.
    """

    position: int
    step: int
    attempt: int
    urgent: bool
    people: tuple[str, ...]
    reasons: tuple[str, ...]
    channels: tuple[str, ...] = ()
    second_line: bool = False
    late_by: float = 0.0
    asked_by_hand: bool = False
    groups: tuple[Group, ...] = ()
    webhooks: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    shadows: tuple[str, ...] = ()
    last_resort: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPassed(Event):
    """A step reached nobody: skipped at once, held until `until`, or dropped for being late."""

    position: int
    step: int
    how: Literal["skipped", "held", "dropped"]
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRestarted(Event):
    """Nobody acknowledged after the last step: the policy begins again."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFailed(Event):
    """A page could not be delivered; the policy moves on if it was the newest of this `round`."""

    position: int
    person: str
    reason: str
    round: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded(Event):
    """A clock ran out that asks somebody for something (`kind` is the timer's)."""

    kind: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueAsked(Event):
    """The severity's terms want a public issue from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached(Event):
    """Another ticket of the same hub and symptom arrived and pages with this one."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityChanged(Event):
    terms: Severity
    reason: str
    raised: bool
    next_word_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven(Event):
    """A representative, or one of the team, said that the reporter may have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDeclined(Event):
    """They may not: the ticket is resolved."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalWaived(Event):
    """The ticket waits for approval no longer, though nobody approved it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied(Event):
    text: str
    next_word_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(Event):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(Event):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Event):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged(Event):
    """This ticket is the same request as another, `into`, where the conversation goes on."""

    into: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed(Event):
    """Another ticket, `number`, was merged into this one."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAsked(Event):
    """The event that this ticket asks for was written down, or written anew. `asked_at` is when the
    reporter first wrote; it is `late` when that was less than the wanted notice."""

    plan: EventPlan
    asked_at: datetime
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAccepted(Event):
    """By a person, or by itself (`by` is None) when it was asked for in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDeclined(Event):
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPrompted(Event):
    """The checklist's prompt of this `kind` (a timer's) went out, to `people`."""

    kind: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPromptDone(Event):
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMade(Event):
    """Something was changed for a time."""

    text: str
    revert_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReverted(Event):
    """The temporary change of this number is undone."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertReminded(Event):
    """Temporary changes should be undone by now."""

    numbers: tuple[int, ...]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed(Event):
    """Reminders to the team rest until then (aware UTC)."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Woken(Event):
    """The rest is over, and `people` are reminded; `early` when a reporter wrote meanwhile."""

    people: tuple[str, ...]
    early: bool = False
