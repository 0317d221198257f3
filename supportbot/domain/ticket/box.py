"""First line's time: how much of it has been worked, whoever held the ticket."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.working_time import Delay, WorkingHours


@dataclass(frozen=True, slots=True)
class Box:
    """`worked` had been used up at `since`, from when on it runs (aware UTC; None: it stands) while
    the `hours` of whoever holds the ticket last (None: at any time). `extended` is how long it is
    in all, once that was asked for."""

    worked: timedelta = timedelta(0)
    since: datetime | None = None
    hours: WorkingHours | None = None
    extended: timedelta | None = None

    def worked_at(self, now: datetime) -> timedelta:
        """How much is used up at `now` (aware)."""
        if self.since is None:
            return self.worked
        if self.hours is None:
            return self.worked + max(timedelta(0), now - self.since)
        return self.worked + working_time.elapsed_between(self.since, now, self.hours)

    def used_up(self, length: timedelta) -> datetime | None:
        """When `length` is used up if it runs on (UTC); None while it stands."""
        if self.since is None:
            return None
        return after(self.since, max(timedelta(0), length - self.worked), self.hours)

    def stopped(self, at: datetime) -> Box:
        return replace(self, worked=self.worked_at(at), since=None)

    def started(self, at: datetime, hours: WorkingHours | None) -> Box:
        return replace(self, since=at, hours=hours)


def after(start: datetime, length: timedelta, hours: WorkingHours | None) -> datetime:
    """When `length` of somebody's `hours` has passed since `start` (aware); UTC."""
    if hours is None:
        return start + length
    return working_time.add(start, Delay(length, "working"), hours)
