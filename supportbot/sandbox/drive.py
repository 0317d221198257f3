"""Drives the production roles on one thread and a virtual clock, from one due row to the next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from supportbot.bootstrap import Bot
from supportbot.sandbox.clock import VirtualClock

# A role that is still busy after this many steps is going in circles.
_MOST_STEPS = 10_000


class GoingInCircles(RuntimeError):
    """The roles never came to rest, or what was waited for never came due."""


class Driver:
    """Steps the roles of `bot` until nothing is due, then moves `clock` to what comes due next.

    All steps run on the caller's thread, one after the other, so that nothing is leased whenever
    the clock jumps.
    """

    def __init__(self, bot: Bot, clock: VirtualClock) -> None:
        self._bot = bot
        self._clock = clock

    def settle(self) -> None:
        """Run every role until none has anything to do at the present time."""
        for _ in range(_MOST_STEPS):
            stepped = [step() for step in self._bot.steps.values()]
            if not any(step.busy for step in stepped):
                return
        raise GoingInCircles(f"still busy at {self._clock.now()} after {_MOST_STEPS} steps")

    def next_due(self) -> datetime | None:
        """When the next row comes due, or None when nothing waits for a time."""
        rows = self._bot.context.store.read(
            lambda uow: (
                uow.inbox.next_due(),
                uow.timers.next_due(),
                uow.chores.next_due(),
                uow.deliveries.next_due(),
            )
        )
        return min((due for due in rows if due is not None), default=None)

    def run_for(self, span: timedelta) -> None:
        """Live through `span`, stopping at every due row on the way."""
        self.run_to(self._clock.now() + span)

    def run_to(self, end: datetime) -> None:
        """Live until `end`, stopping at every due row on the way."""
        self.settle()
        while (due := self.next_due()) is not None and due <= end:
            self._move(due)
        self._clock.move_to(end)
        self.settle()

    def run_until(self, reached: Callable[[], bool], within: timedelta) -> None:
        """Jump from due row to due row until `reached` holds; raises when `within` is over."""
        end = self._clock.now() + within
        self.settle()
        while not reached():
            due = self.next_due()
            if due is None or due > end:
                raise GoingInCircles(f"did not happen by {end}; next due: {due}")
            self._move(due)

    def _move(self, due: datetime) -> None:
        # A row that stays due although nobody is busy with it waits for something else: let time
        # pass slowly rather than not at all.
        later = self._clock.now() + timedelta(seconds=1)
        self._clock.move_to(due if due > self._clock.now() else later)
        self.settle()
