"""Which chores the desk has, and when each is due for the first time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from supportbot.application import cover_requests, leave, outlook, user_groups
from supportbot.application.chores import Handlers

CHORES: Handlers = {
    cover_requests.CHORE: cover_requests.remind,
    leave.CHORE: leave.look,
    outlook.CHORE: outlook.look_ahead,
    user_groups.CHORE: user_groups.follow,
}
"""By what stands before the first dot of a chore's name."""


def standing(now: datetime) -> Mapping[str, datetime]:
    """The chores that there always are; one that waits already keeps its time."""
    return {leave.CHORE: now, outlook.CHORE: now, user_groups.CHORE: now}
