"""Acknowledged is not done: whoever has it is asked again; without an answer the page goes on.

Any sign of life of whoever has it counts as an answer: a verb, a reply, a word in the thread. Where
a severity wakes nobody, both clocks keep to that person's hours. A ticket that pages with another
one is not asked for: whoever has that one has it, too.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from supportbot.domain.escalation import plan as escalation
from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.working_time import WorkingHours
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import clock_events as ce
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.box import after
from supportbot.domain.ticket.evolving import evolve, is_sign_of_life
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import NewTimer

# Working time leaves a weekend out, so that moving a start may take some steps.
_MOST_MOVES = 8


def reminder(ticket: Ticket, playbooks: Playbooks, now: datetime) -> list[NewTimer]:
    """The clock by which whoever has the ticket is asked whether they are still on it."""
    again = ticket.terms.acknowledge_again_after
    if again is None or not _is_asked(ticket):
        return []
    hours = _hours(ticket, playbooks)
    due = working_time.next_open(hours, now + again) if hours else now + again
    return [NewTimer("remind_acknowledged", due)]


def renewed(ticket: Ticket, event: e.Event, playbooks: Playbooks) -> list[NewTimer]:
    """The same clock, anew from a sign of life of whoever has it."""
    if event.by is None or not is_sign_of_life(ticket, event):
        return []
    return reminder(ticket, playbooks, event.at)


def unanswered(ticket: Ticket, playbooks: Playbooks, now: datetime) -> list[NewTimer]:
    """The clock after the question: the lapse, or the question once more."""
    length = ticket.terms.lapses_after
    if length is None:
        return reminder(ticket, playbooks, now)
    return [NewTimer("lapse", after(now, length, _hours(ticket, playbooks)))]


def _is_asked(ticket: Ticket) -> bool:
    rests = ticket.snoozed_until is not None or ticket.attached_to is not None
    return ticket.state == "acknowledged" and not rests


def _hours(ticket: Ticket, playbooks: Playbooks) -> WorkingHours | None:
    if ticket.terms.wake_people or not ticket.held_by:
        return None
    known = playbooks.people.get(ticket.held_by[0])
    return known.hours if known else None


def lapsed(
    ticket: Ticket, playbooks: Playbooks, now: datetime
) -> tuple[ce.AcknowledgementLapsed, escalation.Moved] | None:
    """What happens when nobody answered, and what the policy does then: its next step, at once, and
    the steps after it as far apart as ever. None where somebody did answer."""
    if ticket.asked_at is None or not _is_asked(ticket):
        return None
    person = ticket.held_by[0] if ticket.held_by else None
    gone = ce.AcknowledgementLapsed(at=now, person=person, round_at=_rested(ticket, now))
    on = evolve(ticket, gone)
    return gone, escalation.fire(on, on.position, playbooks, now, timer_due=now)


def _rested(ticket: Ticket, now: datetime) -> datetime:
    """The start of the round with which its next step is due now, or as soon after as may be."""
    start = ticket.round_at
    for _ in range(_MOST_MOVES):
        places = escalation.plan(replace(ticket, round_at=start))
        if ticket.position >= len(places) or places[ticket.position].at == now:
            break
        start += now - places[ticket.position].at
    return start
