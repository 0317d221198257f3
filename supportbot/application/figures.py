"""The figures of a running desk, for whoever watches it: what waits, for how long, and how it went.

What is cheap enough to ask every few seconds is in `Figures`; what grows with the desk's whole past
is in `Totals`, and may be asked once a minute. Nothing in them names a ticket or a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

# Until when a first acknowledgement came, to be told apart: from half a minute to a day.
ACKNOWLEDGED_WITHIN: tuple[timedelta, ...] = tuple(
    timedelta(seconds=seconds)
    for seconds in (30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
)
LATELY = timedelta(hours=1)

# Held: it goes where another delivery has yet to make a place (or never will, if that is dead).
DeliveryState = Literal["waiting", "retrying", "held", "dead"]


@dataclass(frozen=True, slots=True)
class DeliveryClass:
    """What a delivery goes by (`slack`, `mail`, `github`), and whether it is a page."""

    medium: str
    page: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxFigures:
    """`waiting` are not yet read; `oldest` is the age of the first of them."""

    waiting: int = 0
    oldest: timedelta = timedelta(0)
    parked: int = 0
    quarantined: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFigures:
    """`overdue` are due and have not fired, the first of them since `overdue_by`.

    `alive_at`: when the timers were last looked after (aware UTC); None when they never were.
    """

    pending: int = 0
    overdue: int = 0
    overdue_by: timedelta = timedelta(0)
    parked: int = 0
    alive_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFigures:
    """How many are in each state; `oldest` is the age of the first that could go out."""

    count: Mapping[DeliveryState, int] = field(default_factory=dict)
    oldest: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The desk at `at` (aware UTC). `tickets` are by state and severity, without the closed."""

    at: datetime
    tickets: Mapping[tuple[str, str], int] = field(default_factory=dict)
    inbox: InboxFigures = InboxFigures()
    timers: TimerFigures = TimerFigures()
    deliveries: Mapping[DeliveryClass, DeliveryFigures] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """First acknowledgements: `within[i]` took at most ACKNOWLEDGED_WITHIN[i], and more than the
    one before; the last of `within` took longer than all. `total` is their time together."""

    within: tuple[int, ...]
    total: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredLately:
    """Timers that were due in the last hour and fired: how many, and how late."""

    count: int = 0
    mean: timedelta = timedelta(0)
    worst: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class EventsAsked:
    """Events asked for in tickets: how many, how many of them late; on average, the notice given
    and the lag until they were tracked."""

    count: int
    late: int
    notice: timedelta
    lag: timedelta


@dataclass(frozen=True, slots=True)
class ChangesStanding:
    """Temporary changes that are not undone yet, and those of them that should be."""

    count: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What has been, as of `at` (aware UTC): closed tickets and acknowledgements by severity since
    the desk began; timers fired and deliveries sent in the last hour; events by the state of what
    was asked, and temporary changes."""

    at: datetime
    closed: Mapping[str, int] = field(default_factory=dict)
    acknowledged: Mapping[str, Acknowledged] = field(default_factory=dict)
    fired: FiredLately = FiredLately()
    sent: Mapping[DeliveryClass, int] = field(default_factory=dict)
    events: Mapping[str, EventsAsked] = field(default_factory=dict)
    changes: ChangesStanding = ChangesStanding()


class FiguresSource(Protocol):
    def figures(self, now: datetime) -> Figures:
        """What is now: cheap, however long the desk has been running."""

    def totals(self, now: datetime) -> Totals:
        """What has been: its cost grows with the number of tickets there ever were."""
