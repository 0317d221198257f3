"""What people look at: a ticket as it stands, with where its conversations are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from supportbot.application.context import Context
from supportbot.application.ports import UnitOfWork
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket.commands import name_of
from supportbot.domain.ticket.events import Event, Reached, StepPassed
from supportbot.domain.ticket.ticket import OPEN, State, Ticket
from supportbot.domain.ticket.timer import Timer, TimerKind
from supportbot.domain.triage.known_problem import KnownProblem


@dataclass(frozen=True, slots=True)
class ShiftView:
    """A line that is handed over with the shift, or kept beyond it, in words that `until` (aware
    UTC) completes."""

    said: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """A ticket for the eyes: names instead of keys. `words` are the reporter's first ones.

    `next_step_at` is when the policy goes on (aware UTC), None while it is stopped.
    `places` are addresses by name (`team`, `reporter`, `issue`). `hubs` are those (ids) that the
    ticket may be about, `zone` is its community's.
    """

    ticket: Ticket
    words: str
    reporter: str
    community: str | None
    first_owner: str | None
    second_owner: str | None
    acknowledged_by: str | None
    reached: tuple[str, ...]
    next_step_at: datetime | None
    places: Mapping[str, Mapping[str, str]]
    severities: tuple[str, ...]
    known_problem: KnownProblem | None = None
    waits_for: tuple[str, ...] = ()
    """The names of those who were asked to approve it, while it waits."""
    held: StepPassed | None = None
    """The step at which the policy rests, until when and why."""
    awaited: tuple[str, ...] = ()
    """The names of those who are still to acknowledge it, each for themselves."""
    events: tuple[Event, ...] = ()
    shifts: tuple[ShiftView, ...] = ()
    clocks: tuple[tuple[TimerKind, datetime], ...] = ()
    """What comes due next (aware UTC), the soonest first."""
    hubs: tuple[str, ...] = ()
    zone: str = "UTC"


def view(context: Context, number: int) -> TicketView | None:
    """The ticket of this number, or None."""
    return context.store.read(lambda uow: _view(context, uow, number))


def listing(context: Context, states: frozenset[State] = OPEN) -> Sequence[Ticket]:
    """The tickets in these states, the newest first."""
    return context.store.read(lambda uow: uow.tickets.listing(states))


def _view(context: Context, uow: UnitOfWork, number: int) -> TicketView | None:
    ticket = uow.tickets.get(number)
    if ticket is None:
        return None
    playbooks = context.shelf.current
    record = uow.decisions.get(number)
    events = tuple(uow.tickets.events(number))
    names = ("team", "reporter", "issue", "approval")
    places = {name: uow.places.get(number, name) for name in names}
    community = playbooks.communities.get(ticket.community or "")
    each = tuple(playbooks.communities.values())
    communities = (community,) if community and community.hubs else ()

    asked = ticket.approval.approvers if ticket.approval else ()
    pending = uow.timers.pending(number)

    def named(person: str | None) -> str | None:
        return name_of(person, playbooks) if person else None

    return TicketView(
        ticket=ticket,
        words=record.message.text if record else ticket.title,
        reporter=named(ticket.reporter_person) or ticket.reporter.name or "the reporter",
        community=community.name if community else ticket.community,
        first_owner=named(ticket.first_owner),
        second_owner=named(ticket.second_owner),
        acknowledged_by=named(ticket.acknowledged_by),
        reached=_reached(events, ticket, named),
        next_step_at=_due(pending, "escalate"),
        clocks=tuple((timer.kind, timer.due) for timer in pending),
        places={name: place for name, place in places.items() if place is not None},
        severities=tuple(playbooks.severities),
        known_problem=playbooks.known_problems.get(ticket.known_problem or ""),
        waits_for=tuple(name_of(key, playbooks) for key in asked),
        held=_held(events, ticket),
        awaited=tuple(name_of(key, playbooks) for key in ticket.awaited),
        events=events,
        shifts=tuple(_shifts(ticket, playbooks)),
        hubs=tuple(hub.id for one in (communities or each) for hub in one.hubs.values()),
        zone=community.zone if community else "UTC",
    )


def _shifts(ticket: Ticket, playbooks: Playbooks) -> Iterator[ShiftView]:
    for handing in ticket.handing:
        incoming = " or ".join(name_of(person, playbooks) for person in handing.incoming)
        outgoing = name_of(handing.outgoing, playbooks)
        yield ShiftView(f"{outgoing} is off, {incoming} to take it by ", handing.until)
    for keeping in ticket.keeping:
        person = name_of(keeping.person, playbooks)
        yield ShiftView(f"{person} is off, and keeps it until ", keeping.until)


def _reached(
    events: Sequence[Event], ticket: Ticket, named: Callable[[str | None], str | None]
) -> tuple[str, ...]:
    """The names of those called in the present round."""
    called = (e for e in events if isinstance(e, Reached) and e.at >= ticket.round_at)
    people = dict.fromkeys(person for event in called for person in event.people)
    return tuple(named(person) or person for person in people)


def _held(events: Sequence[Event], ticket: Ticket) -> StepPassed | None:
    """The newest thing that the policy did, when that was to wait until somebody is there."""
    if ticket.state != "new":
        return None
    told = (event for event in reversed(events) if isinstance(event, Reached | StepPassed))
    match next(told, None):
        case StepPassed(how="held") as held if held.at >= ticket.round_at:
            return held
    return None


def _due(pending: Sequence[Timer], kind: TimerKind) -> datetime | None:
    return next((timer.due for timer in pending if timer.kind == kind), None)
