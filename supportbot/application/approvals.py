"""Who may answer what waits for approval: before a form is opened for it."""

from __future__ import annotations

from supportbot.application.context import Context
from supportbot.application.in_force import in_force
from supportbot.domain.ticket import approving
from supportbot.domain.ticket.commands import Refused


def may_answer(context: Context, number: int, by: str) -> Refused | None:
    """Why this person may neither approve nor decline the ticket, or None."""
    ticket, playbooks = context.store.read(
        lambda uow: (uow.tickets.get(number), in_force(context, uow))
    )
    if ticket is None:
        return Refused(f"There is no ticket SUP-{number}.")
    return approving.may_answer(ticket, by, playbooks)
