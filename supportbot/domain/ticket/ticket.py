"""A ticket: one request and its conversation, with one state, one severity, one owner per line.

`decide` answers a command with the events that follow, or with a refusal that says why; `evolve`
applies an event. Neither knows a clock or a database; folding a ticket's events gives the ticket.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from supportbot.domain.on_call import working_time
from supportbot.domain.planned.event_request import EventRequest, request_after
from supportbot.domain.planned.temporary_change import TemporaryChange, changes_after
from supportbot.domain.policy.playbook import Severity
from supportbot.domain.ticket import escalation_events as ee
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket import shift_events as se
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


def opened(event: e.Opened) -> Ticket:
    """The ticket that an `Opened` event makes."""
    return Ticket(
        number=event.number,
        version=1,
        state="waiting" if event.approval else "new",
        round=0 if event.approval else 1,
        approval=event.approval,
        source=event.source,
        reporter=event.reporter,
        reporter_person=event.reporter_person,
        reply_to=event.reply_to,
        title=event.title,
        community=event.community,
        hub=event.hub,
        cluster=event.cluster,
        symptom=event.symptom,
        kind=event.kind,
        incident=event.incident,
        labels=event.labels,
        terms=event.terms,
        first_line=event.first_line,
        second_line=event.second_line,
        opened_at=event.at,
        changed_at=event.at,
        next_word_at=event.next_word_at,
        attached_to=event.attached_to,
        previous=event.previous,
        round_at=event.at,
        automatic_answers=event.automatic_answers,
        users_affected=event.users_affected,
        known_problem=event.known_problem,
        during=event.during,
        ready_mode=event.ready_mode,
        engineers=event.engineers,
        drill=event.drill,
    )


# Whoever did one of these has acknowledged it.
_PROOFS = (e.Acknowledged, ee.AcknowledgedToo, e.Taken, e.Replied)


def evolve(ticket: Ticket | None, event: e.Event) -> Ticket:
    """The ticket after `event`. Raises ValueError when the first event is not `Opened`."""
    if isinstance(event, e.Opened):
        return opened(event)
    if ticket is None:
        raise ValueError(f"a ticket begins with Opened, not {type(event).__name__}")
    after = replace(_apply(ticket, event), version=ticket.version + 1, changed_at=event.at)
    if event.by in after.awaited and isinstance(event, _PROOFS):
        after = replace(after, awaited=tuple(key for key in after.awaited if key != event.by))
    if after.handing or after.keeping:
        after = _as_owned(after)
    return _waits_no_more(after) if after.approval and after.state != "waiting" else after


def _as_owned(ticket: Ticket) -> Ticket:
    """Whoever else has a line by now has ended its change of shift; so has the end of it all."""
    handing = (h for h in ticket.handing if ticket.owner_of(h.line) == h.outgoing)
    keeping = (k for k in ticket.keeping if ticket.owner_of(k.line) == k.person)
    is_open = ticket.state in OPEN
    return replace(
        ticket,
        handing=tuple(handing) if is_open else (),
        keeping=tuple(keeping) if is_open else (),
    )


def _waits_no_more(ticket: Ticket) -> Ticket:
    """Whatever ended the wait starts the clock of the first answer."""
    over = replace(ticket, approval=None, waited_until=ticket.changed_at)
    owed = over.terms.first_answer
    if over.state not in OPEN or over.first_answer_at or over.next_word_at or owed is None:
        return over
    return replace(over, next_word_at=working_time.add(over.changed_at, owed))


def _apply(ticket: Ticket, event: e.Event) -> Ticket:  # noqa: C901 - a branch an event
    match event:
        case e.Heard():
            return _heard(ticket, event)
        case e.Acknowledged():
            ticket = _owned(ticket, event.line, ticket.owner_of(event.line) or event.by, event.at)
            return replace(
                ticket, state="acknowledged", acknowledged_at=event.at, acknowledged_by=event.by
            )
        case e.Taken():
            return _owned(ticket, event.line, event.by, event.at)
        case e.LetGo():
            return _restarted(_owned(ticket, event.line, None, event.at), event.at)
        case e.HandedOver():
            handed = replace(ticket, line="second", second_line_reached=True, attached_to=None)
            return _restarted(handed, event.at)
        case e.Reached():
            return _reached(ticket, event)
        case e.PageFailed() if of_newest_step(ticket, event):
            dead = ticket.dead_pages + 1
            lost = 1 if dead == ticket.paged and ticket.reached else 0
            return replace(ticket, dead_pages=dead, reached=ticket.reached - lost)
        case e.StepPassed(how="held"):
            return replace(ticket, position=event.position)
        case e.StepPassed():
            return replace(ticket, position=event.position + 1)
        case e.PolicyRestarted():
            begun = replace(ticket, round=ticket.round + 1, round_at=event.at, position=0)
            return replace(begun, reached=0, awaited=())
        case e.IssueAsked():
            return replace(ticket, issue_asked=True)
        case e.SeverityChanged():
            return _new_terms(ticket, event)
        case e.Replied():
            answered = ticket.first_answer_at or event.at
            return replace(ticket, first_answer_at=answered, next_word_at=event.next_word_at)
        case e.Resolved():
            return _resolved(ticket, event)
        case e.Reopened():
            # Whatever it was attached to may be over by now, and would never page for it again.
            back = replace(ticket, resolved_at=None, closed_at=None, attached_to=None)
            return _restarted(back, event.at)
        case e.ApprovalGiven() | e.ApprovalWaived():
            return _restarted(ticket, event.at)
        case e.ApprovalDeclined():
            return replace(ticket, state="resolved", resolved_at=event.at, next_word_at=None)
        case e.Closed():
            return replace(ticket, state="closed", closed_at=event.at)
        case e.Snoozed():
            return replace(ticket, snoozed_until=event.until)
        case e.Woken():
            return replace(ticket, snoozed_until=None)
        case e.Merged():
            return replace(
                ticket, state="closed", closed_at=event.at, merged_into=event.into, attached_to=None
            )
        case (
            e.EventAsked()
            | e.EventAccepted()
            | e.EventDeclined()
            | e.EventPrompted()
            | e.EventPromptDone()
        ):
            return replace(ticket, request=request_after(ticket.request, event))
        case e.ChangeMade() | e.ChangeReverted() | e.RevertReminded():
            return replace(ticket, changes=changes_after(ticket.changes, event))
        case se.ShiftHandedOver() | se.Kept() | se.ShiftNotTaken():
            return _shifted(ticket, event)
        case _:
            return ticket


def _shifted(ticket: Ticket, event: se.ShiftEvent) -> Ticket:
    handing, keeping = se.after(ticket.handing, ticket.keeping, event)
    changed = replace(ticket, handing=handing, keeping=keeping)
    if not isinstance(event, se.ShiftNotTaken):
        return changed
    nobodys = _owned(changed, event.line, None, event.at)
    return _restarted(nobodys, event.at) if event.up else nobodys


def of_newest_step(ticket: Ticket, failed: e.PageFailed) -> bool:
    """Whether a page that failed was of the newest step: an older one has its successor."""
    return failed.position == ticket.position - 1 and failed.round in (None, ticket.round)


def _reached(ticket: Ticket, event: e.Reached) -> Ticket:
    return replace(
        ticket,
        position=event.position + 1,
        second_line_reached=ticket.second_line_reached or event.second_line,
        paged=len(event.people) + len(event.webhooks),
        dead_pages=0,
        reached=ticket.reached + 1,
        awaited=tuple(dict.fromkeys((*ticket.awaited, *event.awaited))),
    )


def _heard(ticket: Ticket, event: e.Heard) -> Ticket:
    if event.by_team:
        ticket = replace(ticket, first_answer_at=ticket.first_answer_at or event.at)
    if event.reply_to is not None and continues(event.reply_to, ticket.reply_to):
        ticket = replace(ticket, reply_to=event.reply_to)
    return ticket


def continues(new: Place, old: Place | None) -> bool:
    """Whether an answer goes to the same reader at `new` as at `old`, in the newer thread."""
    return (
        old is not None
        and new.kind == old.kind == "mail"
        and new.address.get("to", "").casefold() == old.address.get("to", "").casefold()
    )


def _owned(ticket: Ticket, line: e.Line, person: str | None, at: datetime) -> Ticket:
    if person == ticket.owner_of(line):
        return ticket
    since = replace(ticket, owned_at=at, owned_version=ticket.version + 1)
    if line == "second":
        return replace(since, second_owner=person)
    return replace(since, first_owner=person)


def _restarted(ticket: Ticket, at: datetime) -> Ticket:
    fresh = replace(ticket, state="new", snoozed_until=None, reached=0, awaited=())
    return replace(fresh, round=ticket.round + 1, round_at=at, position=0)


def _resolved(ticket: Ticket, event: e.Resolved) -> Ticket:
    answered = ticket.first_answer_at or (event.at if event.text else None)
    over = replace(
        ticket, state="resolved", resolved_at=event.at, next_word_at=None, snoozed_until=None
    )
    return replace(over, first_answer_at=answered, awaited=())


def _new_terms(ticket: Ticket, event: e.SeverityChanged) -> Ticket:
    """A raise pages again even if acknowledged; so does any change nobody has acknowledged yet."""
    ticket = replace(
        ticket,
        terms=event.terms,
        attached_to=None,
        next_word_at=event.next_word_at,
        snoozed_until=None,
        awaited=(),
    )
    if event.raised or ticket.state in ("new", "waiting"):
        return _restarted(ticket, event.at)
    return ticket
