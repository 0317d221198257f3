"""A ticket that waits for its reporter, or for a third party: what ends that, and who is chased.

Whatever else would remind the team or page it stands meanwhile. What was promised to the reporter
does not, unless it is they who are waited for. (Approval is waited for in `approving`.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import clock_events as ce
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import (
    Command,
    Decision,
    Refused,
    acknowledged,
    line_of,
    may_act,
)
from supportbot.domain.ticket.ticket import OPEN, Ticket
from supportbot.domain.ticket.timer import NewTimer
from supportbot.domain.triage.decision import on_call_for

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=90)
"""How long a chase may take."""
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Command):
    """It waits for the reporter, or for a third party called `who`; without `chase` they are
    chased as the severity says."""

    party: ce.Party
    who: str = ""
    chase: Delay | None = None


def decide(ticket: Ticket, command: Wait, playbooks: Playbooks, now: datetime) -> Decision:
    """The events of `command` at `now` (aware UTC), or why not."""
    who = " ".join(command.who.split())
    refused = may_act(command.by, playbooks) or _refused(ticket, command, who)
    if refused:
        return refused
    terms = ticket.terms
    reporter = command.party == "reporter"
    usual = terms.chase_reporter_after if reporter else terms.chase_third_party_every
    chase = command.chase or usual
    begun = ce.WaitBegan(at=now, by=command.by, party=command.party, who=who, chase=chase)
    waits = ticket.waiting_for
    if waits is not None and (waits.party, waits.who, waits.chase) == (command.party, who, chase):
        return Refused(f"{ticket.reference} waits for {whom(waits)} already.")
    if ticket.state != "new":
        return (begun,)
    line = line_of(ticket, command.by, playbooks)
    return (acknowledged(ticket, command.by, line, playbooks, now), begun)


def _refused(ticket: Ticket, command: Wait, who: str) -> Refused | None:
    if ticket.state not in OPEN:
        return Refused(f"{ticket.reference} is {ticket.state}: there is nothing to wait for.")
    if ticket.approval is not None:
        return Refused(f"{ticket.reference} waits for approval: take it first.")
    if command.party == "third party" and not 0 < len(who) <= LONGEST_NAME:
        return Refused(f"Say whom it waits for, in at most {LONGEST_NAME} characters.")
    if command.party == "reporter" and who:
        return Refused("The reporter needs no name: name third parties.")
    if command.chase is not None and not SHORTEST <= command.chase.length <= LONGEST:
        return Refused(f"Chase after 5 minutes at least, and {LONGEST.days} days at most.")
    return None


def whom(waits: ce.Waiting) -> str:
    """For whom, in words."""
    return "the reporter" if waits.party == "reporter" else waits.who


def clocks(ticket: Ticket, now: datetime) -> list[NewTimer]:
    """The clock of the chase, from `now` on."""
    waits = ticket.waiting_for
    return [NewTimer("chase", working_time.add(now, waits.chase))] if waits else []


def ended_by_word(ticket: Ticket, now: datetime) -> tuple[e.Event, ...]:
    """What a message of the reporter's side does to the wait."""
    if ticket.waiting_for is None or ticket.waiting_for.party != "reporter":
        return ()
    return (ce.WaitEnded(at=now, reason="they wrote"),)


def fired(
    ticket: Ticket, playbooks: Playbooks, now: datetime
) -> tuple[Sequence[e.Event], Sequence[NewTimer]] | str:
    """Who is chased now: a reporter first, where there is a text and a way to them; and then
    whoever has the ticket, again and again."""
    waits = ticket.waiting_for
    if waits is None:
        return "it waits no more"
    reporter = waits.party == "reporter" and not waits.chased and _can_remind(ticket, playbooks)
    people = () if reporter else _holders(ticket, playbooks, now)
    return (ce.Chased(at=now, people=people, reporter=reporter),), clocks(ticket, now)


def _can_remind(ticket: Ticket, playbooks: Playbooks) -> bool:
    way = ticket.reply_to is not None and ticket.automatic_answers
    return way and "chase" in playbooks.replies


def _holders(ticket: Ticket, playbooks: Playbooks, now: datetime) -> tuple[str, ...]:
    """The owner, else whoever is on call: first line is the voice towards the reporter."""
    first = ticket.line == "first" or (
        ticket.waiting_for is not None and ticket.waiting_for.party == "reporter"
    )
    owner = ticket.owner_of("first" if first else "second") or ticket.owner
    if owner:
        return (owner,)
    line = ticket.first_line if first else ticket.second_line
    return tuple(found.person for found in on_call_for(line, playbooks, now))
