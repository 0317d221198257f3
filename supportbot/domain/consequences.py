"""From events to everything that follows: the ticket as it then is, its clocks, and what is sent.

`settle` is the one place where a decision becomes a change: whoever acts (a message, a person, a
timer, a page that failed) brings events, and gets back a value that the store writes whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from supportbot.domain import escalation, working_time
from supportbot.domain import events as e
from supportbot.domain.change import Change
from supportbot.domain.delivery import NewDelivery
from supportbot.domain.notices import Desk, Scene, notices
from supportbot.domain.playbook import Playbooks
from supportbot.domain.ticket import OPEN, Ticket, evolve
from supportbot.domain.timer import NewTimer, Timer, TimerKind
from supportbot.domain.triage import on_call_for

_ALL: frozenset[TimerKind] = frozenset(
    {
        "escalate",
        "first_answer",
        "next_update",
        "remind_acknowledged",
        "timebox_ask",
        "timebox_end",
        "close",
    }
)
_WHILE_ACKNOWLEDGED: frozenset[TimerKind] = frozenset(
    {"remind_acknowledged", "timebox_ask", "timebox_end"}
)
# These begin the policy again at its first step.
_BEGINS_ROUND = (e.Opened, e.LetGo, e.HandedOver, e.Reopened, e.SeverityChanged)


@dataclass(slots=True)
class _Settling:
    """The change as it grows, event by event."""

    playbooks: Playbooks
    desk: Desk
    now: datetime
    ticket: Ticket | None
    quiet: bool
    reply: str | None = None
    tell: str | None = None
    events: list[e.Event] = field(default_factory=list)
    cancel: set[TimerKind] = field(default_factory=set)
    timers: dict[TimerKind, NewTimer] = field(default_factory=dict)
    deliveries: list[NewDelivery] = field(default_factory=list)

    def take(self, event: e.Event) -> None:
        ticket = self.ticket = evolve(self.ticket, event)
        self.events.append(event)
        self.stop(_stopped_by(event))
        self.set(_clocks(ticket, event))
        scene = Scene(ticket, event, self.playbooks, self.desk, self.quiet, self.reply, self.tell)
        self.deliveries += notices(scene)
        begins = isinstance(event, _BEGINS_ROUND) and ticket.state == "new"
        if begins and ticket.attached_to is None:
            self.follow(escalation.start(ticket, self.playbooks, self.now))
        if _issue_due(ticket):
            self.take(e.IssueAsked(at=event.at))

    def follow(self, moved: escalation.Moved) -> None:
        for event in moved.events:
            self.take(event)
        if moved.timer is not None:
            self.set([moved.timer])

    def stop(self, kinds: Iterable[TimerKind]) -> None:
        for kind in kinds:
            self.cancel.add(kind)
            self.timers.pop(kind, None)

    def set(self, timers: Iterable[NewTimer]) -> None:
        for timer in timers:
            self.timers[timer.kind] = timer


def settle(
    before: Ticket | None,
    events: Sequence[e.Event],
    playbooks: Playbooks,
    desk: Desk,
    now: datetime,
    *,
    moved: escalation.Moved | None = None,
    timers: Sequence[NewTimer] = (),
    reply: str | None = None,
    tell: str | None = None,
) -> Change:
    """The whole change that `events` (and what a policy did, `moved`) make to a ticket at `now`.

    `reply` names the receipt's template and `tell` a channel, both for a ticket that opens.
    Raises ValueError when nothing happened.
    """
    quiet = any(isinstance(event, e.Replied) for event in events)
    settling = _Settling(playbooks, desk, now, before, quiet, reply, tell)
    for event in events:
        settling.take(event)
    if moved is not None:
        settling.follow(moved)
    settling.set(timers)
    if settling.ticket is None:
        raise ValueError("no event, no change")
    return Change(
        read_version=before.version if before else 0,
        ticket=settling.ticket,
        events=tuple(settling.events),
        cancel=frozenset(settling.cancel),
        timers=tuple(settling.timers.values()),
        deliveries=tuple(settling.deliveries),
    )


def _issue_due(ticket: Ticket) -> bool:
    if ticket.issue_asked or ticket.attached_to is not None or ticket.state not in OPEN:
        return False
    wanted = ticket.terms.github_issue
    return wanted == "on_open" or (wanted == "on_second_line" and ticket.second_line_reached)


def _stopped_by(event: e.Event) -> frozenset[TimerKind]:
    match event:
        case e.Acknowledged():
            return frozenset({"escalate"})
        case e.LetGo() | e.HandedOver():
            return _WHILE_ACKNOWLEDGED | {"escalate"}
        case e.SeverityChanged() | e.Resolved() | e.Closed():
            return _ALL
        case e.Reopened():
            return frozenset({"close"})
        case e.Replied() | e.Heard(by_team=True):
            return frozenset({"first_answer"})
    return frozenset()


def _clocks(ticket: Ticket, event: e.Event) -> list[NewTimer]:
    """The clocks (other than the policy's) that an event starts."""
    match event:
        case e.Opened() | e.Reopened():
            return _first_answer(ticket)
        case e.Acknowledged():
            return [*_next_update(ticket, event.at), *_held(ticket, event.at)]
        case e.SeverityChanged():
            held = _held(ticket, event.at) if ticket.state == "acknowledged" else []
            return [*_first_answer(ticket), *_next_update(ticket, event.at), *held]
        case e.Replied():
            return _next_update(ticket, event.at)
        case e.Resolved():
            silence = working_time.add(event.at, ticket.terms.close_after_silence)
            return [NewTimer("close", silence)]
    return []


def _first_answer(ticket: Ticket) -> list[NewTimer]:
    owed = ticket.terms.first_answer
    if owed is None or ticket.first_answer_at is not None:
        return []
    return [NewTimer("first_answer", working_time.add(ticket.opened_at, owed))]


def _next_update(ticket: Ticket, now: datetime) -> list[NewTimer]:
    every = ticket.terms.next_update
    return [NewTimer("next_update", now + every)] if every and ticket.state in OPEN else []


def _held(ticket: Ticket, now: datetime) -> list[NewTimer]:
    """The clocks that run while someone has it."""
    timers: list[NewTimer] = []
    if ticket.terms.acknowledge_again_after:
        again = now + ticket.terms.acknowledge_again_after
        timers.append(NewTimer("remind_acknowledged", again))
    if ticket.terms.timebox and ticket.line == "first":
        timers.append(NewTimer("timebox_ask", now + ticket.terms.timebox.ask_at))
    return timers


@dataclass(frozen=True, slots=True)
class Dropped:
    """A timer that has nothing left to do, and why."""

    reason: str


def timer_fired(
    ticket: Ticket, timer: Timer, playbooks: Playbooks, desk: Desk, now: datetime
) -> Change | Dropped:
    """What a due timer does to its ticket at `now`; each does it once, however late it is."""
    if timer.kind == "escalate":
        if ticket.state != "new" or timer.round != ticket.round:
            return Dropped(f"{ticket.reference} is {ticket.state} in round {ticket.round}")
        moved = escalation.fire(ticket, timer.position, playbooks, now)
        return settle(ticket, (), playbooks, desk, now, moved=moved)
    if timer.kind == "close":
        if ticket.state != "resolved":
            return Dropped(f"{ticket.reference} is {ticket.state}")
        closed = e.Closed(at=now, reason="nobody wrote after it was resolved")
        return settle(ticket, (closed,), playbooks, desk, now)
    return _remind(ticket, timer, playbooks, desk, now)


def _remind(
    ticket: Ticket, timer: Timer, playbooks: Playbooks, desk: Desk, now: datetime
) -> Change | Dropped:
    if ticket.state not in OPEN:
        return Dropped(f"{ticket.reference} is {ticket.state}")
    if timer.kind == "first_answer" and ticket.first_answer_at is not None:
        return Dropped("the reporter has had an answer")
    line = ticket.second_line if ticket.line == "second" else ticket.first_line
    on_call = tuple(owner.person for owner in on_call_for(line, playbooks, now))
    people = (ticket.owner,) if ticket.owner else on_call
    reminded = e.Reminded(at=now, kind=timer.kind, people=people)
    again = _again(ticket, timer, now)
    return settle(ticket, (reminded,), playbooks, desk, now, timers=again)


def _again(ticket: Ticket, timer: Timer, now: datetime) -> list[NewTimer]:
    terms = ticket.terms
    if timer.kind == "next_update" and terms.next_update:
        return [NewTimer("next_update", now + terms.next_update)]
    if timer.kind == "remind_acknowledged" and terms.acknowledge_again_after:
        return [NewTimer("remind_acknowledged", now + terms.acknowledge_again_after)]
    if timer.kind == "timebox_ask" and terms.timebox:
        rest = terms.timebox.work - terms.timebox.ask_at
        return [NewTimer("timebox_end", now + rest)]
    return []


def page_failed(
    ticket: Ticket, failed: e.PageFailed, playbooks: Playbooks, desk: Desk, now: datetime
) -> Change:
    """A page died: say so, and while nobody has the ticket do the policy's next step at once."""
    after = evolve(ticket, failed)
    moved = None
    # Only the newest step's failure moves the policy on: an older one already has its successor.
    if ticket.state == "new" and failed.position == ticket.position - 1:
        moved = escalation.move_on(after, after.position, playbooks, now, at_once=True)
    return settle(ticket, (failed,), playbooks, desk, now, moved=moved)
