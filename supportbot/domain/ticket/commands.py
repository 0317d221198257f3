"""The verbs: what people ask of a ticket, and the events or the refusal they get.

Only the team may press; whoever loses a race is told who was first and how long ago.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.working_time import WorkingHours
from supportbot.domain.planned.ready_mode import named_in, severities_in, with_named
from supportbot.domain.policy.playbook import Playbooks, Severity
from supportbot.domain.ticket import clock_events as ce
from supportbot.domain.ticket import escalation_events as ee
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.ticket import OPEN, Ticket


@dataclass(frozen=True, slots=True)
class Refused:
    """A no, with the reason a person reads."""

    reason: str


Decision = tuple[e.Event, ...] | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something a person asks; `by` is the key of a person in the playbooks.

    `seen` is the version of the ticket that they were looking at, where that is known.
    """

    by: str
    seen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(Command): ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Take(Command): ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo(Command): ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(Command):
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSeverity(Command):
    severity: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Command):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(Command):
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Command):
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Command):
    """This ticket is the same request as `into`. Decided by `merging`, which sees both."""

    into: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalateNow(Command):
    """Decided by `escalation.escalate_now`, which knows the policy."""


def decide(ticket: Ticket, command: Command, playbooks: Playbooks, now: datetime) -> Decision:
    """The events that `command` causes at `now`, or why not. Escalate now is in `escalation`."""
    refused = may_act(command.by, playbooks)
    if refused:
        return refused
    match command:
        case Acknowledge():
            return _acknowledge(ticket, command.by, playbooks, now)
        case Take():
            return _take(ticket, command, playbooks, now)
        case LetGo():
            return _let_go(ticket, command.by, now)
        case HandOver():
            return _hand_over(ticket, command, now)
        case ChangeSeverity():
            severities = severities_in(playbooks, ready_mode=ticket.ready_mode)
            return _change_severity(ticket, command, severities, now)
        case Reply():
            return _reply(ticket, command, playbooks, now)
        case Resolve():
            return _resolve(ticket, command, now)
        case Reopen():
            return _reopen(ticket, command, now)
    raise TypeError(f"no such verb: {command!r}")


def done_already(command: Command, since: Sequence[e.Event], now: datetime) -> Refused | None:
    """The refusal of an answer or an escalation that comes a second time, or None.

    Whoever never heard that it was done asks again. `since` is what happened after the version
    that they were looking at. The other commands refuse a repetition by themselves.
    """
    for event in since:
        if event.by == command.by and _is_done_by(command, event):
            return Refused(f"You did this {ago(event.at, now)}: it is done.")
    return None


def _is_done_by(command: Command, event: e.Event) -> bool:
    match command, event:
        case Reply(), e.Replied():
            return event.text == command.text.strip()
        case EscalateNow(), e.Reached(asked_by_hand=True) | e.ApprovalWaived():
            return True
    return False


def may_act(by: str, playbooks: Playbooks) -> Refused | None:
    """Why this person may not work tickets, or None."""
    if by not in playbooks.team():
        known = playbooks.people.get(by)
        who = known.name if known else by
        return Refused(
            f"{who} is in no rotation and no role: only the team works tickets."
            " People join it in rotations.yaml or under roles in people.yaml."
        )
    return None


def line_of(ticket: Ticket, person: str, playbooks: Playbooks) -> e.Line:
    """The line a person works this ticket in: their rotation's, else the present one."""
    first = person in members_of(ticket.first_line, playbooks)
    second = person in members_of(ticket.second_line, playbooks)
    if first == second:
        return ticket.line
    return "second" if second else "first"


def members_of(name: str, playbooks: Playbooks) -> frozenset[str]:
    """Everyone behind the name of a rotation, a role or a person, on call or not."""
    rotation = playbooks.rotations.get(name)
    if rotation is not None:
        return frozenset(rotation.members())
    return frozenset(playbooks.roles.get(name, (name,) if name in playbooks.people else ()))


def ago(since: datetime, now: datetime) -> str:
    """`4 s ago`, `12 min ago`, `3 h ago`, `2 days ago`."""
    seconds = max(0, int((now - since).total_seconds()))
    if seconds < 60:
        return f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    if seconds < 2 * 86400:
        return f"{seconds // 3600} h ago"
    return f"{seconds // 86400} days ago"


def name_of(person: str | None, playbooks: Playbooks) -> str:
    known = playbooks.people.get(person or "")
    return known.name if known else (person or "nobody")


def _acknowledge(ticket: Ticket, by: str, playbooks: Playbooks, now: datetime) -> Decision:
    if ticket.state not in OPEN:
        return Refused(f"{ticket.reference} is {ticket.state}: reopen it first.")
    if ticket.state == "acknowledged" and by in ticket.awaited:
        return (ee.AcknowledgedToo(at=now, by=by),)
    if ticket.waiting_for is not None:
        return (ce.WaitEnded(at=now, by=by, reason="back at work"),)
    if ticket.asked_at is not None and by in ticket.held_by:
        return (ce.AcknowledgementRenewed(at=now, by=by),)
    if ticket.state == "acknowledged" and ticket.acknowledged_at is not None:
        who = "you" if ticket.acknowledged_by == by else name_of(ticket.acknowledged_by, playbooks)
        when = ago(ticket.acknowledged_at, now)
        return Refused(f"{ticket.reference} was acknowledged by {who} {when}.")
    return (acknowledged(ticket, by, line_of(ticket, by, playbooks), playbooks, now),)


def acknowledged(
    ticket: Ticket, by: str, line: e.Line, playbooks: Playbooks, now: datetime
) -> e.Acknowledged:
    """The event by which someone of `line` has it, with the hours of whoever owns first line."""
    owner = None if ticket.lapsed_at else ticket.first_owner
    holder = owner or (by if line == "first" else None)
    return e.Acknowledged(at=now, by=by, line=line, hours=_hours(holder, playbooks))


def _hours(person: str | None, playbooks: Playbooks) -> WorkingHours | None:
    known = playbooks.people.get(person or "")
    return known.hours if known else None


def _take(ticket: Ticket, command: Take, playbooks: Playbooks, now: datetime) -> Decision:
    by = command.by
    if ticket.state not in OPEN:
        return Refused(f"{ticket.reference} is {ticket.state}: reopen it first.")
    line = line_of(ticket, by, playbooks)
    owner = ticket.owner_of(line)
    if owner == by and ticket.state == "acknowledged":
        return Refused(f"{ticket.reference} is already yours.")
    # Taking over from a colleague is fine; overwriting one who was a moment faster is not.
    unseen = command.seen is not None and command.seen < ticket.owned_version
    if owner not in (None, by) and unseen and ticket.owned_at is not None:
        when = ago(ticket.owned_at, now)
        return Refused(f"{ticket.reference} was taken by {name_of(owner, playbooks)} {when}.")
    holder = by if line == "first" else ticket.first_owner
    taken = e.Taken(at=now, by=by, line=line, hours=_hours(holder, playbooks))
    if ticket.waiting_for is not None:
        return (taken, ce.WaitEnded(at=now, by=by, reason="back at work"))
    if ticket.state in ("new", "waiting"):
        return (taken, e.Acknowledged(at=now, by=by, line=line, hours=taken.hours))
    return (taken,)


def _let_go(ticket: Ticket, by: str, now: datetime) -> Decision:
    if ticket.state not in OPEN:
        return Refused(f"{ticket.reference} is {ticket.state}: there is nothing to let go.")
    other: e.Line = "first" if ticket.line == "second" else "second"
    for line in (ticket.line, other):
        if ticket.owner_of(line) == by:
            return (e.LetGo(at=now, by=by, line=line),)
    return Refused(f"{ticket.reference} is not yours to let go.")


def _hand_over(ticket: Ticket, command: HandOver, now: datetime) -> Decision:
    if ticket.state not in OPEN:
        return Refused(f"{ticket.reference} is {ticket.state}: reopen it first.")
    if ticket.line == "second":
        return Refused(f"{ticket.reference} is with second line already.")
    return (e.HandedOver(at=now, by=command.by, note=command.note.strip()),)


def _change_severity(
    ticket: Ticket, command: ChangeSeverity, severities: Mapping[str, Severity], now: datetime
) -> Decision:
    terms = severities.get(command.severity)
    if terms is None:
        return Refused(f"There is no severity {command.severity}: {', '.join(severities)}.")
    if ticket.state not in OPEN:
        return Refused(f"{ticket.reference} is {ticket.state}: reopen it first.")
    if terms.key == ticket.terms.key:
        return Refused(f"{ticket.reference} is {terms.key} already.")
    if not command.reason.strip():
        return Refused("A change of severity needs a reason: it is how the rules get better.")
    changed = e.SeverityChanged(
        at=now,
        by=command.by,
        terms=with_named(_as_ruled(ticket, terms, severities), named_in(ticket.terms)),
        reason=command.reason.strip(),
        raised=terms.rank < ticket.terms.rank,
        next_word_at=_promised(ticket, terms, now),
    )
    return (changed,)


def _as_ruled(ticket: Ticket, terms: Severity, severities: Mapping[str, Severity]) -> Severity:
    """What a rule said of the public issue holds on: a raise must not publish what it kept back."""
    usual = severities.get(ticket.terms.key, ticket.terms)
    if usual.github_issue == ticket.terms.github_issue:
        return terms
    return replace(terms, github_issue=ticket.terms.github_issue)


def _promised(ticket: Ticket, terms: Severity, now: datetime) -> datetime | None:
    if ticket.first_answer_at is None and terms.first_answer:
        return working_time.add(now if ticket.approval else ticket.owed_since, terms.first_answer)
    return next_word_after(terms, now) if promises(ticket) else None


def promises(ticket: Ticket) -> bool:
    """Whether the reporter is promised further words: not while the next one is theirs."""
    asked = ticket.waiting_for is not None and ticket.waiting_for.party == "reporter"
    return ticket.state in OPEN and not asked


def _reply(ticket: Ticket, command: Reply, playbooks: Playbooks, now: datetime) -> Decision:
    if not command.text.strip():
        return Refused("An empty answer would tell the reporter nothing.")
    if ticket.state == "closed":
        return Refused(f"{ticket.reference} is closed: reopen it first.")
    # An answer is proof that someone has it: paging on while they write would punish answering.
    # First line's word that it was handed over is no proof that second line has it.
    events: tuple[e.Event, ...] = ()
    line = line_of(ticket, command.by, playbooks)
    if ticket.state == "new" and not (ticket.line == "second" and line == "first"):
        events = (acknowledged(ticket, command.by, line, playbooks, now),)
    next_word = next_word_after(ticket.terms, now) if promises(ticket) else None
    return (
        *events,
        e.Replied(at=now, by=command.by, text=command.text.strip(), next_word_at=next_word),
    )


def next_word_after(terms: Severity, now: datetime) -> datetime | None:
    return now + terms.next_update if terms.next_update else None


def _resolve(ticket: Ticket, command: Resolve, now: datetime) -> Decision:
    if ticket.state not in OPEN:
        return Refused(f"{ticket.reference} is {ticket.state} already.")
    return (e.Resolved(at=now, by=command.by, text=command.text.strip()),)


def _reopen(ticket: Ticket, command: Reopen, now: datetime) -> Decision:
    if ticket.state in OPEN:
        return Refused(f"{ticket.reference} is open.")
    if ticket.merged_into is not None:
        return Refused(f"{ticket.reference} goes on as SUP-{ticket.merged_into}.")
    limit: timedelta = ticket.terms.reopen_within
    if ticket.closed_at is not None and now - ticket.closed_at > limit:
        when = ago(ticket.closed_at, now)
        return Refused(f"{ticket.reference} was closed {when}: open a new one.")
    return (e.Reopened(at=now, by=command.by, reason=command.reason.strip()),)
