"""From events to everything that follows: the ticket as it then is, its clocks, and what is sent.

`settle` is the one place where a decision becomes a change: whoever acts (a message, a person, a
timer, a page that failed) brings events, and gets back a value that the store writes whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from supportbot.domain.escalation import others
from supportbot.domain.escalation import plan as escalation
from supportbot.domain.escalation.next_level import next_level
from supportbot.domain.notices import asking
from supportbot.domain.notices.delivery import NewDelivery
from supportbot.domain.notices.ticket_notices import Desk, Scene, notices
from supportbot.domain.planned import timers as planned
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.policy.presence import present
from supportbot.domain.ticket import (
    approving,
    clocks,
    drill,
    lapsing,
    shift_change,
    snoozing,
    timebox,
    waiting,
)
from supportbot.domain.ticket import clock_events as ce
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket import shift_events as se
from supportbot.domain.ticket.change import Change
from supportbot.domain.ticket.evolving import evolve, of_newest_step
from supportbot.domain.ticket.ticket import OPEN, Ticket
from supportbot.domain.ticket.timer import NewTimer, Timer, TimerKind
from supportbot.domain.triage.decision import on_call_for

# These begin the policy again at its first step.
_BEGINS_ROUND = (
    e.Opened,
    e.LetGo,
    e.HandedOver,
    e.Reopened,
    e.SeverityChanged,
    e.ApprovalGiven,
    e.ApprovalWaived,
    ce.WaitEnded,
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
        before, waited = self.ticket, self.ticket is not None and self.ticket.approval is not None
        ticket = self.ticket = evolve(self.ticket, event)
        self.events.append(event)
        self.stop(clocks.stopped_by(ticket, event))
        wait_is_over = waited and ticket.approval is None
        if wait_is_over:
            self.stop(["approval"])
            self.set(clocks.first_answer(ticket))
        over, begun = others.clocks(before, ticket, event)
        self.stop(over)
        self.set(begun)
        self.shift(before, ticket)
        self.set(clocks.started_by(ticket, event, self.playbooks))
        if before is not None and before.box != ticket.box:
            self.stop(timebox.CLOCKS)
            self.set(timebox.clocks(ticket))
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
        self.deliveries += drill.notices(scene) if ticket.drill else notices(scene)
        if wait_is_over:
            self.deliveries += asking.settled(scene)
        begins = isinstance(event, _BEGINS_ROUND) and ticket.state == "new"
        if begins and ticket.attached_to is None:
            self.follow(escalation.start(ticket, self.playbooks, self.now))
        elif isinstance(event, se.ShiftNotTaken) and event.up and ticket.attached_to is None:
            self.follow(next_level(ticket, self.playbooks, self.now))
        for kept in shift_change.owned_off_shift(before, ticket, self.playbooks, self.now):
            self.take(kept)
        # Looked at anew: what followed may have asked for it already.
        if _issue_due(self.ticket):
            self.take(e.IssueAsked(at=event.at))

    def follow(self, moved: escalation.Moved) -> None:
        for event in moved.events:
            self.take(event)
        # An attached ticket has no policy's clock of its own: it pages with the first; a drill is
        # one page, and its chore ends it.
        still = self.ticket is not None and (self.ticket.attached_to or self.ticket.drill)
        if moved.timer is not None and not still:
            self.set([moved.timer])

    def shift(self, before: Ticket | None, after: Ticket) -> None:
        """The one clock of all that is handed over or kept beyond a shift."""
        ends = shift_change.clock(after)
        if ends is not None:
            self.set([ends])
        elif before is not None and shift_change.clock(before) is not None:
            self.stop(["shift"])

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
    if timer.kind == "lapse":
        lapsed = lapsing.lapsed(ticket, playbooks, now)
        if lapsed is None:
            return Dropped("somebody is on it")
        event, moved = lapsed
        return settle(ticket, (event,), playbooks, desk, now, moved=moved)
    due = _due(ticket, timer, playbooks, now)
    if due is None:
        return _remind(ticket, timer, playbooks, desk, now)
    if isinstance(due, str):
        return Dropped(due)
    events, again = due
    return settle(ticket, events, playbooks, desk, now, timers=again)


def _due(
    ticket: Ticket, timer: Timer, playbooks: Playbooks, now: datetime
) -> tuple[Sequence[e.Event], Sequence[NewTimer]] | str | None:
    """What a timer that is no mere reminder brings, with the timers after it; or why nothing."""
    match timer.kind:
        case "close" if ticket.state != "resolved":
            return f"{ticket.reference} is {ticket.state}"
        case "close":
            return (e.Closed(at=now, reason="nobody wrote after it was resolved"),), ()
        case "approval":
            return approving.fired(ticket, timer, now) or "it waits for no approval"
        case "chase":
            return waiting.fired(ticket, playbooks, now)
        case "timebox_ask" | "timebox_end":
            return timebox.fired(ticket, timer.kind, now)
        case "snooze":
            woken = snoozing.woken(ticket, playbooks, now)
            return ((woken,), ()) if woken else "it does not rest any more"
        case "shift":
            over = shift_change.fired(ticket, playbooks, now)
            return over if isinstance(over, str) else (over, ())
        case "acknowledge_each" | "all_hands":
            return others.fired(ticket, timer, playbooks, now)
    planned_for = planned.due(ticket, timer.kind, playbooks, now)
    if planned_for is None or isinstance(planned_for, str):
        return planned_for
    event, again = planned_for
    return (event,), again


def _remind(
    ticket: Ticket, timer: Timer, playbooks: Playbooks, desk: Desk, now: datetime
) -> Change | Dropped:
    if ticket.state not in OPEN:
        return Dropped(f"{ticket.reference} is {ticket.state}")
    if timer.kind == "first_answer" and ticket.first_answer_at is not None:
        return Dropped("the reporter has had an answer")
    reminded = e.Reminded(at=now, kind=timer.kind, people=_reminded(ticket, timer, playbooks, now))
    again = _again(ticket, timer, playbooks, now)
    return settle(ticket, (reminded,), playbooks, desk, now, timers=again)


def _reminded(ticket: Ticket, timer: Timer, playbooks: Playbooks, now: datetime) -> tuple[str, ...]:
    """The owner, else whoever is on call; first line stays the voice towards the reporter. Whoever
    is on leave is not reminded."""
    first = timer.kind in ("first_answer", "next_update") or ticket.line == "first"
    holders = shift_change.holders(ticket, "first" if first else "second")
    holders = present(holders, playbooks, now)
    if holders:
        return holders
    line = ticket.first_line if first else ticket.second_line
    return tuple(found.person for found in on_call_for(line, playbooks, now))


def _again(ticket: Ticket, timer: Timer, playbooks: Playbooks, now: datetime) -> list[NewTimer]:
    terms = ticket.terms
    if timer.kind == "next_update" and terms.next_update:
        return [NewTimer("next_update", now + terms.next_update)]
    if timer.kind == "remind_acknowledged":
        return lapsing.unanswered(ticket, playbooks, now)
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
    goes_on = ticket.state == "new" and not ticket.drill
    if goes_on and of_newest_step(ticket, failed) and nobody_left:
        moved = escalation.move_on(after, after.position, playbooks, now, page_died=True)
    return settle(ticket, (failed,), playbooks, desk, now, moved=moved)
