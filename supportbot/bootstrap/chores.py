"""Which chores the desk has, and when each is due for the first time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from supportbot.adapters.playbook_files.calendars import read_calendar, read_leave
from supportbot.application import (
    calendar_feeds,
    cover_requests,
    drill,
    leave,
    look_ahead,
    outlook,
    shift_change,
    shift_notices,
    shift_prompts,
    user_groups,
)
from supportbot.application.chores import Handlers

CHORES: Handlers = {
    calendar_feeds.CHORE: calendar_feeds.following(None, read_leave, read_calendar),
    cover_requests.CHORE: cover_requests.remind,
    drill.CHORE: drill.begin,
    drill.FOR: drill.go_on,
    drill.OVER: drill.end,
    leave.CHORE: leave.look,
    look_ahead.CHORE: look_ahead.looking(None),
    look_ahead.TOLD: look_ahead.forget,
    outlook.CHORE: outlook.look_ahead,
    shift_change.CHORE: shift_change.look,
    shift_notices.CHORE: shift_notices.tell,
    shift_prompts.CHORE: shift_prompts.ask,
    user_groups.CHORE: user_groups.follow,
}
"""By what stands before the first dot of a chore's name."""

_STANDING = (
    calendar_feeds.CHORE,
    drill.CHORE,
    leave.CHORE,
    look_ahead.CHORE,
    outlook.CHORE,
    shift_change.CHORE,
    shift_notices.CHORE,
    shift_prompts.CHORE,
    user_groups.CHORE,
)


def standing(now: datetime) -> Mapping[str, datetime]:
    """The chores that there always are; one that waits already keeps its time."""
    return dict.fromkeys(_STANDING, now)
