"""Which ticket a message goes on with, by the names that the message and its like are known by."""

from __future__ import annotations

from dataclasses import dataclass, replace

from supportbot.application.ports import UnitOfWork
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket.opening import is_related
from supportbot.domain.ticket.ticket import Ticket, reference
from supportbot.domain.triage.facts import origin_of
from supportbot.domain.triage.message import InboundMessage


@dataclass(frozen=True, slots=True)
class Conversation:
    """The ticket, and what showed that the message belongs to it.

    `certain` unless all that showed it can be guessed by a stranger, who must not wake anybody.
    """

    ticket: Ticket
    threaded_by: str
    certain: bool = True


def conversation_of(
    uow: UnitOfWork, message: InboundMessage, playbooks: Playbooks
) -> Conversation | None:
    """The conversation that `message` goes on with; None where it begins one."""
    found = uow.threads.find(message.thread_keys)
    if found is not None:
        ticket = _ticket(uow, found.ticket)
        if ticket is None:
            raise LookupError(f"SUP-{found.ticket} has a thread, but is gone")
        return Conversation(ticket, message.found_by.get(found.key, found.key))
    return _named(uow, message, playbooks) or _weak(uow, message, playbooks)


def _named(uow: UnitOfWork, message: InboundMessage, playbooks: Playbooks) -> Conversation | None:
    """By a reference such as SUP-42, which are counted up."""
    number = message.names_ticket
    ticket = _ticket(uow, number) if number is not None else None
    if ticket is None or number is None:
        return None
    by = message.found_by.get(reference(number), "reference")
    return Conversation(ticket, by, certain=_is_related(ticket, message, playbooks))


def _weak(uow: UnitOfWork, message: InboundMessage, playbooks: Playbooks) -> Conversation | None:
    """By a mail that we never saw: two who answer an announcement are still two."""
    found = uow.threads.find(message.weak_keys)
    ticket = _ticket(uow, found.ticket) if found is not None else None
    if found is None or ticket is None or not _is_related(ticket, message, playbooks):
        return None
    return Conversation(ticket, message.found_by.get(found.key, found.key))


def _is_related(ticket: Ticket, message: InboundMessage, playbooks: Playbooks) -> bool:
    """As the source vouches for the writer: addresses are forged, and hubs can be named."""
    if message.authenticated is False:
        return False
    origin = origin_of(replace(message, text="", subject=None), playbooks)
    person = origin.person.key if origin.person else None
    theirs = playbooks.communities.get(ticket.community or "")
    if theirs and person in theirs.representatives:
        return True
    community = origin.community.key if origin.community else None
    return is_related(ticket, person, message.sender, community)


def _ticket(uow: UnitOfWork, number: int) -> Ticket | None:
    """The ticket, or the one that it was merged into."""
    ticket = uow.tickets.get(number, lock=True)
    while ticket is not None and ticket.merged_into is not None:
        ticket = uow.tickets.get(ticket.merged_into, lock=True)
    return ticket
