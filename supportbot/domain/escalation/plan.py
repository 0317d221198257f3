"""What happens while nobody has it: the policy's plan, and what fires when.

A plan is the list of everything a policy will do in one round, in the order of its due times; a
timer only remembers how far down that list a ticket is. The delays count from the start of the
round, so a step that fires late never pushes back the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from supportbot.domain.escalation.layout import Due, laid_out, of_whole
from supportbot.domain.escalation.reach import calls_second_line, reach_of, somebody_on
from supportbot.domain.escalation.reduced import held_until, quietly, reduced
from supportbot.domain.on_call import working_time
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.policy.step import Step, Target
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import Refused, may_act, name_of
from supportbot.domain.ticket.evolving import evolve
from supportbot.domain.ticket.ticket import OPEN, Ticket
from supportbot.domain.ticket.timer import NewTimer

# A round that reached nobody begins again after its own length, and never sooner than this.
SHORTEST_ROUND = timedelta(hours=1)
# A round whose last page died: the pager was out of order, so the people are tried again soon.
AFTER_DEAD_PAGE = timedelta(minutes=10)
# What came due this long ago came due while nothing ran.
LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Moved:
    """What a policy did: the events, and the timer for what comes next (None: nothing does)."""

    events: tuple[e.Event, ...]
    timer: NewTimer | None


def plan(ticket: Ticket) -> tuple[Due, ...]:
    """Everything the present round will do, in the order in which it comes due."""
    if ticket.line == "first":
        return of_whole(ticket.terms.steps, ticket.round_at)
    return laid_out(_from_second_line(ticket), ticket.round_at)


def _steps(ticket: Ticket) -> list[tuple[int, Step]]:
    if ticket.line == "second":
        return _from_second_line(ticket)
    return list(enumerate(ticket.terms.steps))


def _from_second_line(ticket: Ticket) -> list[tuple[int, Step]]:
    """The policy of a ticket handed over: it begins at once with second line's step."""
    target = Target("rotation", ticket.second_line)
    steps = list(enumerate(ticket.terms.steps))
    begin = next((i for i, step in steps if calls_second_line(step, ticket)), None)
    if begin is None:
        return [(0, Step((target,), page=any(step.page for _, step in steps)))]
    lead = ticket.terms.steps[begin].after
    return [(i, replace(step, after=_less(step, lead))) for i, step in steps[begin:]]


def _less(step: Step, lead: working_time.Delay) -> working_time.Delay:
    if (step.after.kind, step.after.hours) != (lead.kind, lead.hours):
        return step.after
    return replace(step.after, length=max(timedelta(0), step.after.length - lead.length))


def start(ticket: Ticket, playbooks: Playbooks, now: datetime) -> Moved:
    """Begin the round at its first place: what is due at once goes out at once."""
    return move_on(ticket, 0, playbooks, now)


def move_on(
    ticket: Ticket,
    position: int,
    playbooks: Playbooks,
    now: datetime,
    *,
    timer_due: datetime | None = None,
    page_died: bool = False,
) -> Moved:
    """Do what is due from `position` on, and set the timer for the rest.

    `timer_due` is when the timer that asks for it was due: what comes after a step that was held is
    late only from then on. After `page_died` the place at `position` is done even before its time,
    as it is after one that was skipped.
    """
    places = plan(ticket)
    events: list[e.Event] = []
    at_once, unheard = page_died, page_died or position == 0
    while position < len(places):
        due = places[position]
        if due.at > now and not at_once:
            return Moved(tuple(events), escalation_timer(ticket, due.at, position))
        held = _held(ticket, position, due, now)
        if held is not None:
            return Moved((*events, held), escalation_timer(ticket, held.until or now, position))
        if reduced(ticket.terms, now, "notify"):
            due = replace(due, step=quietly(due.step))
        # The next step looks at the same ticket: this one changes neither its owners nor its lines.
        event = _do(ticket, position, _since(due, timer_due), playbooks, now)
        if isinstance(event, e.StepPassed) and event.until is not None:
            # Called before the hold is noted: the policy stands where it is held.
            resort = _resort(ticket, events, places, playbooks, now)
            events += [one for one in (resort,) if isinstance(one, e.Reached)]
            timer = escalation_timer(ticket, event.until, position)
            return Moved((*events, event), timer)
        events.append(event)
        at_once = isinstance(event, e.StepPassed) and event.how == "skipped"
        unheard = unheard and isinstance(event, e.StepPassed)
        position += 1
    again = _next_round(ticket, places, now)
    if unheard:
        soon = now + AFTER_DEAD_PAGE if page_died else again
        again = min(again, soon, *_comings(ticket, places, playbooks, now))
    resort = _resort(ticket, events, places, playbooks, now)
    if resort is not None:
        events.append(resort)
    return Moved(tuple(events), escalation_timer(ticket, again, position))


def _held(ticket: Ticket, position: int, due: Due, now: datetime) -> e.StepPassed | None:
    """At reduced capacity the policy may wait; not by hand, and not for times without an end."""
    times = reduced(ticket.terms, now, "hold")
    until = held_until(times, now) if times else None
    if times is None or until is None:
        return None
    reason = f"{ticket.terms.key} calls nobody during {times.said}"
    return e.StepPassed(
        at=now, position=position, step=due.index, how="held", reason=reason, until=until
    )


def _resort(
    ticket: Ticket,
    events: Sequence[e.Event],
    places: tuple[Due, ...],
    playbooks: Playbooks,
    now: datetime,
) -> e.Reached | e.StepPassed | None:
    """The last resort, once a round, when nothing of it got through to anybody."""
    targets, position = ticket.terms.last_resort, len(places)
    if not targets or ticket.position > position:
        return None
    if ticket.reached or any(isinstance(event, e.Reached) for event in events):
        return None
    return _last(ticket, places, playbooks, now, quiet=bool(reduced(ticket.terms, now, "notify")))


def _last(
    ticket: Ticket,
    places: tuple[Due, ...],
    playbooks: Playbooks,
    now: datetime,
    *,
    quiet: bool = False,
) -> e.Reached | e.StepPassed:
    step = Step(ticket.terms.last_resort, page=any(due.step.page for due in places))
    step = quietly(step) if quiet else step
    due = Due(now, len(ticket.terms.steps), 1, step)
    event = _do(ticket, len(places), due, playbooks, now)
    return replace(event, last_resort=True) if isinstance(event, e.Reached) else event


def _since(due: Due, timer_due: datetime | None) -> Due:
    return replace(due, at=timer_due) if timer_due and timer_due > due.at else due


def _next_round(ticket: Ticket, places: tuple[Due, ...], now: datetime) -> datetime:
    length = places[-1].at - ticket.round_at if places else timedelta(0)
    return max(now, ticket.round_at + length) + max(length, SHORTEST_ROUND)


def _comings(
    ticket: Ticket, places: tuple[Due, ...], playbooks: Playbooks, now: datetime
) -> list[datetime]:
    """When a round that reached nobody at all may reach somebody: it does not wait its length."""
    steps = [*{due.index: due.step for due in places}.values(), Step(ticket.terms.last_resort)]
    found = (somebody_on(step, ticket, playbooks, now) for step in steps)
    return [at for at in found if at is not None]


def fire(
    ticket: Ticket,
    position: int,
    playbooks: Playbooks,
    now: datetime,
    *,
    timer_due: datetime | None = None,
) -> Moved:
    """The escalation timer at `position` came due, at `timer_due`."""
    if position < sum(step.repeat + 1 for _, step in _steps(ticket)):
        return move_on(ticket, position, playbooks, now, timer_due=timer_due)
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
    if ticket.approval is not None:
        # The policy has not begun: its first step is the next one.
        why = f"{name_of(by, playbooks)} wants somebody on it now"
        return Moved((e.ApprovalWaived(at=now, by=by, reason=why),), None)
    places = plan(ticket)
    if not places:
        return Refused(f"{ticket.terms.key} has no steps to escalate to.")
    each = _by_hand(ticket, places, playbooks, now)
    reached = next((event for event in each if isinstance(event, e.Reached)), None)
    if reached is None:
        return Refused(f"No further step of {ticket.terms.key} reaches anybody now.")
    asked = replace(reached, by=by, asked_by_hand=True)
    return Moved((asked,), _after_hand(evolve(ticket, asked), places, now))


def _by_hand(
    ticket: Ticket, places: tuple[Due, ...], playbooks: Playbooks, now: datetime
) -> Iterator[e.Reached | e.StepPassed]:
    for position in _next_by_hand(ticket, places):
        # Asked for now, it is neither early nor late.
        yield _do(ticket, position, replace(places[position], at=now), playbooks, now)
    if ticket.terms.last_resort:
        yield _last(ticket, places, playbooks, now)


def _next_by_hand(ticket: Ticket, places: tuple[Due, ...]) -> list[int]:
    """The places still to come: first those of further steps, then further tries of done ones."""
    done = {due.index for due in places[: ticket.position]}
    rest = range(min(ticket.position, len(places) - 1), len(places))
    return sorted(rest, key=lambda position: places[position].index in done)


def _after_hand(ticket: Ticket, places: tuple[Due, ...], now: datetime) -> NewTimer | None:
    if ticket.state != "new":
        return None
    if ticket.position < len(places):
        return escalation_timer(ticket, places[ticket.position].at, ticket.position)
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
    if reach.anybody:
        return e.Reached(
            at=now,
            position=position,
            step=due.index,
            attempt=due.attempt,
            urgent=due.step.page,
            people=reach.people,
            reasons=reach.reasons,
            channels=reach.channels,
            second_line=calls_second_line(due.step, ticket),
            late_by=late.total_seconds(),
            groups=reach.groups,
            webhooks=reach.webhooks,
            shadows=reach.shadows,
            awaited=reach.people if due.step.acknowledged_by == "each" else (),
        )
    hold = due.step.when_empty == "hold"
    until = somebody_on(due.step, ticket, playbooks, now) if hold else None
    return e.StepPassed(
        at=now,
        position=position,
        step=due.index,
        how="held" if until else "skipped",
        reason=reach.nobody or "it is for a paging service alone, and pages nobody now",
        until=until,
    )
