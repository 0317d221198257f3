"""Drives the roles of a desk from one due row to the next, asking only those that have one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from supportbot.bootstrap import Bot
from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.drive import GoingInCircles
from tests.simulation.home import Home

# The house is kept every quarter of a minute; a week has too many of them.
_HOUSE_KEPT_EVERY = timedelta(hours=1)
_MOST_STEPS = 2_000


class Driving:
    """One life of a bot. `at_rest` is called whenever nothing is left to do at the present time.

    Sends take time, so it may be later afterwards than it was to be.
    """

    def __init__(
        self, bot: Bot, home: Home, clock: VirtualClock, at_rest: Callable[[], None]
    ) -> None:
        self._bot = bot
        self._home = home
        self._clock = clock
        self._at_rest = at_rest
        self._kept_at: datetime | None = None

    def run_to(self, end: datetime) -> None:
        """Live until `end`, stopping at every due row on the way. Raises GoingInCircles."""
        due = self._settle()
        while due is not None and due <= end:
            # A row that stays due waits for something else: time has to pass.
            later = self._clock.now() + timedelta(seconds=1)
            self._clock.move_to(due if due > self._clock.now() else later)
            due = self._settle()
        if self._clock.now() < end:
            self._clock.move_to(end)
            self._settle()

    def _settle(self) -> datetime | None:
        due = self._step()
        if self._kept_at is None or self._clock.now() - self._kept_at >= _HOUSE_KEPT_EVERY:
            self._kept_at = self._clock.now()
            self._bot.keep_house()
            # Whether or not any is due, this notes that timers are being fired.
            self._bot.steps["timers"]()
            due = self._step()
        self._at_rest()
        return due

    def _step(self) -> datetime | None:
        """Step what is due until nothing is; when the next thing comes due."""
        steps = self._bot.steps
        dues = self._home.next_dues(())
        for _ in range(_MOST_STEPS):
            now = self._clock.now()
            due = [role for role in steps if (at := dues[role]) is not None and at <= now]
            busy = [steps[role]().busy for role in due]
            dues = self._home.next_dues(due)
            if not any(busy):
                return min((at for at in dues.values() if at is not None), default=None)
        raise GoingInCircles(f"still busy at {self._clock.now()} after {_MOST_STEPS} steps")
