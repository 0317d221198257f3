"""What must happen later: timers and deliveries, and whoever can send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from supportbot.domain.notices.delivery import NewDelivery, Receipt, SendTask
from supportbot.domain.ticket.timer import Timer


@dataclass(frozen=True, slots=True)
class TimerOutcome:
    ticket: int
    kind: str
    due: datetime
    finished_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A page that was being sent when everything stopped, and was tried again after it: nobody can
    know whether the first try got through, so it was looked for, or marked as maybe repeated."""

    ticket: int
    kind: str
    first_attempt_at: datetime
    finished_at: datetime


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
class Chore:
    """A claimed chore. What it is stands before the first dot of its `name`, what it is about after
    it; `due` is when it was due, `failures` how often it raised since it last went well."""

    name: str
    due: datetime
    token: str
    failures: int = 0

    @property
    def about(self) -> str:
        return self.name.partition(".")[2]


class Chores(Protocol):
    """What the desk itself has to do at a time; one of a name at most."""

    def set(self, name: str, due: datetime) -> None:
        """It is due then, whenever it was due before."""

    def keep(self, name: str, due: datetime) -> None:
        """It is due then, unless there is one of this name already."""

    def drop(self, name: str) -> None: ...

    def claim(self, now: datetime, lease: timedelta) -> Chore | None:
        """The most overdue one, held until it is finished or the lease runs out."""

    def finish(self, chore: Chore, again: datetime | None) -> bool:
        """Done, and due again then or never. False when the claim is no longer ours."""

    def failed(self, chore: Chore, error: str, due: datetime) -> None: ...

    def next_due(self) -> datetime | None: ...

    def named(self, prefix: str) -> Sequence[tuple[str, datetime]]:
        """The names that begin so, with when each is due; the first due first."""


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

    def drop(self, task: SendTask, reason: str, now: datetime) -> bool:
        """It is not wanted any more, and nobody needs to look at it."""

    def close_lane(self, lane: str, until: datetime) -> None:
        """The other side asked to be left alone until then."""

    def next_due(self) -> datetime | None: ...

    def listing(self, state: str | None, limit: int = 200) -> Sequence[DeliveryRow]: ...

    def pages_in_hand(self, before: datetime) -> int:
        """How many pages that were tried before then are neither sent nor dead."""

    def asked_again(self, since: datetime, until: datetime) -> Sequence[AskedAgain]:
        """The pages tried in [since, until), and once more after it, that were sent."""

    def newest_key(self, prefix: str) -> str | None:
        """The key of the newest delivery whose key begins so."""

    def revive(self, delivery: int, now: datetime) -> bool:
        """A person wants a dead delivery tried again. False when it is not dead."""


class Sender(Protocol):
    def send(self, task: SendTask) -> Receipt:
        """Deliver, or raise SendFailure. From attempt 2 on, look before creating."""


@dataclass(frozen=True, slots=True)
class Parked:
    """Something set aside after three tries: an inbox row or a timer."""

    what: Literal["inbox", "timer"]
    id: int
    ticket: int | None
    since: datetime
    error: str
