"""One ticket's life as a store would keep it: its events, pending timers and what is to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self, TypeVar

from supportbot.domain.escalation.plan import escalate_now
from supportbot.domain.notices.delivery import NewDelivery
from supportbot.domain.policy.playbook import Playbooks, Severity
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket import shift_change, snoozing, timebox, waiting
from supportbot.domain.ticket.approving import Approve, Decline, heard_while_waiting
from supportbot.domain.ticket.approving import decide as answered
from supportbot.domain.ticket.change import Change
from supportbot.domain.ticket.consequences import Dropped, page_failed, settle, timer_fired
from supportbot.domain.ticket.opening import heard
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import NewTimer, Timer, TimerKind
from supportbot.domain.triage.message import Sender
from tests.domain.samples import DESK, NOON, P1, message, opened, playbooks

E = TypeVar("E", bound=e.Event)


class Story:
    """Begins with a ticket that opens; then people act and the clock moves."""

    def __init__(
        self,
        terms: Severity = P1,
        now: datetime = NOON,
        policy: Playbooks | None = None,
        **changes: Any,
    ) -> None:
        self.playbooks = policy or playbooks()
        self.now = now
        self.events: list[e.Event] = []
        self.timers: dict[TimerKind, NewTimer] = {}
        self.deliveries: list[NewDelivery] = []
        self.dropped: list[str] = []
        event = opened(terms, now, **changes)
        self._apply(settle(None, (event,), self.playbooks, DESK, now, reply="receipt"))

    def _apply(self, change: Change) -> None:
        for kind in change.cancel:
            self.timers.pop(kind, None)
        for timer in change.timers:
            self.timers[timer.kind] = timer
        self.ticket: Ticket = change.ticket
        self.events += change.events
        self.deliveries += change.deliveries

    def act(self, command: c.Command) -> c.Refused | None:
        if isinstance(command, Approve | Decline):
            decision = answered(self.ticket, command, self.playbooks, self.now)
        elif isinstance(command, snoozing.Snooze):
            decision = snoozing.decide(self.ticket, command, self.playbooks, self.now)
        elif isinstance(command, waiting.Wait):
            decision = waiting.decide(self.ticket, command, self.playbooks, self.now)
        elif isinstance(command, timebox.Extend):
            decision = timebox.decide(self.ticket, command, self.playbooks, self.now)
        elif isinstance(command, shift_change.Keep):
            decision = shift_change.decide(self.ticket, command, self.playbooks, self.now)
        else:
            decision = c.decide(self.ticket, command, self.playbooks, self.now)
        if isinstance(decision, c.Refused):
            return decision
        self._apply(settle(self.ticket, decision, self.playbooks, DESK, self.now))
        return None

    def do(self, command: c.Command) -> Self:
        refused = self.act(command)
        assert refused is None, refused
        return self

    def escalate(self, by: str = "ines") -> c.Refused | None:
        moved = escalate_now(self.ticket, by, self.playbooks, self.now)
        if isinstance(moved, c.Refused):
            return moved
        self._apply(settle(self.ticket, (), self.playbooks, DESK, self.now, moved=moved))
        return None

    def hear(
        self, text: str = "still broken", by: str | None = "mara", *, outage: bool = False
    ) -> Self:
        """A message of the conversation, written by a person of the playbooks or by a stranger."""
        known = self.playbooks.people.get(by or "")
        sender = Sender(slack=known.slack if known else "USTRANGER", name=by)
        said = message(text, sender=sender, key=f"m{len(self.events)}")
        events = heard(self.ticket, said, by, self.playbooks.team(), self.now)
        events += heard_while_waiting(
            self.ticket, said, by, self.playbooks, self.now, outage=outage
        )
        self._apply(settle(self.ticket, events, self.playbooks, DESK, self.now))
        return self

    def happen(self, *events: e.Event) -> Self:
        """Something that nobody commands, such as another ticket that attaches."""
        self._apply(settle(self.ticket, events, self.playbooks, DESK, self.now))
        return self

    def page_dies(self, page: NewDelivery) -> Self:
        return self.fail(
            e.PageFailed(
                at=self.now,
                position=page.payload["position"],
                person=page.target["person"],
                reason="Slack is away",
                round=page.payload["round"],
            )
        )

    def fail(self, failed: e.PageFailed) -> Self:
        self._apply(page_failed(self.ticket, failed, self.playbooks, DESK, self.now))
        return self

    def until(self, now: datetime) -> Self:
        """The clock moves to `now`; whatever comes due on the way fires when it is due."""
        while self.timers:
            timer = min(self.timers.values(), key=lambda timer: timer.due)
            if timer.due > now:
                break
            self.now = max(self.now, timer.due)
            self._fire(timer)
        self.now = now
        return self

    def asleep_until(self, now: datetime) -> Self:
        """Nothing runs until `now`; then whatever is due fires, the most overdue first."""
        self.now = now
        return self.until(now)

    def _fire(self, timer: NewTimer) -> None:
        del self.timers[timer.kind]
        row = Timer(1, self.ticket.number, timer.kind, timer.due, timer.round, timer.position)
        outcome = timer_fired(self.ticket, row, self.playbooks, DESK, self.now)
        if isinstance(outcome, Dropped):
            self.dropped.append(outcome.reason)
        else:
            self._apply(outcome)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def sent(self, kind: str) -> list[NewDelivery]:
        return [delivery for delivery in self.deliveries if delivery.kind == kind]

    def paged(self) -> list[str]:
        return [page.target["person"] for page in self.sent("slack.page")]

    def due(self, kind: TimerKind) -> datetime | None:
        return self.timers[kind].due if kind in self.timers else None

    def called(self) -> list[tuple[str, Sequence[str]]]:
        """`HH:MM` and the people of each step that went out."""
        return [(f"{event.at:%H:%M}", event.people) for event in self.of(e.Reached)]
