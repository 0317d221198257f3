"""Calendars that stand elsewhere, and what was last read in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from supportbot.domain.on_call.absence import Absence
from supportbot.domain.on_call.rotation import Roster, Shift
from supportbot.domain.policy.playbook import Person


@dataclass(frozen=True, slots=True)
class CalendarAnswer:
    """What a calendar's address answered; no `body` where nothing is new."""

    body: bytes | None
    etag: str | None


FetchCalendar = Callable[[str, str | None], CalendarAnswer]
"""By address and the last ETag. Raises OSError, which says why it could not be fetched."""
ReadLeave = Callable[[bytes, str, str], Sequence[Absence]]
"""The leave in a calendar's text; its name and the zone of its days. Raises ValueError."""
ReadShifts = Callable[[bytes, str, str, Mapping[str, Person]], Roster]
"""The same for the shifts of these people."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The last good content of a calendar: `read_at` is when it was read (aware UTC), or when it
    was first tried in vain. `error` is what the last try met; `zone` is that of its days."""

    url: str
    zone: str
    read_at: datetime
    absences: tuple[Absence, ...] = ()
    etag: str | None = None
    error: str | None = None
    shifts: tuple[Shift, ...] = ()


class CalendarFeeds(Protocol):
    def all(self) -> Mapping[str, Feed]:
        """By their addresses."""

    def put(self, feed: Feed) -> None: ...
