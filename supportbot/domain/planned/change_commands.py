"""What people say of temporary changes: one was made, one is undone; and the reminders of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supportbot.domain.on_call.wall_clock import instant_said
from supportbot.domain.planned.temporary_change import next_day, standing
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import Command, Decision, Refused, may_act
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import NewTimer
from supportbot.domain.triage.decision import on_call_for

_LONGEST_TEXT = 500
_MOST_CHANGES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AddChange(Command):
    """Something was changed for a time. `revert_by` is a text such as `2026-12-08T12:00`, on the
    clocks of whoever says it unless it says its own offset."""

    text: str
    revert_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertChange(Command):
    """The change of this number is undone."""

    number: int


OF_CHANGES = (AddChange, RevertChange)


def decide(ticket: Ticket, command: Command, playbooks: Playbooks, now: datetime) -> Decision:
    """The events that `command` (one of OF_CHANGES) causes at `now`, or why not."""
    refused = may_act(command.by, playbooks)
    if refused:
        return refused
    match command:
        case AddChange():
            return _add(ticket, command, playbooks, now)
        case RevertChange():
            return _revert(ticket, command, now)
    raise TypeError(f"no such verb: {command!r}")


def _add(ticket: Ticket, command: AddChange, playbooks: Playbooks, now: datetime) -> Decision:
    text = " ".join(command.text.split())
    if not text or len(text) > _LONGEST_TEXT:
        return Refused(f"Say what was changed, in at most {_LONGEST_TEXT} characters.")
    if len(ticket.changes) >= _MOST_CHANGES:
        return Refused(f"{ticket.reference} has {_MOST_CHANGES} changes already.")
    person = playbooks.people.get(command.by)
    try:
        by = instant_said(command.revert_by, person.zone if person else "UTC")
    except ValueError as error:
        return Refused(f"{error}.")
    if by <= now:
        return Refused("The time to undo it is over already: check it.")
    if any(one.stands and (one.text, one.revert_by) == (text, by) for one in ticket.changes):
        return Refused("This change is noted already.")
    return (e.ChangeMade(at=now, by=command.by, text=text, revert_by=by),)


def _revert(ticket: Ticket, command: RevertChange, now: datetime) -> Decision:
    change = next((one for one in ticket.changes if one.number == command.number), None)
    if change is None:
        return Refused(f"{ticket.reference} has no change {command.number}.")
    if not change.stands:
        return Refused(f"Change {change.number} of {ticket.reference} is undone already.")
    return (e.ChangeReverted(at=now, by=command.by, number=change.number),)


def timers(ticket: Ticket) -> list[NewTimer]:
    """The clock for the next reminder of changes to be undone, or none."""
    times = [change.remind_at for change in standing(ticket.changes)]
    return [NewTimer("revert", min(times))] if times else []


def reminded(ticket: Ticket, playbooks: Playbooks, now: datetime) -> e.RevertReminded | None:
    """Who is reminded of the changes that should be undone by `now`; None when there are none.

    Whoever made a change is, while they are of the team; else the ticket's owner; else first line.
    """
    due = [change for change in standing(ticket.changes) if change.revert_by <= now]
    if not due:
        return None
    team = playbooks.team()
    people = {change.owner for change in due if change.owner in team}
    first_line = (owner.person for owner in on_call_for(ticket.first_line, playbooks, now))
    fallback = [ticket.owner] if ticket.owner else list(first_line)
    return e.RevertReminded(
        at=now,
        numbers=tuple(change.number for change in due),
        people=tuple(sorted(people)) or tuple(fallback),
    )


def again(ticket: Ticket, now: datetime) -> list[NewTimer]:
    """When to remind next: at this time of the next working day, or when another change is due."""
    coming = [change.revert_by for change in standing(ticket.changes) if change.revert_by > now]
    return [NewTimer("revert", min([next_day(now), *coming]))]
