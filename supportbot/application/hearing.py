"""Since when Slack was last certainly heard, and reading up on what was said while it was not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from supportbot.application.context import Context
from supportbot.application.ports import UnitOfWork
from supportbot.application.steps import Stepped
from supportbot.domain.ticket import OPEN, State

log = structlog.get_logger()

HEARD = "slack heard"
# Reading up begins somewhat before the mark: there is no need to write it more often.
NOTED_EVERY = timedelta(minutes=1)
_AGAIN = timedelta(minutes=1)
_STATES: frozenset[State] = OPEN | {"resolved"}
_MOST_THREADS = 200

Thread = tuple[str, str]
# Hands in all that was written since then, in channels and in these threads (channel, ts of the
# root); whether nothing was left unread.
ReadUp = Callable[[datetime, Sequence[Thread]], bool]


class Hearing:
    """One who listens calls `step` now and then, and `lost` whenever something may have been
    missed: at the start it always may."""

    def __init__(
        self,
        context: Context,
        read_up: ReadUp,
        is_connected: Callable[[], bool],
        furthest: timedelta,
    ) -> None:
        """`furthest`: how far back a message is still known for the one it is."""
        self._context = context
        self._furthest = furthest
        self._read_up = read_up
        self._is_connected = is_connected
        self._behind = threading.Event()
        self._behind.set()
        self._not_before: datetime | None = None

    def lost(self) -> None:
        """Something may have been said that nobody heard. May be called from any thread."""
        self._behind.set()

    def step(self) -> Stepped:
        """Read up where it is needed, and note that we hear."""
        now = self._context.clock.now()
        if not self._is_connected():
            self._behind.set()
            return Stepped(busy=False)
        since = self._context.store.read(lambda uow: uow.marks.get(HEARD))
        behind = self._behind.is_set()
        if behind:
            if self._not_before is not None and now < self._not_before:
                return Stepped(busy=False, wake_at=self._not_before)
            if not self._catch_up(since, now):
                return Stepped(busy=False, wake_at=self._not_before)
        elif since is not None and now - since < NOTED_EVERY:
            return Stepped(busy=False, wake_at=since + NOTED_EVERY)
        self._context.store.write(lambda uow: uow.marks.put(HEARD, now))
        return Stepped(busy=behind, wake_at=now + NOTED_EVERY)

    def _catch_up(self, since: datetime | None, now: datetime) -> bool:
        """Whether nothing is missing any more. What is lost meanwhile sets the flag again."""
        self._behind.clear()
        if since is None or self._read_up(max(since, now - self._furthest), self._threads()):
            self._not_before = None
            return True
        log.warning("slack_catch_up_incomplete", since=since.isoformat())
        self._behind.set()
        self._not_before = now + _AGAIN
        return False

    def _threads(self) -> Sequence[Thread]:
        return self._context.store.read(_open_threads)


def _open_threads(uow: UnitOfWork) -> Sequence[Thread]:
    """Where an answer from a reporter may stand, the newest tickets first."""
    places = (ticket.reply_to for ticket in uow.tickets.listing(_STATES, _MOST_THREADS))
    slack = (place.address for place in places if place is not None and place.kind == "slack")
    return [(one["channel"], one["thread"]) for one in slack if one.get("thread")]
