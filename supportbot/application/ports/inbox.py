"""What arrives: kept first, read after, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from supportbot.domain.triage.message import InboundMessage


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
    since: datetime
    reason: str
    sender: str
    subject: str


class Reader(Protocol):
    """Reads an envelope into a message, or says why there is none in it for the desk."""

    def read(self, row: InboxRow) -> InboundMessage | Ignored | Quarantined: ...
