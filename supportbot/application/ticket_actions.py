"""The verbs: a person acts on a ticket, and all that follows is written in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from supportbot.application.context import Context
from supportbot.application.evidence import with_evidence
from supportbot.application.in_force import in_force
from supportbot.application.ports import Conflict, UnitOfWork
from supportbot.domain.escalation.plan import escalate_now as next_step_now
from supportbot.domain.notices.delivery import NewDelivery
from supportbot.domain.planned import change_commands, event_commands
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import (
    approving,
    drill,
    merging,
    shift_change,
    snoozing,
    timebox,
    waiting,
)
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket.change import Change
from supportbot.domain.ticket.commands import Refused
from supportbot.domain.ticket.consequences import settle
from supportbot.domain.ticket.events import Event
from supportbot.domain.ticket.ticket import Ticket

# What is done to a ticket is done to those attached to it: one fault, many reporters.
_ALSO_FOR_ATTACHED = (c.Acknowledge, c.Take, c.LetGo, c.Resolve, snoozing.Snooze, shift_change.Keep)


@dataclass(frozen=True, slots=True)
class Done:
    """It was done, and this is the ticket now."""

    ticket: Ticket
    events: tuple[Event, ...]


def act(context: Context, number: int, command: c.Command) -> Done | Refused:
    """Do what `command` asks. A refusal changes nothing and says why."""
    now = context.clock.now()
    try:
        return context.store.write(lambda uow: _act(context, uow, number, command, now))
    except Conflict:
        return Refused("Somebody changed the ticket at the same moment: look again.")


def answer_of(context: Context, number: int, command: c.Command) -> NewDelivery | None:
    """What `command` would send to the reporter, and nothing is done; None where it is refused."""
    ticket, playbooks = context.store.read(
        lambda uow: (uow.tickets.get(number), in_force(context, uow))
    )
    if ticket is None:
        return None
    now = context.clock.now()
    decision = c.decide(ticket, command, playbooks, now)
    if isinstance(decision, Refused):
        return None
    change = settle(ticket, decision, playbooks, context.desk, now)
    to_reporter = (d for d in change.deliveries if d.target.get("place") == "reporter")
    return next(to_reporter, None)


def escalate_now(context: Context, number: int, command: c.EscalateNow) -> Done | Refused:
    """The next step of the policy, now; the owner stays."""
    now = context.clock.now()

    def job(uow: UnitOfWork) -> Done | Refused:
        playbooks = in_force(context, uow)
        ticket = uow.tickets.get(number, lock=True)
        if ticket is None:
            return _unknown(number)
        done = c.done_already(command, _since(uow, ticket, command), now)
        if ticket.drill:
            return Refused(f"{ticket.reference} is a drill.")
        moved = done or next_step_now(ticket, command.by, playbooks, now)
        if isinstance(moved, Refused):
            return moved
        return _write(uow, [settle(ticket, (), playbooks, context.desk, now, moved=moved)], now)

    try:
        return context.store.write(job)
    except Conflict:
        return Refused("Somebody changed the ticket at the same moment: look again.")


def merge(context: Context, number: int, command: c.Merge) -> Done | Refused:
    """This ticket goes into another of the same reporter, and its conversation with it."""
    now = context.clock.now()
    try:
        return context.store.write(lambda uow: _merge(context, uow, number, command, now))
    except Conflict:
        return Refused("Somebody changed the ticket at the same moment: look again.")


def _merge(
    context: Context, uow: UnitOfWork, number: int, command: c.Merge, now: datetime
) -> Done | Refused:
    both = uow.tickets.get_many([number, command.into])
    ticket, into = both.get(number), both.get(command.into)
    if ticket is None or into is None:
        return _unknown(number if ticket is None else command.into)
    playbooks = in_force(context, uow)
    attached = bool(uow.tickets.attached_to(number))
    done = merging.merge(ticket, into, command, playbooks, now, has_attached=attached)
    if isinstance(done, Refused):
        return done
    uow.threads.move(number, command.into)
    uow.files.move(number, command.into)
    changes = [
        settle(ticket, (done.ended,), playbooks, context.desk, now),
        settle(into, done.kept, playbooks, context.desk, now),
    ]
    return _write(uow, changes, now)


def _act(
    context: Context, uow: UnitOfWork, number: int, command: c.Command, now: datetime
) -> Done | Refused:
    ticket = uow.tickets.get(number, lock=True)
    if ticket is None:
        return _unknown(number)
    playbooks = in_force(context, uow)
    decision = c.done_already(command, _since(uow, ticket, command), now) or _decided(
        uow, ticket, command, playbooks, now
    )
    if isinstance(decision, Refused):
        return decision
    change = settle(ticket, decision, playbooks, context.desk, now)
    changes = [with_evidence(context, uow, change, playbooks)]
    if isinstance(command, _ALSO_FOR_ATTACHED):
        changes += _attached(context, uow, number, command, now)
    return _write(uow, changes, now)


def _decided(
    uow: UnitOfWork, ticket: Ticket, command: c.Command, playbooks: Playbooks, now: datetime
) -> c.Decision:
    if ticket.drill:
        return drill.decide(ticket, command, playbooks, now)
    if isinstance(command, event_commands.OF_EVENTS):
        asked_at = _first_word(uow, ticket)
        return event_commands.decide(ticket, command, playbooks, now, asked_at=asked_at)
    if isinstance(command, change_commands.OF_CHANGES):
        return change_commands.decide(ticket, command, playbooks, now)
    if isinstance(command, approving.Approve | approving.Decline):
        return approving.decide(ticket, command, playbooks, now)
    if isinstance(command, snoozing.Snooze):
        return snoozing.decide(ticket, command, playbooks, now)
    if isinstance(command, shift_change.Keep):
        return shift_change.decide(ticket, command, playbooks, now)
    if isinstance(command, waiting.Wait):
        return waiting.decide(ticket, command, playbooks, now)
    if isinstance(command, timebox.Extend):
        return timebox.decide(ticket, command, playbooks, now)
    return c.decide(ticket, command, playbooks, now)


def _first_word(uow: UnitOfWork, ticket: Ticket) -> datetime:
    """When the reporter first wrote: maybe long before the desk was there to read it."""
    record = uow.decisions.get(ticket.number)
    return min(record.message.at, ticket.opened_at) if record else ticket.opened_at


def _since(uow: UnitOfWork, ticket: Ticket, command: c.Command) -> Sequence[Event]:
    """What happened after the version that whoever asks was looking at."""
    if command.seen is None or command.seen >= ticket.version:
        return ()
    return uow.tickets.events(ticket.number)[command.seen :]


def _attached(
    context: Context, uow: UnitOfWork, number: int, command: c.Command, now: datetime
) -> list[Change]:
    """The same for the tickets that page with this one, where it makes sense for them."""
    changes: list[Change] = []
    playbooks = in_force(context, uow)
    for ticket in uow.tickets.attached_to(number):
        decision = _decided(uow, ticket, replace(command, seen=None), playbooks, now)
        if not isinstance(decision, Refused):
            changes.append(settle(ticket, decision, playbooks, context.desk, now))
    return changes


def _write(uow: UnitOfWork, changes: Sequence[Change], now: datetime) -> Done:
    uow.apply(changes, now)
    return Done(changes[0].ticket, changes[0].events)


def _unknown(number: int) -> Refused:
    return Refused(f"There is no ticket SUP-{number}.")
