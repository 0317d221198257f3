"""Timers: what must happen to a ticket at a time, as values; the rows are made from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

TimerKind = Literal[
    "escalate",
    "first_answer",
    "approval",
    "next_update",
    "remind_acknowledged",
    "timebox_ask",
    "timebox_end",
    "close",
    "event_week",
    "event_day",
    "event_over",
    "revert",
    "snooze",
    "acknowledge_each",
    "all_hands",
    "shift",
    "lapse",
    "chase",
]


@dataclass(frozen=True, slots=True)
class NewTimer:
    """Due at `due` (aware UTC). One of a kind is pending for a ticket: a new one replaces it."""

    kind: TimerKind
    due: datetime
    round: int = 1
    position: int = 0


@dataclass(frozen=True, slots=True)
class Timer:
    """A pending timer as the store hands it out."""

    id: int
    ticket: int
    kind: TimerKind
    due: datetime
    round: int
    position: int
    failures: int = 0


# A timer or delivery whose handling raised this often is set aside, where a person sees it.
TRIES_BEFORE_PARKED = 3
