"""What the sandbox gets wrong on purpose, and when.

`Faults` is a value that says how often; `FaultPlan` decides each case. A decision depends on the
seed, the kind of fault and how many such cases there were before, never on timing between threads,
so that a run can be repeated.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Self

_SPARED = frozenset({"apps.connections.open"})
"""slack_sdk's client waits ten seconds before it tries this one again; fail it by name only."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How one HTTP request goes wrong.

    `when`: "before" the method acted, or "after" it did. `status` 0 closes the connection without
    an answer. `retry_after` is in seconds, for a 429. `error` answers 200 with that refusal.
    """

    when: Literal["before", "after"]
    status: int = 0
    retry_after: int | None = None
    error: str | None = None

    @property
    def name(self) -> str:
        """For the request log."""
        return f"{self.when}:{self.error or self.status or 'dropped'}"


DROP_REPLY = Failure("after")
BAD_GATEWAY = Failure("after", 502)
SERVER_ERROR = Failure("after", 500)
UNAVAILABLE = Failure("before", 503)
REFUSED_CONNECTION = Failure("before")


def rate_limited(seconds: int) -> Failure:
    """A 429 before acting, with this Retry-After."""
    return Failure("before", 429, retry_after=seconds)


def refused(error: str) -> Failure:
    """An answer of `ok: false` without acting."""
    return Failure("before", 200, error=error)


@dataclass(frozen=True, slots=True)
class Faults:
    """How hostile the workspace is. As constructed: not at all.

    The shares are between 0 and 1 of the cases they name.
    """

    seed: int = 0
    redeliver: float = 0.0
    """Acknowledged events that are sent once more."""
    new_event_id: float = 0.0
    """Those of the redelivered that come under another event_id: nobody promises the same one."""
    double_mention: float = 0.0
    """Mentions for which two `app_mention` events go out beside the `message`."""
    drop_ack: float = 0.0
    """Acknowledgements that get lost: an event comes again, a person sees a warning. Never twice
    for one event."""
    drop_reply: float = 0.0
    """Requests whose connection is closed after the method acted."""
    fail_after: float = 0.0
    """Requests answered 502 or 500 after the method acted."""
    fail_before: float = 0.0
    """Requests answered 503 without acting."""
    rate_limit: float = 0.0
    """Requests answered 429 with Retry-After: 1."""
    in_a_row: int = 2
    """No method fails more often than this before it succeeds once."""
    refresh_every: int | None = None
    """After this many envelopes the open sockets are told to reconnect, and closed."""
    channel_interval: timedelta = timedelta(0)
    """chat.postMessage to one channel sooner than this after the last gets a 429 (Slack: 1 s)."""
    per_minute: Mapping[str, int] = field(default_factory=dict)
    """Calls a minute that a method takes before it answers 429 (Slack: by tier)."""
    history_lag: timedelta = timedelta(0)
    """conversations.history leaves out what is younger than this."""

    @classmethod
    def hostile(cls, seed: int) -> Self:
        """Everything at once, as often as a test can bear and still come to an end."""
        return cls(
            seed=seed,
            redeliver=0.3,
            new_event_id=0.3,
            double_mention=0.3,
            drop_ack=0.15,
            drop_reply=0.1,
            fail_after=0.1,
            fail_before=0.1,
            rate_limit=0.1,
            refresh_every=9,
        )


class FaultPlan:
    """Decides case by case. Not thread-safe: the caller holds the workspace's lock."""

    def __init__(self, faults: Faults, now: Callable[[], datetime]) -> None:
        self.faults = faults
        self._now = now
        self._cases: Counter[str] = Counter()
        self._row: Counter[str] = Counter()
        self._next: list[tuple[str, Failure, Mapping[str, Any]]] = []
        self._last_post: dict[str, datetime] = {}
        self._calls: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def fail_next(self, method: str, how: Failure, times: int, match: Mapping[str, Any]) -> None:
        """Let the next `times` calls of a method that have the arguments of `match` fail."""
        self._next.extend([(method, how, dict(match))] * times)

    def for_request(self, method: str, args: Mapping[str, Any]) -> Failure | None:
        """What happens to this request; None when it may go well."""
        return self._ordered(method, args) or self._limited(method, args) or self._rolled(method)

    def acted(self, method: str, args: Mapping[str, Any]) -> None:
        """Note that a method acted, for the limits."""
        self._calls[method].append(self._now())
        if method == "chat.postMessage":
            self._last_post[str(args.get("channel"))] = self._now()

    def happens(self, kind: str, share: float) -> bool:
        """Whether the next case of this kind is one of the share."""
        if share <= 0:
            return False
        self._cases[kind] += 1
        word = f"{self.faults.seed}:{kind}:{self._cases[kind]}".encode()
        return int.from_bytes(hashlib.sha256(word).digest()[:8]) < share * 2**64

    def _ordered(self, method: str, args: Mapping[str, Any]) -> Failure | None:
        for index, (wanted, how, match) in enumerate(self._next):
            if wanted == method and match.items() <= args.items():
                del self._next[index]
                return how
        return None

    def _limited(self, method: str, args: Mapping[str, Any]) -> Failure | None:
        now = self._now()
        last = self._last_post.get(str(args.get("channel")))
        if method == "chat.postMessage" and last is not None:
            left = last + self.faults.channel_interval - now
            if left > timedelta(0):
                return rate_limited(_whole_seconds(left))
        allowed = self.faults.per_minute.get(method)
        return None if allowed is None else self._over(self._calls[method], allowed, now)

    def _over(self, calls: deque[datetime], allowed: int, now: datetime) -> Failure | None:
        minute = timedelta(minutes=1)
        while calls and calls[0] <= now - minute:
            calls.popleft()
        if len(calls) < allowed:
            return None
        return rate_limited(_whole_seconds(calls[-allowed] + minute - now))

    def _rolled(self, method: str) -> Failure | None:
        if method in _SPARED:
            return None
        failure = self._roll(method)
        if failure is None or self._row[method] >= self.faults.in_a_row:
            self._row[method] = 0
            return None
        self._row[method] += 1
        return failure

    def _roll(self, method: str) -> Failure | None:
        faults = self.faults
        shares = {
            DROP_REPLY: faults.drop_reply,
            BAD_GATEWAY: faults.fail_after / 2,
            SERVER_ERROR: faults.fail_after / 2,
            UNAVAILABLE: faults.fail_before,
            rate_limited(1): faults.rate_limit,
        }
        for failure, share in shares.items():
            if self.happens(f"{method}:{failure.name}", share):
                return failure
        return None


def _whole_seconds(left: timedelta) -> int:
    return max(1, math.ceil(left.total_seconds()))
