"""Two tickets that are one request: the later goes into the earlier, and one is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import Merge, Refused, may_act
from supportbot.domain.ticket.ticket import OPEN, Ticket


@dataclass(frozen=True, slots=True)
class Merging:
    """What happens to the ticket that ends, and to the one that goes on."""

    ended: e.Merged
    kept: tuple[e.Event, ...]


def merge(
    ticket: Ticket,
    into: Ticket,
    command: Merge,
    playbooks: Playbooks,
    now: datetime,
    *,
    has_attached: bool,
) -> Merging | Refused:
    """Merge `ticket` into `into`, or say why not. `has_attached`: others page with `ticket`.

    Only one reporter's tickets are merged: answers go to one place, and nobody may wait elsewhere
    for a word that never comes.
    """
    refused = may_act(command.by, playbooks) or _refused(ticket, into, has_attached)
    if refused:
        return refused
    return Merging(
        e.Merged(at=now, by=command.by, into=into.number),
        (e.Absorbed(at=now, by=command.by, number=ticket.number), *_goes_on(ticket, into, now)),
    )


def _goes_on(ticket: Ticket, into: Ticket, now: datetime) -> tuple[e.Event, ...]:
    """What was worked already waits for nobody's approval afterwards."""
    if into.approval is None or ticket.approval is not None:
        return ()
    reason = f"{ticket.reference}, which goes on here, needs none"
    return (e.ApprovalWaived(at=now, reason=reason),)


def _refused(ticket: Ticket, into: Ticket, has_attached: bool) -> Refused | None:
    one, other = ticket.reference, into.reference
    if ticket.number == into.number:
        return Refused(f"{one} cannot be merged into itself.")
    if ticket.merged_into is not None:
        return Refused(f"{one} was merged already, into SUP-{ticket.merged_into}.")
    for each in (ticket, into):
        if each.state not in OPEN:
            return Refused(f"{each.reference} is {each.state}: reopen it first.")
    if ticket.reporter_key is None or ticket.reporter_key != into.reporter_key:
        return Refused(f"{one} and {other} are of two reporters, and each must hear the answer.")
    if has_attached:
        return Refused(f"Other tickets page with {one}: merge {other} into it instead.")
    if ticket.terms.rank < into.terms.rank:
        return Refused(f"{one} is {ticket.terms.key}: raise {other} to that first.")
    return None
