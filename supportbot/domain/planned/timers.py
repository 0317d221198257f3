"""What was planned, and its clocks: the checklist of an event, temporary changes to be undone.

These clocks run whether or not the ticket is over: an event comes even so.
"""

from __future__ import annotations

from datetime import datetime

from supportbot.domain.planned import change_commands, event_prompts
from supportbot.domain.planned.event_prompts import PromptKind
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import NewTimer, TimerKind
from supportbot.domain.triage.decision import on_call_for

Due = tuple[e.Event, list[NewTimer]] | str
"""What happens, and the timers after it; or why nothing does."""


def stopped_by(event: e.Event) -> frozenset[TimerKind]:
    """The clocks that an event of a plan stops."""
    match event:
        case e.EventAsked() | e.EventDeclined():
            return frozenset(event_prompts.PROMPTS)
        case e.ChangeMade() | e.ChangeReverted():
            return frozenset({"revert"})
    return frozenset()


def clocks(ticket: Ticket, event: e.Event) -> list[NewTimer]:
    """The clocks that an event of a plan starts; `ticket` is as it is after it."""
    match event:
        case e.EventAccepted() if ticket.request:
            # Accepted anew with the same dates: what was said is not said again.
            said = ticket.request.prompted
            prompts = event_prompts.timers(ticket.request.plan, event.at)
            return [timer for timer in prompts if timer.kind not in said]
        case e.ChangeMade() | e.ChangeReverted():
            return change_commands.timers(ticket)
    return []


def due(ticket: Ticket, kind: TimerKind, playbooks: Playbooks, now: datetime) -> Due | None:
    """What a due timer does; None when it is of another kind."""
    if kind == "revert":
        reminded = change_commands.reminded(ticket, playbooks, now)
        if reminded is None:
            return "every change is undone"
        return reminded, change_commands.again(ticket, now)
    if kind in ("event_week", "event_day", "event_over"):
        return _prompted(ticket, kind, playbooks, now)
    return None


def _prompted(ticket: Ticket, kind: PromptKind, playbooks: Playbooks, now: datetime) -> Due:
    request = ticket.request
    if request is None or request.state != "accepted":
        return "its event is not accepted"
    if not event_prompts.makes_sense(request.plan, kind, now):
        return "it is too late for it"
    named = tuple(key for key in request.plan.engineers if key in playbooks.people)
    people = named or _first_line(ticket, playbooks, now)
    return e.EventPrompted(at=now, kind=kind, people=people), []


def _first_line(ticket: Ticket, playbooks: Playbooks, now: datetime) -> tuple[str, ...]:
    """First line's owner, or whoever is on call there."""
    if ticket.first_owner:
        return (ticket.first_owner,)
    return tuple(found.person for found in on_call_for(ticket.first_line, playbooks, now))
