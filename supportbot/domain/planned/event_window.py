"""Event windows: a workshop, a class or an exam on a hub, and the attention that it gets.

An event is a value, whether it stands in the playbooks or was asked for in a ticket. Its times are
instants; its zone is only for saying them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from supportbot.domain.on_call.wall_clock import spoken

FREEZE_BEFORE = timedelta(days=1)
"""Changes stop this long before an event begins, and until it is over."""

MOST_WINDOWS = 200


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to before `end` (aware UTC)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPlan:
    """What is planned on a hub (its key) of a community. `windows` are in order and apart.

    During the windows the `engineers` (keys of people) are called with step 1 of whatever the
    community reports; in `ready_mode` the tighter terms hold. `freeze`: no changes to the hub from
    a day before it begins until it is over.
    """

    name: str
    community: str
    hub: str
    windows: tuple[Window, ...]
    people: int | None = None
    ready_mode: bool = False
    engineers: tuple[str, ...] = ()
    freeze: bool = False
    zone: str = "UTC"

    @property
    def start(self) -> datetime:
        return self.windows[0].start

    @property
    def end(self) -> datetime:
        return self.windows[-1].end

    @property
    def hub_id(self) -> str:
        return f"{self.community}/{self.hub}"

    @property
    def when(self) -> str:
        """Its windows as people of its zone say them."""
        return "; ".join(
            f"{spoken(w.start, self.zone)} to {spoken(w.end, self.zone)}" for w in self.windows
        )

    def window_at(self, at: datetime) -> Window | None:
        """The window that is on at `at` (aware)."""
        return next((w for w in self.windows if w.start <= at < w.end), None)

    def is_on(self, at: datetime) -> bool:
        return self.window_at(at) is not None

    def is_frozen(self, at: datetime) -> bool:
        """Whether changes to its hub wait at `at` (aware)."""
        return self.freeze and self.start - FREEZE_BEFORE <= at < self.end


@dataclass(frozen=True, slots=True)
class Attention:
    """What the events of a community mean for a message: the one that is on (its name), whether in
    ready mode, and the engineers who are named for now, `until` the last window that is on ends."""

    event: str | None = None
    ready_mode: bool = False
    engineers: tuple[str, ...] = ()
    until: datetime | None = None


NONE = Attention()


def attention(
    plans: Iterable[EventPlan], community: str, hub: str | None, at: datetime
) -> Attention:
    """What is on at `at` (aware) on a hub (its key), or on any hub where it is None.

    Of several, one in ready mode goes before the others. Engineers are named for the community.
    """
    theirs = ((plan, plan.window_at(at)) for plan in plans if plan.community == community)
    on = [(plan, window) for plan, window in theirs if window]
    here = [plan for plan, _ in on if hub in (None, plan.hub)]
    first = min(here, key=lambda plan: not plan.ready_mode, default=None)
    engineers = dict.fromkeys(person for plan, _ in on for person in plan.engineers)
    return Attention(
        first.name if first else None,
        first is not None and first.ready_mode,
        tuple(engineers),
        max((window.end for plan, window in on if plan.engineers), default=None),
    )


def reversed_window(windows: Sequence[Window]) -> int | None:
    """The place of the first window that ends before it begins, or None."""
    return next((n for n, window in enumerate(windows) if window.start >= window.end), None)


def overlapping_window(windows: Sequence[Window]) -> int | None:
    """The place of a window that begins while another is still on, or None."""
    order = sorted(range(len(windows)), key=lambda place: windows[place].start)
    for before, place in pairwise(order):
        if windows[place].start < windows[before].end:
            return place
    return None


def in_order(windows: Iterable[Window]) -> tuple[Window, ...]:
    return tuple(sorted(windows, key=lambda window: window.start))


def freezes(plans: Iterable[EventPlan], hub: str | None, at: datetime) -> list[EventPlan]:
    """The events for which changes to a hub (its id; None: to any) wait at `at` (aware UTC), the
    last to end first."""
    found = [plan for plan in plans if hub in (None, plan.hub_id) and plan.is_frozen(at)]
    return sorted(found, key=lambda plan: plan.end, reverse=True)
