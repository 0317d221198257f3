"""From events to everything that follows: the ticket as it then is, its clocks, and what is sent.

`settle` is the one place where a decision becomes a change: whoever acts (a message, a person, a
timer, a page that failed) brings events, and gets back a value that the store writes whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from supportbot.domain import approving, asking, escalation, planned, working_time
from supportbot.domain import events as e
from supportbot.domain.change import Change
from supportbot.domain.delivery import NewDelivery
from supportbot.domain.notices import Desk, Scene, notices
from supportbot.domain.playbook import Playbooks
from supportbot.domain.ticket import OPEN, Ticket, evolve, of_newest_step
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
        "approval",
    }
)
_WHILE_ACKNOWLEDGED: frozenset[TimerKind] = frozenset(
    {"remind_acknowledged", "timebox_ask", "timebox_end"}
)
# These begin the policy again at its first step.
_BEGINS_ROUND = (
    e.Opened,
    e.LetGo,
    e.HandedOver,
    e.Reopened,
    e.SeverityChanged,
    e.ApprovalGiven,
    e.ApprovalWaived,
)


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
    ask: tuple[str, ...] = ()
    words: str = ""
    events: list[e.Event] = field(default_factory=list)
    cancel: set[TimerKind] = field(default_factory=set)
    timers: dict[TimerKind, NewTimer] = field(default_factory=dict)
    deliveries: list[NewDelivery] = field(default_factory=list)

    def take(self, event: e.Event) -> None:
        waited = self.ticket is not None and self.ticket.approval is not None
        ticket = self.ticket = evolve(self.ticket, event)
        self.events.append(event)
        self.stop(_stopped_by(event))
        wait_is_over = waited and ticket.approval is None
        if wait_is_over:
            self.stop(["approval"])
            self.set(_first_answer(ticket))
        self.set(_clocks(ticket, event))
        scene = Scene(
            ticket,
            event,
            self.playbooks,
            self.desk,
            self.quiet,
            self.reply,
            self.tell,
            self.ask,
            self.words,
        )
        self.deliveries += notices(scene)
        if wait_is_over:
            self.deliveries += asking.settled(scene)
        begins = isinstance(event, _BEGINS_ROUND) and ticket.state == "new"
        if begins and ticket.attached_to is None:
            self.follow(escalation.start(ticket, self.playbooks, self.now))
        # Looked at anew: what followed may have asked for it already.
        if _issue_due(self.ticket):
            self.take(e.IssueAsked(at=event.at))

    def follow(self, moved: escalation.Moved) -> None:
        for event in moved.events:
            self.take(event)
        # An attached ticket has no policy's clock of its own: it pages with the first.
        attached = self.ticket is not None and self.ticket.attached_to is not None
        if moved.timer is not None and not attached:
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
    ask: tuple[str, ...] = (),
    words: str = "",
) -> Change:
    """The whole change that `events` (and what a policy did, `moved`) make to a ticket at `now`.

    For a ticket that opens, `reply` names the receipt's template, `ask` are the questions in it,
    `tell` is a channel, and `words` are the reporter's.
    Raises ValueError when nothing happened.
    """
    quiet = any(isinstance(event, e.Replied) for event in events)
    settling = _Settling(playbooks, desk, now, before, quiet, reply, tell, ask, words)
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
    if ticket.approval is not None:
        return False
    wanted = ticket.terms.github_issue
    return wanted == "on_open" or (wanted == "on_second_line" and ticket.second_line_reached)


def _stopped_by(event: e.Event) -> frozenset[TimerKind]:
    match event:
        case e.Acknowledged():
            return frozenset({"escalate"})
        case e.LetGo() | e.HandedOver():
            return _WHILE_ACKNOWLEDGED | {"escalate"}
        case e.SeverityChanged() | e.Resolved() | e.ApprovalDeclined() | e.Closed() | e.Merged():
            return _ALL
        case e.Reopened():
            return frozenset({"close"})
        case e.Replied() | e.Heard(by_team=True):
            return frozenset({"first_answer"})
    return planned.stopped_by(event)


def _clocks(ticket: Ticket, event: e.Event) -> list[NewTimer]:
    """The clocks (other than the policy's) that an event starts."""
    match event:
        case e.Opened() if ticket.approval is not None:
            return approving.clock(ticket)
        case e.Opened() | e.Reopened():
            return _first_answer(ticket)
        case e.Acknowledged():
            return [*_next_update(ticket, event.at), *_held(ticket, event.at)]
        case e.SeverityChanged():
            held = _held(ticket, event.at) if ticket.state == "acknowledged" else []
            return [*_first_answer(ticket), *_next_update(ticket, event.at), *held]
        case e.Replied():
            return _next_update(ticket, event.at)
        case e.Resolved() | e.ApprovalDeclined():
            silence = working_time.add(event.at, ticket.terms.close_after_silence)
            return [NewTimer("close", silence)]
    return planned.clocks(ticket, event)


def _first_answer(ticket: Ticket) -> list[NewTimer]:
    owed = ticket.terms.first_answer
    if owed is None or ticket.first_answer_at is not None or ticket.state not in OPEN:
        return []
    return [NewTimer("first_answer", working_time.add(ticket.owed_since, owed))]


def _next_update(ticket: Ticket, now: datetime) -> list[NewTimer]:
    every, promised = ticket.terms.next_update, ticket.next_word_at
    if not every or ticket.state not in OPEN:
        return []
    # A word that was promised sooner stays due, whoever acknowledges in between.
    sooner = ticket.first_answer_at and promised and now < promised < now + every
    return [NewTimer("next_update", promised if sooner and promised else now + every)]


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
        moved = escalation.fire(ticket, timer.position, playbooks, now, timer_due=timer.due)
        return settle(ticket, (), playbooks, desk, now, moved=moved)
    if timer.kind == "close":
        if ticket.state != "resolved":
            return Dropped(f"{ticket.reference} is {ticket.state}")
        closed = e.Closed(at=now, reason="nobody wrote after it was resolved")
        return settle(ticket, (closed,), playbooks, desk, now)
    if timer.kind == "approval":
        fired = approving.fired(ticket, timer, now)
        if fired is None:
            return Dropped(f"{ticket.reference} waits for no approval")
        return settle(ticket, fired[0], playbooks, desk, now, timers=fired[1])
    due = planned.due(ticket, timer.kind, playbooks, now)
    if due is None:
        return _remind(ticket, timer, playbooks, desk, now)
    if isinstance(due, str):
        return Dropped(due)
    event, again = due
    return settle(ticket, (event,), playbooks, desk, now, timers=again)


def _remind(
    ticket: Ticket, timer: Timer, playbooks: Playbooks, desk: Desk, now: datetime
) -> Change | Dropped:
    if ticket.state not in OPEN:
        return Dropped(f"{ticket.reference} is {ticket.state}")
    if timer.kind == "first_answer" and ticket.first_answer_at is not None:
        return Dropped("the reporter has had an answer")
    reminded = e.Reminded(at=now, kind=timer.kind, people=_reminded(ticket, timer, playbooks, now))
    again = _again(ticket, timer, now)
    return settle(ticket, (reminded,), playbooks, desk, now, timers=again)


def _reminded(ticket: Ticket, timer: Timer, playbooks: Playbooks, now: datetime) -> tuple[str, ...]:
    """The owner, else whoever is on call; first line stays the voice towards the reporter."""
    first = timer.kind in ("first_answer", "next_update") or ticket.line == "first"
    owner = ticket.owner_of("first" if first else "second")
    if owner:
        return (owner,)
    line = ticket.first_line if first else ticket.second_line
    return tuple(found.person for found in on_call_for(line, playbooks, now))


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
    """A page died: say so, and when it was the last of its step, and nobody has the ticket, do the
    policy's next step at once."""
    after = evolve(ticket, failed)
    moved = None
    # While one page of the step may get through, its people have their time.
    nobody_left = after.dead_pages >= after.paged
    if ticket.state == "new" and of_newest_step(ticket, failed) and nobody_left:
        moved = escalation.move_on(after, after.position, playbooks, now, page_died=True)
    return settle(ticket, (failed,), playbooks, desk, now, moved=moved)
