"""One transaction's view of the store, and the store; the clock; the playbooks in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from supportbot.application.figures import FiguresSource
from supportbot.application.ports.calendars import CalendarFeeds
from supportbot.application.ports.inbox import Inbox
from supportbot.application.ports.load import LoadSource
from supportbot.application.ports.planned import Planned
from supportbot.application.ports.rota import CoverRequests, Rota
from supportbot.application.ports.tickets import (
    Decisions,
    Files,
    Marks,
    Places,
    Threads,
    Tickets,
    Versions,
)
from supportbot.application.ports.work import Chores, Deliveries, Parked, Timers
from supportbot.application.pruning import Pruning
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket.change import Change

T = TypeVar("T")
Role = Literal["hearing", "intake", "timers", "chores", "deliveries"]


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware UTC. The only clock there is."""


class Conflict(Exception):
    """Somebody else changed the ticket in between; read it again."""


class UnitOfWork(Protocol):
    """One transaction's view of the store."""

    @property
    def inbox(self) -> Inbox: ...
    @property
    def tickets(self) -> Tickets: ...
    @property
    def threads(self) -> Threads: ...
    @property
    def places(self) -> Places: ...
    @property
    def files(self) -> Files: ...
    @property
    def timers(self) -> Timers: ...
    @property
    def chores(self) -> Chores: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def versions(self) -> Versions: ...
    @property
    def marks(self) -> Marks: ...
    @property
    def planned(self) -> Planned: ...
    @property
    def rota(self) -> Rota: ...
    @property
    def cover_requests(self) -> CoverRequests: ...
    @property
    def calendar_feeds(self) -> CalendarFeeds: ...
    @property
    def pruning(self) -> Pruning: ...
    @property
    def figures(self) -> FiguresSource: ...
    @property
    def load(self) -> LoadSource: ...

    def apply(self, changes: Sequence[Change], now: datetime) -> None:
        """Write tickets, events, timers and deliveries. Raises Conflict when a version moved on."""

    def parked(self) -> Sequence[Parked]: ...

    def unpark(self, what: str, row: int, now: datetime) -> bool: ...


class Store(Protocol):
    def write(self, job: Callable[[UnitOfWork], T]) -> T:
        """Run `job` in a transaction and return once it is durable. What it raises undoes it."""

    def read(self, job: Callable[[UnitOfWork], T]) -> T:
        """Run `job` on one consistent view, writing nothing."""

    def wait(self, role: Role, timeout: float) -> None:
        """Sleep until something was written for this role, or `timeout` seconds are over."""

    def wake(self) -> None:
        """End every `wait` of this process: it is about to stop."""


class PlaybookShelf(Protocol):
    """The playbooks in force, and the old ones."""

    @property
    def current(self) -> Playbooks: ...

    def files(self, version: str) -> Mapping[str, str]:
        """The text behind `current`, or behind what was that a moment ago."""

    def parse(self, files: Mapping[str, str]) -> Playbooks:
        """Playbooks from kept text, with the version that text has."""
