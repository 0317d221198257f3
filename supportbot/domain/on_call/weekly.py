"""What comes once a week, when the clocks of a zone show a time of a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from supportbot.domain.on_call.hand_off import HandOff
from supportbot.domain.on_call.wall_clock import reading

WEEK = timedelta(days=7)
# A day of the clocks that is longer than others.
_LONGER = timedelta(hours=2)


def newest(when: HandOff, now: datetime) -> datetime:
    """The last time (UTC) at or before `now` (aware) at which the clocks showed it; `when` names a
    day of the week."""
    today = reading(now, when.zone).date()
    days = (today - timedelta(days=back) for back in range(8))
    shown = (when.on(day) for day in days if day.weekday() == when.weekday)
    return next(at for at in shown if at <= now)


def next_after(when: HandOff, now: datetime) -> datetime:
    """The first time (UTC) after `now` (aware) at which they show it."""
    return newest(when, newest(when, now) + WEEK + _LONGER)
