"""What the use cases ask of the outside: a clock, a store, and whoever can send.

Everything in one `write` is one transaction. A port hands out and takes domain values only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

from supportbot.application.figures import FiguresSource
from supportbot.application.pruning import Pruning
from supportbot.domain.change import Change
from supportbot.domain.delivery import NewDelivery, Receipt, SendTask
from supportbot.domain.events import Event
from supportbot.domain.message import File, InboundMessage
from supportbot.domain.playbook import Playbooks
from supportbot.domain.ticket import State, Ticket
from supportbot.domain.timer import Timer

T = TypeVar("T")
Role = Literal["hearing", "intake", "timers", "deliveries"]


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware UTC. The only clock there is."""


class Conflict(Exception):
    """Somebody else changed the ticket in between; read it again."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Something from outside, before anybody has read it. Any known key makes it a repetition.

    `raw` are the bytes of what is no text. `name` is what its sender calls it: should be unique,
    and where it is known from something else, the row says so (`same_name`).
    """

    source: str
    keys: tuple[str, ...]
    body: str
    received_at: datetime
    raw: bytes | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A claimed envelope. `tries` counts this claim; whoever finishes it shows `token`.

    `released`: a person took it out of quarantine, and it shall be a request.
    """

    id: int
    token: str
    source: str
    body: str
    received_at: datetime
    tries: int
    raw: bytes | None = None
    same_name: bool = False
    released: bool = False


class Inbox(Protocol):
    def add(self, envelope: Envelope) -> bool:
        """Keep it; False when any of its keys is known, and then nothing is written."""

    def add_claimed(self, envelope: Envelope, now: datetime, lease: timedelta) -> InboxRow | None:
        """Keep it and work on it at once; None when any of its keys is known."""

    def ticket_of(self, envelope: Envelope) -> int | None:
        """The ticket of what came with one of these keys, or this name, before."""

    def claim(self, now: datetime, limit: int, lease: timedelta) -> Sequence[InboxRow]:
        """Lease waiting rows, oldest first, counting a try each; a row tried before comes alone."""

    def finish(self, row: InboxRow, outcome: str, ticket: int | None, now: datetime) -> bool:
        """Done. False when the lease went to somebody else: then nothing may be written."""

    def quarantine(self, row: InboxRow, verdict: Quarantined, now: datetime) -> bool:
        """Kept aside, for a person to look at. False when the lease went to somebody else."""

    def quarantined(self, limit: int) -> Sequence[QuarantinedRow]:
        """What is in quarantine, the newest first."""

    def release(self, row: int, now: datetime) -> bool:
        """Out of quarantine: it is read again, as a request. False when it is not in there."""

    def raw(self, row: int) -> bytes | None:
        """What arrived in this row, as it came; None when there is no such row, or it is pruned."""

    def rows_of(self, ticket: int) -> Sequence[int]:
        """The rows that became this ticket or joined it, oldest first."""

    def put_back(self, row: InboxRow, error: str, due: datetime | None) -> None:
        """It crashed: try again at `due`, or park it for a person to see (None)."""

    def next_due(self) -> datetime | None:
        """When the next row may be claimed."""


class Tickets(Protocol):
    def next_number(self) -> int: ...

    def get(self, number: int, *, lock: bool = False) -> Ticket | None:
        """A ticket; `lock` keeps others from changing it until the transaction ends."""

    def get_many(self, numbers: Sequence[int]) -> Mapping[int, Ticket]:
        """Tickets by number, locked, in one query."""

    def listing(self, states: frozenset[State], limit: int = 200) -> Sequence[Ticket]:
        """Tickets in these states, the newest first."""

    def similar(self, hub: str, symptom: str, since: datetime) -> Ticket | None:
        """The oldest open ticket of this hub and symptom since then, itself not attached."""

    def attached_to(self, number: int) -> Sequence[Ticket]: ...

    def of_reporter(self, reporter: str, since: datetime) -> Sequence[Ticket]:
        """The open tickets of a reporter (`Ticket.reporter_key`) since then, the newest first."""

    def events(self, number: int) -> Sequence[Event]: ...


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


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a ticket as it is listed; `key` is its message's."""

    file: File
    key: str
    at: datetime


class Files(Protocol):
    """Which files came with which ticket; their contents lie elsewhere, by hash."""

    def add(self, ticket: int, key: str, files: Sequence[File], now: datetime) -> None: ...

    def of(self, ticket: int) -> Sequence[KeptFile]:
        """The files of a ticket in the order they came."""


class Places(Protocol):
    def get(self, ticket: int, name: str) -> Mapping[str, str] | None: ...

    def put(self, ticket: int, name: str, address: Mapping[str, str]) -> None: ...

    def ticket_at(self, name: str, address: Mapping[str, str]) -> int | None:
        """The ticket whose place `name` is at this address."""


class Timers(Protocol):
    def claim_due(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Due timers, the most overdue first, held until the transaction ends."""

    def finish(self, outcomes: Sequence[tuple[Timer, str]], now: datetime) -> None:
        """Each is over: `fired`, or why it was not."""

    def failed(self, timer: Timer, error: str, due: datetime | None) -> None:
        """Its decision raised: try again at `due`, or park it for a person to see (None)."""

    def next_due(self) -> datetime | None: ...

    def overdue(self, now: datetime) -> int: ...

    def pending(self, ticket: int) -> Sequence[Timer]:
        """What a ticket waits for, the next first."""

    def finished_between(self, due_from: datetime, due_to: datetime) -> Sequence[TimerOutcome]:
        """What became of the timers that were due in [due_from, due_to) and ended after it."""


@dataclass(frozen=True, slots=True)
class TimerOutcome:
    ticket: int
    kind: str
    due: datetime
    finished_at: datetime
    outcome: str


class Deliveries(Protocol):
    def add(self, deliveries: Sequence[NewDelivery], now: datetime) -> None: ...

    def claim(self, now: datetime, limit: int, lease: timedelta) -> Sequence[SendTask]:
        """Lease due deliveries, pages first, drawing on their lanes in the same transaction.

        One whose lane is full is put off until the lane has room; one whose place does not exist
        yet, or that has an earlier one of its stream before it, waits.
        """

    def sent(self, task: SendTask, receipt: Receipt, now: datetime) -> bool:
        """The other side took it. False when the claim is no longer ours."""

    def retry(self, task: SendTask, at: datetime, error: str, *, crashed: bool) -> bool: ...

    def dead(self, task: SendTask, reason: str, now: datetime) -> bool: ...

    def close_lane(self, lane: str, until: datetime) -> None:
        """The other side asked to be left alone until then."""

    def next_due(self) -> datetime | None: ...

    def listing(self, state: str | None, limit: int = 200) -> Sequence[DeliveryRow]: ...

    def revive(self, delivery: int, now: datetime) -> bool:
        """A person wants a dead delivery tried again. False when it is not dead."""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as a person looks at it."""

    id: int
    key: str
    kind: str
    ticket: int | None
    state: str
    attempts: int
    due: datetime
    error: str | None
    sent_at: datetime | None


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


class Decisions(Protocol):
    def add(self, ticket: int, record: DecisionRecord) -> None: ...

    def get(self, ticket: int) -> DecisionRecord | None: ...


class Versions(Protocol):
    """The playbooks as they were, so that an old decision can be computed again."""

    def keep(self, version: str, files: Mapping[str, str], now: datetime) -> None: ...

    def get(self, version: str) -> Mapping[str, str] | None: ...


class Marks(Protocol):
    """Named moments that must outlive the process, such as when the timers last ran."""

    def get(self, name: str) -> datetime | None: ...

    def put(self, name: str, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Parked:
    """Something set aside after three tries: an inbox row or a timer."""

    what: Literal["inbox", "timer"]
    id: int
    ticket: int | None
    since: datetime
    error: str


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
    def deliveries(self) -> Deliveries: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def versions(self) -> Versions: ...
    @property
    def marks(self) -> Marks: ...
    @property
    def pruning(self) -> Pruning: ...
    @property
    def figures(self) -> FiguresSource: ...

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


class Sender(Protocol):
    def send(self, task: SendTask) -> Receipt:
        """Deliver, or raise SendFailure. From attempt 2 on, look before creating."""


class Reader(Protocol):
    """Reads an envelope into a message, or says why there is none in it for the desk."""

    def read(self, row: InboxRow) -> InboundMessage | Ignored | Quarantined: ...


@dataclass(frozen=True, slots=True)
class Ignored:
    """An envelope that is no request, and the reason, which is kept."""

    reason: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An envelope that may be noise, and must not be lost: `reason` is a short code.

    `sender` and `subject` are for a person who looks through them.
    """

    reason: str
    sender: str
    subject: str


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """Something in quarantine, as a person looks at it."""

    id: int
    received_at: datetime
    reason: str
    sender: str
    subject: str


class PlaybookShelf(Protocol):
    """The playbooks in force, and the old ones."""

    @property
    def current(self) -> Playbooks: ...

    @property
    def files(self) -> Mapping[str, str]:
        """The text behind `current`."""

    def parse(self, files: Mapping[str, str]) -> Playbooks:
        """Playbooks from kept text, with the version that text has."""
