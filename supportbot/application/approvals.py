"""Approving and declining, by a representative of the community or by one of the team."""

from __future__ import annotations

from supportbot.application.context import Context
from supportbot.application.ports import Conflict, UnitOfWork
from supportbot.application.ticket_actions import Done
from supportbot.domain import approving
from supportbot.domain.approving import Approve, Decline
from supportbot.domain.commands import Refused
from supportbot.domain.consequences import settle


def answer(context: Context, number: int, command: Approve | Decline) -> Done | Refused:
    """Do what `command` asks. A refusal changes nothing and says why."""
    now, playbooks = context.clock.now(), context.shelf.current

    def job(uow: UnitOfWork) -> Done | Refused:
        ticket = uow.tickets.get(number, lock=True)
        if ticket is None:
            return Refused(f"There is no ticket SUP-{number}.")
        events = approving.decide(ticket, command, playbooks, now)
        if isinstance(events, Refused):
            return events
        change = settle(ticket, events, playbooks, context.desk, now)
        uow.apply([change], now)
        return Done(change.ticket, change.events)

    try:
        return context.store.write(job)
    except Conflict:
        return Refused("Somebody changed the ticket at the same moment: look again.")


def may_answer(context: Context, number: int, by: str) -> Refused | None:
    """Why this person may neither approve nor decline the ticket, or None."""
    ticket = context.store.read(lambda uow: uow.tickets.get(number))
    if ticket is None:
        return Refused(f"There is no ticket SUP-{number}.")
    return approving.may_answer(ticket, by, context.shelf.current)
