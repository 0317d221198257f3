"""What a ticket's clocks are for, in words."""

from __future__ import annotations

from collections.abc import Mapping

from supportbot.domain.ticket.timer import TimerKind

CLOCK_WORDS: Mapping[TimerKind, str] = {
    "escalate": "the policy's next step",
    "first_answer": "the first answer is due",
    "approval": "who is to approve is reminded",
    "next_update": "the next word to the reporter is due",
    "remind_acknowledged": "is somebody still on it?",
    "lapse": "without an answer the page goes on",
    "timebox_ask": "first line is asked how it goes",
    "timebox_end": "first line's time is over",
    "close": "closed, if nobody writes",
    "snooze": "it has rested",
    "chase": "whom it waits for is chased",
    "revert": "a temporary change is to be undone",
    "event_week": "a week before the event",
    "event_day": "a day before the event",
    "event_over": "after the event",
    "acknowledge_each": "who is still to acknowledge is called again",
    "all_hands": "all hands, if one is alone with it still",
    "shift": "the change of shift is over",
}
