"""What is remembered of messages that could not be dealt with, so that they hold up no other."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before trying again, in seconds: doubling from `first` up to `longest`."""

    first: float = 1.0
    longest: float = 120.0

    def wait(self, failures: int) -> float:
        """After so many failures in a row (1 or more)."""
        return min(self.first * 2.0 ** min(failures - 1, 20), self.longest)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait for what, in seconds.

    An IDLE is renewed well before a server gives up on it (30 minutes, RFC 2177). Without IDLE the
    mailbox is asked every `poll`.
    """

    idle: float = 600.0
    poll: float = 60.0
    connection: Backoff = Backoff()
    message: Backoff = Backoff()


@dataclass(frozen=True, slots=True)
class _Trouble:
    failures: int
    again_at: float


_NONE = _Trouble(0, -math.inf)


class Memory:
    """Of the messages of one folder, by UID, as long as its UIDVALIDITY holds.

    Times are seconds of a clock that is never set, such as `time.monotonic`.
    """

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._uidvalidity = 0
        self._troubles: dict[int, _Trouble] = {}
        self._kept: set[int] = set()

    def look(self, uidvalidity: int, waiting: Collection[int]) -> None:
        """These are waiting now: forget the others, and all when their numbers were given anew."""
        still = set(waiting) if uidvalidity == self._uidvalidity else set()
        self._uidvalidity = uidvalidity
        self._kept &= still
        self._troubles = {uid: t for uid, t in self._troubles.items() if uid in still}

    def in_order(self, waiting: Iterable[int], now: float) -> list[int]:
        """Those to try now. What never failed comes first: one that breaks the connection whenever
        it is fetched must not keep us from the others on each new connection."""
        due = (uid for uid in waiting if self._trouble(uid).again_at <= now)
        return sorted(due, key=lambda uid: (self._trouble(uid).failures, uid))

    def is_kept(self, uid: int) -> bool:
        """Whether it was kept before, and only has to be marked."""
        return uid in self._kept

    def begin(self, uid: int, now: float) -> int:
        """It is being tried; returns for the how manyth time.

        Until `done` it counts as failed: a message that breaks the connection must not be the first
        one again on the next.
        """
        failures = self._trouble(uid).failures + 1
        self._troubles[uid] = _Trouble(failures, now + self._backoff.wait(failures))
        return failures

    def keep(self, uid: int) -> None:
        self._kept.add(uid)

    def done(self, uid: int) -> None:
        """It is marked or gone."""
        self._troubles.pop(uid, None)

    def seconds_to_next(self, now: float) -> float | None:
        """How long until one is to be tried again; None when there is none."""
        return min((t.again_at - now for t in self._troubles.values()), default=None)

    def _trouble(self, uid: int) -> _Trouble:
        return self._troubles.get(uid, _NONE)
