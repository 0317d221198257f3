"""What happens while nobody has it: the policy's plan, whom a step reaches, and what fires when.

A plan is the list of everything a policy will do in one round, in the order of its due times; a
timer only remembers how far down that list a ticket is. The delays count from the start of the
round, so a step that fires late never pushes back the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from supportbot.domain import events as e
from supportbot.domain import working_time
from supportbot.domain.commands import Refused, may_act, members_of
from supportbot.domain.playbook import Person, Playbooks, Step, Target
from supportbot.domain.rotation import next_on, who
from supportbot.domain.ticket import OPEN, Ticket, evolve
from supportbot.domain.timer import NewTimer

# A round that reached nobody begins again after its own length, and never sooner than this.
SHORTEST_ROUND = timedelta(hours=1)
# What came due this long ago came due while nothing ran.
LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Due:
    """One place in a plan: try `attempt` (from 1) of step `index`, due at `at` (aware UTC)."""

    at: datetime
    index: int
    attempt: int
    step: Step


@dataclass(frozen=True, slots=True)
class Reach:
    """The people a step reaches now, each with the reason, or why there is nobody."""

    people: tuple[str, ...]
    reasons: tuple[str, ...]
    channels: tuple[str, ...]
    nobody: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a policy did: the events, and the timer for what comes next (None: nothing does)."""

    events: tuple[e.Event, ...]
    timer: NewTimer | None


def plan(ticket: Ticket) -> tuple[Due, ...]:
    """Everything the present round will do, in the order in which it comes due."""
    steps = list(enumerate(ticket.terms.steps))
    start = ticket.round_at
    if ticket.line == "second":
        steps = _from_second_line(ticket)
    dues = (
        Due(working_time.add(start, step.after) + step.every * tries, index, tries + 1, step)
        for index, step in steps
        for tries in range(step.repeat + 1)
    )
    return tuple(sorted(dues, key=lambda due: (due.at, due.index)))


def _from_second_line(ticket: Ticket) -> list[tuple[int, Step]]:
    """The policy of a ticket handed over: it begins at once with second line's step."""
    target = Target("rotation", ticket.second_line)
    steps = list(enumerate(ticket.terms.steps))
    begin = next((i for i, step in steps if _names(step, ticket.second_line)), None)
    if begin is None:
        return [(0, Step((target,)))]
    lead = ticket.terms.steps[begin].after
    return [(i, replace(step, after=_less(step, lead))) for i, step in steps[begin:]]


def _names(step: Step, name: str) -> bool:
    return any(target.name == name for target in step.targets)


def _less(step: Step, lead: working_time.Delay) -> working_time.Delay:
    if step.after.kind != lead.kind:
        return step.after
    return replace(step.after, length=max(timedelta(0), step.after.length - lead.length))


def start(ticket: Ticket, playbooks: Playbooks, now: datetime) -> Moved:
    """Begin the round at its first place: what is due at once goes out at once."""
    return move_on(ticket, 0, playbooks, now)


def move_on(
    ticket: Ticket, position: int, playbooks: Playbooks, now: datetime, *, at_once: bool = False
) -> Moved:
    """Do what is due from `position` on, and set the timer for the rest.

    `at_once` does the place at `position` even before its time: the one before it reached nobody.
    """
    places = plan(ticket)
    events: list[e.Event] = []
    while position < len(places):
        due = places[position]
        if due.at > now and not at_once:
            return Moved(tuple(events), escalation_timer(ticket, due.at, position))
        event = _do(ticket, position, due, playbooks, now)
        events.append(event)
        ticket = evolve(ticket, event)
        if isinstance(event, e.StepPassed) and event.until is not None:
            return Moved(tuple(events), escalation_timer(ticket, event.until, position))
        at_once = isinstance(event, e.StepPassed) and event.how == "skipped"
        position += 1
    again = _next_round(ticket, places, now)
    return Moved(tuple(events), escalation_timer(ticket, again, position))


def _next_round(ticket: Ticket, places: tuple[Due, ...], now: datetime) -> datetime:
    length = places[-1].at - ticket.round_at if places else timedelta(0)
    return max(now, ticket.round_at + length) + max(length, SHORTEST_ROUND)


def fire(ticket: Ticket, position: int, playbooks: Playbooks, now: datetime) -> Moved:
    """The escalation timer at `position` came due."""
    if position < len(plan(ticket)):
        return move_on(ticket, position, playbooks, now)
    again = e.PolicyRestarted(at=now, reason="nobody acknowledged after the last step")
    moved = start(evolve(ticket, again), playbooks, now)
    return Moved((again, *moved.events), moved.timer)


def escalate_now(ticket: Ticket, by: str, playbooks: Playbooks, now: datetime) -> Moved | Refused:
    """The next step, now, because a person asks; whoever owns the ticket keeps it."""
    refused = may_act(by, playbooks)
    if refused:
        return refused
    if ticket.state not in OPEN:
        return Refused(f"{ticket.reference} is {ticket.state}: reopen it first.")
    places = plan(ticket)
    if not places:
        return Refused(f"{ticket.terms.key} has no steps to escalate to.")
    last = len(places) - 1
    for position in range(min(ticket.position, last), len(places)):
        event = _do(ticket, position, places[position], playbooks, now)
        if isinstance(event, e.Reached):
            asked = replace(event, by=by, asked_by_hand=True)
            return Moved((asked,), _after_hand(evolve(ticket, asked), places, now))
    return Refused(f"No further step of {ticket.terms.key} reaches anybody now.")


def _after_hand(ticket: Ticket, places: tuple[Due, ...], now: datetime) -> NewTimer | None:
    if ticket.state != "new":
        return None
    if ticket.position < len(places):
        due = max(places[ticket.position].at, now)
        return escalation_timer(ticket, due, ticket.position)
    return escalation_timer(ticket, _next_round(ticket, places, now), ticket.position)


def escalation_timer(ticket: Ticket, at: datetime, position: int) -> NewTimer:
    return NewTimer("escalate", at, round=ticket.round, position=position)


def _do(
    ticket: Ticket, position: int, due: Due, playbooks: Playbooks, now: datetime
) -> e.Reached | e.StepPassed:
    late = max(timedelta(0), now - due.at)
    if due.step.if_late == "drop" and late > LATE:
        reason = f"due {int(late.total_seconds()) // 60} min ago, and the policy drops it when late"
        return e.StepPassed(at=now, position=position, step=due.index, how="dropped", reason=reason)
    reach = reach_of(due.step, ticket, playbooks, now)
    if reach.people or reach.channels:
        return e.Reached(
            at=now,
            position=position,
            step=due.index,
            attempt=due.attempt,
            urgent=due.step.page,
            people=reach.people,
            reasons=reach.reasons,
            channels=reach.channels,
            second_line=_names(due.step, ticket.second_line),
            late_by=late.total_seconds(),
        )
    hold = due.step.when_empty == "hold"
    until = _somebody_on(due.step, ticket, playbooks, now) if hold else None
    return e.StepPassed(
        at=now,
        position=position,
        step=due.index,
        how="held" if until else "skipped",
        reason=reach.nobody,
        until=until,
    )


def reach_of(step: Step, ticket: Ticket, playbooks: Playbooks, now: datetime) -> Reach:
    """Everyone the step reaches at `now`, once each, in the order of its targets."""
    people: dict[str, str] = {}
    channels: list[str] = []
    nobody: list[str] = []
    for target in step.targets:
        if target.kind == "channel":
            channels.append(target.name)
            continue
        for key, reason in _behind(target, ticket, playbooks, now, nobody):
            asleep = _asleep(playbooks.people.get(key), ticket, now)
            if asleep:
                nobody.append(asleep)
            else:
                people.setdefault(key, reason)
    return Reach(tuple(people), tuple(people.values()), tuple(channels), "; ".join(nobody))


def _behind(
    target: Target, ticket: Ticket, playbooks: Playbooks, now: datetime, nobody: list[str]
) -> Iterator[tuple[str, str]]:
    if target.kind == "owner":
        owner = ticket.owner
        if owner:
            yield owner, f"owns {ticket.reference}"
        else:
            nobody.append(f"nobody owns {ticket.reference}")
        return
    rotation = playbooks.rotations.get(target.name)
    if rotation is None:
        for key in sorted(members_of(target.name, playbooks)):
            yield key, "named in the policy" if key == target.name else f"is {target.name}"
        return
    answer = who(rotation, now)
    if not answer.on_call:
        nobody.append(answer.reason)
    for shift in answer.on_call:
        yield shift.person, shift.reason


def _asleep(person: Person | None, ticket: Ticket, now: datetime) -> str:
    if person is None or person.hours is None or ticket.terms.wake_people:
        return ""
    if working_time.is_open(person.hours, now):
        return ""
    return f"{person.name} is outside their hours, and {ticket.terms.key} wakes nobody"


def _somebody_on(
    step: Step, ticket: Ticket, playbooks: Playbooks, now: datetime
) -> datetime | None:
    """The first instant after `now` at which the step may reach somebody, or None."""
    found: list[datetime] = []
    for target in step.targets:
        rotation = playbooks.rotations.get(target.name)
        if rotation is not None and not who(rotation, now).on_call:
            on = next_on(rotation, now)
            found += [on] if on else []
            continue
        for key in sorted(_present(target, ticket, playbooks, now)):
            person = playbooks.people.get(key)
            if person is not None and person.hours is not None:
                found.append(working_time.next_open(person.hours, now))
    return min((at for at in found if at > now), default=None)


def _present(target: Target, ticket: Ticket, playbooks: Playbooks, now: datetime) -> set[str]:
    return {key for key, _ in _behind(target, ticket, playbooks, now, [])}
