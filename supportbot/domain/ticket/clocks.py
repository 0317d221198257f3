"""A ticket's clocks other than the policy's: which events start them, and which stop them."""

from __future__ import annotations

from datetime import datetime

from supportbot.domain.on_call import working_time
from supportbot.domain.planned import timers as planned
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import approving, lapsing, snoozing, waiting
from supportbot.domain.ticket import clock_events as ce
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket import shift_events as se
from supportbot.domain.ticket.commands import promises
from supportbot.domain.ticket.evolving import is_sign_of_life
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
        "lapse",
        "chase",
    }
)
_WHILE_ACKNOWLEDGED: frozenset[TimerKind] = frozenset({"remind_acknowledged", "lapse"})


def stopped_by(ticket: Ticket, event: e.Event) -> frozenset[TimerKind]:
    """The clocks that an event stops; `ticket` is as it is after it."""
    stopped = _stopped_by(event)
    return stopped | {"lapse"} if is_sign_of_life(ticket, event) else stopped


def _stopped_by(event: e.Event) -> frozenset[TimerKind]:
    match event:
        case e.Acknowledged():
            return frozenset({"escalate"})
        case e.LetGo() | e.HandedOver():
            return _WHILE_ACKNOWLEDGED | {"escalate", "snooze", "chase"}
        case se.ShiftNotTaken(up=True):
            return _WHILE_ACKNOWLEDGED | {"chase"}
        case e.Snoozed():
            return _WHILE_ACKNOWLEDGED
        case ce.WaitBegan():
            stopped: frozenset[TimerKind] = _WHILE_ACKNOWLEDGED | {"escalate", "snooze"}
            # Nothing is promised to whoever is asked for the next word themselves.
            return stopped | {"next_update"} if event.party == "reporter" else stopped
        case ce.WaitEnded():
            return frozenset({"chase"})
        case e.SeverityChanged() | e.Resolved() | e.ApprovalDeclined() | e.Closed() | e.Merged():
            return _ALL
        case e.Reopened():
            return frozenset({"close"})
        case e.Replied() | e.Heard(by_team=True):
            return frozenset({"first_answer"})
    return planned.stopped_by(event)


def started_by(ticket: Ticket, event: e.Event, playbooks: Playbooks) -> list[NewTimer]:
    """The clocks (other than the policy's) that an event starts; first line's time has its own."""
    return [*lapsing.renewed(ticket, event, playbooks), *_started_by(ticket, event, playbooks)]


def _started_by(  # noqa: C901 - a branch an event
    ticket: Ticket, event: e.Event, playbooks: Playbooks
) -> list[NewTimer]:
    match event:
        case e.Opened() if ticket.approval is not None:
            return approving.clock(ticket)
        case e.Opened() | e.Reopened():
            return first_answer(ticket)
        case e.Acknowledged():
            held = lapsing.reminder(ticket, playbooks, event.at)
            return [*_next_update(ticket, event.at), *held]
        case e.SeverityChanged():
            held = lapsing.reminder(ticket, playbooks, event.at)
            chase = waiting.clocks(ticket, event.at)
            return [*first_answer(ticket), *_next_update(ticket, event.at), *held, *chase]
        case ce.WaitBegan():
            return waiting.clocks(ticket, event.at)
        case ce.WaitEnded():
            held = lapsing.reminder(ticket, playbooks, event.at)
            return [*_promised(ticket), *held]
        case e.Snoozed() | e.Heard() | e.Attached():
            return snoozing.clocks(ticket, event)
        case e.Woken():
            return lapsing.reminder(ticket, playbooks, event.at)
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
    if not every or not promises(ticket):
        return []
    # A word that was promised sooner stays due, whoever acknowledges in between.
    sooner = ticket.first_answer_at and promised and now < promised < now + every
    return [NewTimer("next_update", promised if sooner and promised else now + every)]


def _promised(ticket: Ticket) -> list[NewTimer]:
    """The clock of the next word, where one is promised: the wait may have stopped it."""
    if not ticket.terms.next_update or ticket.next_word_at is None:
        return []
    return [NewTimer("next_update", ticket.next_word_at)]
