"""A ticket's clocks other than the policy's: which events start them, and which stop them."""

from __future__ import annotations

from datetime import datetime

from supportbot.domain.on_call import working_time
from supportbot.domain.planned import timers as planned
from supportbot.domain.ticket import approving, snoozing
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket import shift_events as se
from supportbot.domain.ticket.ticket import OPEN, Ticket
from supportbot.domain.ticket.timer import NewTimer, TimerKind

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
        "snooze",
        "shift",
    }
)
_WHILE_ACKNOWLEDGED: frozenset[TimerKind] = frozenset(
    {"remind_acknowledged", "timebox_ask", "timebox_end"}
)


def stopped_by(event: e.Event) -> frozenset[TimerKind]:
    """The clocks that an event stops."""
    match event:
        case e.Acknowledged():
            return frozenset({"escalate"})
        case e.LetGo() | e.HandedOver():
            return _WHILE_ACKNOWLEDGED | {"escalate", "snooze"}
        case se.ShiftNotTaken(up=True):
            return _WHILE_ACKNOWLEDGED
        case e.Snoozed():
            return _WHILE_ACKNOWLEDGED
        case e.SeverityChanged() | e.Resolved() | e.ApprovalDeclined() | e.Closed() | e.Merged():
            return _ALL
        case e.Reopened():
            return frozenset({"close"})
        case e.Replied() | e.Heard(by_team=True):
            return frozenset({"first_answer"})
    return planned.stopped_by(event)


def started_by(ticket: Ticket, event: e.Event) -> list[NewTimer]:
    """The clocks (other than the policy's) that an event starts."""
    match event:
        case e.Opened() if ticket.approval is not None:
            return approving.clock(ticket)
        case e.Opened() | e.Reopened():
            return first_answer(ticket)
        case e.Acknowledged():
            return [*_next_update(ticket, event.at), *_held(ticket, event.at)]
        case e.SeverityChanged():
            held = _held(ticket, event.at) if ticket.state == "acknowledged" else []
            return [*first_answer(ticket), *_next_update(ticket, event.at), *held]
        case e.Snoozed() | e.Heard() | e.Attached():
            return snoozing.clocks(ticket, event)
        case e.Woken():
            return _held(ticket, event.at) if ticket.state == "acknowledged" else []
        case e.Replied():
            return _next_update(ticket, event.at)
        case e.Resolved() | e.ApprovalDeclined():
            silence = working_time.add(event.at, ticket.terms.close_after_silence)
            return [NewTimer("close", silence)]
    return planned.clocks(ticket, event)


def first_answer(ticket: Ticket) -> list[NewTimer]:
    """The clock of the first answer, while it is owed."""
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
