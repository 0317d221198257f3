"""Who else is called while somebody has a ticket.

Those who are each to acknowledge it; and all hands, when one person has been alone with it for too
long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from supportbot.domain.escalation.layout import Due
from supportbot.domain.escalation.plan import SHORTEST_ROUND, plan
from supportbot.domain.escalation.reach import reach_of, somebody_on
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.policy.step import Step, Target
from supportbot.domain.ticket import escalation_events as ee
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.evolving import evolve
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import NewTimer, Timer, TimerKind

Brought = tuple[Sequence[e.Event], Sequence[NewTimer]]


def clocks(
    before: Ticket | None, after: Ticket, event: e.Event
) -> tuple[Sequence[TimerKind], Sequence[NewTimer]]:
    """The clocks that an event stops, and then those that it starts, by the ticket around it."""
    stopped: list[TimerKind] = []
    started: list[NewTimer] = []
    fresh = isinstance(event, e.SeverityChanged)
    if (was := alone(before) if before else None) != (now := alone(after)) or fresh:
        stopped += ["all_hands"] if was else []
        hands = after.terms.all_hands
        started += [NewTimer("all_hands", event.at + hands.after)] if hands and now else []
    if before and before.awaited and not after.awaited:
        stopped.append("acknowledge_each")
    if isinstance(event, e.Acknowledged | e.Reached):
        started += _each(after, event.at)
    return stopped, started


def alone(ticket: Ticket) -> str | None:
    """Whoever is the only one to own a line of it; None when nobody does, or two do."""
    if ticket.state != "acknowledged" or ticket.attached_to is not None:
        return None
    first, second = ticket.first_owner, ticket.second_owner
    return (first or second) if first == second or not (first and second) else None


def fired(ticket: Ticket, timer: Timer, playbooks: Playbooks, now: datetime) -> Brought | str:
    """What a due timer of one of these clocks brings, with the timers after it; or why nothing."""
    if timer.kind == "all_hands":
        return _all_hands(ticket, playbooks, now)
    places = plan(ticket)
    if ticket.state != "acknowledged" or not ticket.awaited or timer.position >= len(places):
        return "nobody is still to acknowledge it"
    due = places[timer.position]
    step = Step(tuple(Target("person", key) for key in ticket.awaited))
    reach = reach_of(step, ticket, playbooks, now)
    if not reach.people:
        at = somebody_on(step, ticket, playbooks, now) or now + SHORTEST_ROUND
        return (), (NewTimer(timer.kind, at, ticket.round, timer.position),)
    again = e.Reached(
        at=now,
        position=timer.position,
        step=due.index,
        attempt=due.attempt + _further(ticket, timer.position, due, now),
        urgent=due.step.page,
        people=reach.people,
        reasons=tuple("is still to acknowledge it" for _ in reach.people),
    )
    return (again,), _each(evolve(ticket, again), now)


def _each(ticket: Ticket, now: datetime) -> list[NewTimer]:
    """When those who have not acknowledged are called again, now that somebody has it: at the next
    try of a step that asks each of them, and after its last one every hour."""
    if ticket.state != "acknowledged" or not ticket.awaited:
        return []
    places = list(enumerate(plan(ticket)))
    done = {due.index for _, due in places[: ticket.position]}
    asking = [(place, due) for place, due in places if _asks_each(due) and due.index in done]
    if not asking:
        return []
    place, at = next(
        # What was done early, after a step that reached nobody, is not done again at its time.
        ((place, due.at) for place, due in asking if place >= ticket.position and due.at > now),
        (asking[-1][0], now + SHORTEST_ROUND),
    )
    return [NewTimer("acknowledge_each", at, ticket.round, place)]


def _further(ticket: Ticket, position: int, due: Due, now: datetime) -> int:
    """After the last try of the step they are called on, and each call is a try of its own."""
    if position >= ticket.position:
        return 0
    return 1 + max(0, (now - due.at) // SHORTEST_ROUND)


def _asks_each(due: Due) -> bool:
    return due.step.acknowledged_by == "each"


def _all_hands(ticket: Ticket, playbooks: Playbooks, now: datetime) -> Brought | str:
    hands, who = ticket.terms.all_hands, alone(ticket)
    if hands is None or who is None:
        return "nobody is alone with it"
    reach = reach_of(Step(hands.targets), ticket, playbooks, now)
    pairs = zip(reach.people, reach.reasons, strict=True)
    called = {person: reason for person, reason in pairs if person != who}
    event = ee.AllHands(
        at=now,
        alone=who,
        people=tuple(called),
        reasons=tuple(called.values()),
        channels=reach.channels,
        groups=reach.groups,
        webhooks=reach.webhooks,
        nobody=reach.nobody or "there is nobody else",
    )
    return (event,), (NewTimer("all_hands", now + hands.after),)
