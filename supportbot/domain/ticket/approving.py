"""A ticket that waits for approval: what ends the wait, and what happens while it lasts.

A representative or one of the team answers; whoever of the team takes the ticket, or a word that
reads as an outage, ends it without an answer; and after two reminders' time nobody waits any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from supportbot.domain.notices.scene import Desk
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.approval import answer_in, ways_to
from supportbot.domain.ticket.commands import Command, Decision, Refused
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import NewTimer, Timer
from supportbot.domain.triage.message import InboundMessage

REMIND, GIVE_UP = 0, 1
"""The positions of the timer `approval`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve(Command):
    """The sender may have what they ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline(Command):
    """They may not; the reporter is told, with the reason where there is one."""

    reason: str = ""


def decide(
    ticket: Ticket, command: Approve | Decline, playbooks: Playbooks, now: datetime
) -> Decision:
    """The events of an answer at `now`, or why it is none."""
    refused = may_answer(ticket, command.by, playbooks)
    if refused:
        return refused
    if ticket.approval is None:
        return Refused(f"{ticket.reference} waits for no approval: it is {ticket.state}.")
    if isinstance(command, Approve):
        return (e.ApprovalGiven(at=now, by=command.by),)
    return (e.ApprovalDeclined(at=now, by=command.by, reason=command.reason.strip()),)


def may_answer(ticket: Ticket, by: str, playbooks: Playbooks) -> Refused | None:
    """Why this person may neither approve nor decline, or None."""
    if by in playbooks.team() or _represents(by, ticket, playbooks):
        return None
    community = playbooks.communities.get(ticket.community or "")
    known = playbooks.people.get(by)
    who, whose = known.name if known else by, community.name if community else "this community"
    return Refused(f"{who} is no representative of {whose}: one of them, or the team, answers.")


def _represents(person: str | None, ticket: Ticket, playbooks: Playbooks) -> bool:
    community = playbooks.communities.get(ticket.community or "")
    return community is not None and person in community.representatives


def wakes(
    ticket: Ticket, message: InboundMessage, writer: str | None, playbooks: Playbooks
) -> bool:
    """Whether a message may open again what is over: a late answer of a representative, or their
    word on a refusal, is no news for whoever is on call. `writer` is a person's key."""
    if ticket.waited_until is None or not _represents(writer, ticket, playbooks):
        return True
    if writer == ticket.reporter_person:
        return True
    answer = answer_in(message.text)
    if ticket.resolved_at == ticket.waited_until:
        # It ended without a yes.
        return answer is not None and answer.verdict == "approve"
    return answer is None


def unreachable(opened: e.Opened, playbooks: Playbooks, desk: Desk) -> tuple[e.Event, ...]:
    """What follows at once where none of the approvers can be asked: nobody waits for them."""
    community = playbooks.communities.get(opened.community or "")
    if opened.approval is None or community is None:
        return ()
    approvers, by_mail = opened.approval.approvers, desk.sends_mail
    if ways_to(approvers, community, playbooks, by_mail=by_mail):
        return ()
    reason = "no representative has a channel, a Slack account or an address"
    return (e.ApprovalWaived(at=opened.at, reason=reason),)


def heard_while_waiting(
    ticket: Ticket,
    message: InboundMessage,
    writer: str | None,
    playbooks: Playbooks,
    now: datetime,
    *,
    outage: bool,
    certain: bool = False,
) -> tuple[e.Event, ...]:
    """What a further message does to the wait, besides being heard. `writer` is a person's key;
    `outage`: the message, judged alone, is an incident or may be one; `certain`: it is."""
    if ticket.approval is None:
        return ()
    # What a relay calls forged is nobody's word.
    by_mail = message.source == "mail" and message.authenticated is not False
    answer = answer_in(message.text) if by_mail else None
    if not _represents(writer, ticket, playbooks):
        answer = None
    if answer is not None and answer.verdict == "approve":
        return (e.ApprovalGiven(at=now, by=writer),)
    # What fails is not over because somebody may not have what they asked for.
    if answer is not None and not certain:
        return (e.ApprovalDeclined(at=now, by=writer, reason=answer.reason),)
    if outage:
        reason = "what was written since reads as an outage"
        return (e.ApprovalWaived(at=now, reason=reason),)
    return ()


def clock(ticket: Ticket) -> list[NewTimer]:
    """The clock of a ticket that begins to wait."""
    waits = ticket.approval
    return [NewTimer("approval", waits.remind_at, position=REMIND)] if waits else []


def fired(
    ticket: Ticket, timer: Timer, now: datetime
) -> tuple[tuple[e.Event, ...], list[NewTimer]] | None:
    """What the clock does: remind once, then give up. None where nothing waits any more."""
    waits = ticket.approval
    if waits is None:
        return None
    if timer.position == REMIND:
        # Whoever is reminded late has as long to answer as everybody else.
        late = max(timedelta(0), now - waits.remind_at)
        reminded = e.Reminded(at=now, kind="approval", people=waits.approvers)
        return (reminded,), [NewTimer("approval", waits.give_up_at + late, position=GIVE_UP)]
    return (e.ApprovalWaived(at=now, reason="nobody approved it in time"),), []
