"""What the desk knows: tickets, where their conversations are, and why they are as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from supportbot.domain.on_call.absence import Absence
from supportbot.domain.on_call.rota_change import RotaChange
from supportbot.domain.on_call.rotation import Shift
from supportbot.domain.ticket.events import Event, SeverityChanged
from supportbot.domain.ticket.ticket import State, Ticket
from supportbot.domain.triage.background import NOTHING, Background, Earlier
from supportbot.domain.triage.message import File, InboundMessage
from supportbot.domain.triage.rule import Where


class Tickets(Protocol):
    def next_number(self) -> int: ...

    def get(self, number: int, *, lock: bool = False) -> Ticket | None:
        """A ticket; `lock` keeps others from changing it until the transaction ends."""

    def get_many(self, numbers: Sequence[int]) -> Mapping[int, Ticket]:
        """Tickets by number, locked, in one query."""

    def listing(self, states: frozenset[State], limit: int = 200) -> Sequence[Ticket]:
        """Tickets in these states, the newest first; no drills."""

    def drills(self, limit: int) -> Sequence[Ticket]:
        """The newest drills, the newest first."""

    def owned(self, limit: int) -> Sequence[Ticket]:
        """The open tickets that somebody owns a line of, locked, the oldest first."""

    def similar(self, hub: str, symptom: str, since: datetime) -> Sequence[Ticket]:
        """The open tickets of this hub and symptom since then that are not attached and wait for
        nobody, the oldest first, 20 at most."""

    def beside(self, hub: str, hubs: Sequence[str], since: datetime) -> Sequence[Earlier]:
        """What failed at `hub` since then, the newest 200, and the first open incident of each of
        `hubs`; oldest first."""

    def problems(self, since: datetime) -> Mapping[str, int]:
        """How many tickets since then look like each known problem."""

    def attached_to(self, number: int) -> Sequence[Ticket]: ...

    def of_reporter(self, reporter: str, since: datetime) -> Sequence[Ticket]:
        """The open tickets of a reporter (`Ticket.reporter_key`) since then, the newest first."""

    def events(self, number: int) -> Sequence[Event]: ...

    def severity_changes(
        self, since: datetime, limit: int
    ) -> Sequence[tuple[int, SeverityChanged]]:
        """The newest changes of severity by hand from then on, each with its ticket, ticket by
        ticket in the order of time."""


@dataclass(frozen=True, slots=True)
class Threaded:
    """The ticket a conversation belongs to, and the key that showed it."""

    ticket: int
    key: str


class Threads(Protocol):
    def find(self, keys: Sequence[str]) -> Threaded | None:
        """The first of these keys that is known."""

    def add(self, key: str, ticket: int) -> None:
        """A key that is known goes over to this ticket."""

    def keep(self, keys: Sequence[str], ticket: int) -> None:
        """Those that are not known become this ticket's."""

    def move(self, ticket: int, into: int) -> None:
        """Every key of a ticket goes over to another."""

    def lately(self, prefix: str, since: datetime, limit: int) -> Sequence[str]:
        """Keys that begin so, of tickets that are not closed or were since then, newest first."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a ticket as it is listed; `key` is its message's."""

    file: File
    key: str
    at: datetime


class Files(Protocol):
    """Which files came with which ticket; their contents lie elsewhere, by hash."""

    def add(self, ticket: int, key: str, files: Sequence[File], now: datetime) -> None: ...

    def move(self, ticket: int, into: int) -> None:
        """Every file of a ticket goes over to another."""

    def of(self, ticket: int) -> Sequence[KeptFile]:
        """The files of a ticket in the order they came."""


class Places(Protocol):
    def get(self, ticket: int, name: str) -> Mapping[str, str] | None: ...

    def put(self, ticket: int, name: str, address: Mapping[str, str]) -> None: ...

    def ticket_at(self, name: str, address: Mapping[str, str]) -> int | None:
        """The ticket whose place `name` is at this address."""


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """Why a ticket is as it is: enough to show, and to compute again and compare."""

    at: datetime
    message: InboundMessage
    playbooks: str
    facts: Mapping[str, Any]
    decision: Mapping[str, Any]
    hits: tuple[str, ...]
    owners: Mapping[str, Any]
    timers: tuple[Mapping[str, Any], ...] = field(default=())
    background: Background = NOTHING
    commit: str = ""
    """The git commit of the playbooks, as `Playbooks.commit`."""
    where: Where | None = None
    changes: tuple[RotaChange, ...] = ()
    """What people had changed of the rotations for that moment."""
    leave: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict)
    """Who was on leave at that moment, by what had been read in calendars elsewhere."""
    shifts: Mapping[str, tuple[Shift, ...]] = field(default_factory=dict)
    """Their shifts at that moment, and the next ones, by the addresses."""
    """The place of the rule that decided."""


class Decisions(Protocol):
    def add(self, ticket: int, record: DecisionRecord) -> None: ...

    def get(self, ticket: int) -> DecisionRecord | None: ...

    def since(self, at: datetime, limit: int) -> Sequence[tuple[int, DecisionRecord]]:
        """The newest decisions made from `at` on, oldest first, each with its ticket."""


class Versions(Protocol):
    """The playbooks as they were, so that an old decision can be computed again."""

    def keep(self, version: str, files: Mapping[str, str], now: datetime) -> None: ...

    def get(self, version: str) -> Mapping[str, str] | None: ...


class Marks(Protocol):
    """Named moments that must outlive the process, such as when the timers last ran."""

    def get(self, name: str) -> datetime | None: ...

    def put(self, name: str, at: datetime) -> None: ...

    def take(self, prefix: str) -> Mapping[str, datetime]:
        """Those whose name begins so, which are marks no more."""
