"""Since when Slack was last certainly heard, and reading up on what was said while it was not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from supportbot.application.context import Context
from supportbot.application.steps import Stepped

log = structlog.get_logger()

HEARD = "slack heard"
# Reading up begins somewhat before the mark: there is no need to write it more often.
NOTED_EVERY = timedelta(minutes=1)
_AGAIN = timedelta(minutes=1)
# A closed ticket's thread goes on for as long as it may be reopened, by default.
_STILL_ANSWERED = timedelta(days=14)
_MOST_THREADS = 200
_THREADS = "slack:thread:"

# Hands in all that was written since then, in channels and in these threads (by their keys);
# whether nothing was left unread.
ReadUp = Callable[[datetime, Sequence[str]], bool]


class Hearing:
    """One who listens calls `step` now and then, and `lost` whenever something may have been
    missed: at the start it always may."""

    def __init__(
        self,
        context: Context,
        read_up: ReadUp,
        is_connected: Callable[[], bool],
        furthest: timedelta,
        anyway_every: timedelta | None = None,
    ) -> None:
        """`furthest`: how far back a message is still known for the one it is. `anyway_every`: how
        often to read up where nobody tells of an outage."""
        self._context = context
        self._furthest = furthest
        self._anyway_every = anyway_every
        self._read_at: datetime | None = None
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
        if self._is_time_anyway(now):
            self._behind.set()
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

    def _is_time_anyway(self, now: datetime) -> bool:
        every, last = self._anyway_every, self._read_at
        return every is not None and last is not None and now - last >= every

    def _catch_up(self, since: datetime | None, now: datetime) -> bool:
        """Whether nothing is missing any more. What is lost meanwhile sets the flag again."""
        self._behind.clear()
        if since is None or self._read_up(max(since, now - self._furthest), self._threads()):
            self._not_before, self._read_at = None, now
            return True
        log.warning("slack_catch_up_incomplete", since=since.isoformat())
        self._behind.set()
        self._not_before = now + _AGAIN
        return False

    def _threads(self) -> Sequence[str]:
        since = self._context.clock.now() - _STILL_ANSWERED
        return self._context.store.read(
            lambda uow: uow.threads.lately(_THREADS, since, _MOST_THREADS)
        )
