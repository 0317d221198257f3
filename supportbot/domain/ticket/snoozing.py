"""Snooze: whoever has a ticket wants to hear of it later, and not before.

It acknowledges, since somebody has it. Reminders to the team rest until then; what was promised to
the reporter does not, nor does a page after a raise. It never outlives the ticket.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from supportbot.domain.on_call.wall_clock import instant_said
from supportbot.domain.policy.playbook import Person, Playbooks
from supportbot.domain.policy.presence import present
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import (
    Command,
    Decision,
    Refused,
    acknowledged,
    line_of,
    may_act,
)
from supportbot.domain.ticket.shift_change import holders
from supportbot.domain.ticket.ticket import OPEN, Ticket
from supportbot.domain.ticket.timer import NewTimer
from supportbot.domain.triage.decision import on_call_for

LONGEST = timedelta(days=90)
NEXT_HOURS = "my hours"
"""What to say for the beginning of one's next working hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze(Command):
    """`until` is a text such as `2026-12-08T12:00`, on the clocks of whoever says it unless it says
    its own offset; or `my hours`, for the beginning of their next working hours."""

    until: str


def decide(ticket: Ticket, command: Snooze, playbooks: Playbooks, now: datetime) -> Decision:
    """The events that `command` causes at `now` (aware UTC), or why not."""
    refused = may_act(command.by, playbooks)
    if refused:
        return refused
    if ticket.state not in OPEN:
        return Refused(f"{ticket.reference} is {ticket.state}: there is nothing to snooze.")
    until = _until(command.until, playbooks.people[command.by], now)
    if isinstance(until, Refused):
        return until
    if until == ticket.snoozed_until:
        return Refused(f"{ticket.reference} rests until then already.")
    if ticket.waiting_for is not None:
        return Refused(f"{ticket.reference} waits: you are told when to ask again.")
    snoozed = e.Snoozed(at=now, by=command.by, until=until)
    if ticket.state not in ("new", "waiting"):
        return (snoozed,)
    line = line_of(ticket, command.by, playbooks)
    return (acknowledged(ticket, command.by, line, playbooks, now), snoozed)


def _until(said: str, person: Person, now: datetime) -> datetime | Refused:
    if said.strip().casefold() == NEXT_HOURS:
        return _next_hours(person, now)
    try:
        until = instant_said(said, person.zone)
    except ValueError:
        return Refused(f"{said[:40]!r} is no time: write 2026-12-08T12:00, or {NEXT_HOURS}.")
    if not now < until <= now + LONGEST:
        return Refused(f"Snooze until a time to come, at most {LONGEST.days} days ahead.")
    return until


def _next_hours(person: Person, now: datetime) -> datetime | Refused:
    """The beginning of the first working hours that are still to begin."""
    if person.hours is None:
        return Refused(f"{person.name} has no hours in people.yaml: say a time.")
    openings = (
        next(opening for opening in window.openings_from(now) if opening[0] > now)
        for window in person.hours.windows
    )
    return min(opens for opens, _ in openings)


def clocks(ticket: Ticket, event: e.Event) -> list[NewTimer]:
    """The clock that an event starts: a reporter who writes, and another who has the same fault,
    end the rest; `ticket` is as it is
    after it."""
    match event:
        case e.Snoozed():
            return [NewTimer("snooze", event.until)]
        case e.Heard(by_team=False, aside=False) | e.Attached() if ticket.snoozed_until is not None:
            return [NewTimer("snooze", event.at)]
    return []


def woken(ticket: Ticket, playbooks: Playbooks, now: datetime) -> e.Woken | None:
    """What happens when the time is over; None where it has ended otherwise."""
    if ticket.snoozed_until is None or ticket.state not in OPEN:
        return None
    line = ticket.second_line if ticket.line == "second" else ticket.first_line
    on_call = tuple(found.person for found in on_call_for(line, playbooks, now))
    people = present(holders(ticket, ticket.line), playbooks, now)
    return e.Woken(at=now, people=people or on_call, early=now < ticket.snoozed_until)
