"""Ways in which this GitHub misbehaves, on demand or by a seed.

Every fault is one that the real service, or the network before it, has been seen to commit. A fault
"after acting" leaves its effect behind, which is what a client must find instead of doing it again.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from enum import Enum


class How(Enum):
    """What happens to one request instead of a plain answer."""

    BAD_GATEWAY_AFTER = "acts, then answers 502"
    DROPPED_AFTER = "acts, then closes the connection without a word"
    CUT_AFTER = "acts, then closes the connection in the middle of the answer"
    UNAVAILABLE_BEFORE = "answers 503 and does nothing"
    SECONDARY_LIMIT = "answers 403, secondary rate limit, with Retry-After"
    SECONDARY_LIMIT_MUTE = "answers 403, secondary rate limit, without saying how long"
    TOO_MANY = "answers 429 with Retry-After"

    @property
    def acts(self) -> bool:
        """Whether the request has its effect."""
        return self in (How.BAD_GATEWAY_AFTER, How.DROPPED_AFTER, How.CUT_AFTER)


@dataclass(frozen=True, slots=True)
class _Planned:
    method: str
    path_prefix: str
    how: How


class Faults:
    """The faults to come. The caller holds the desk's lock."""

    def __init__(self) -> None:
        self._planned: deque[_Planned] = deque()
        self._chance: random.Random | None = None
        self._share = 0.0
        self._struck: set[tuple[str, str]] = set()
        self.retry_after = 60

    def fail_next(self, method: str, path_prefix: str, how: How) -> None:
        """Let the next request of that method, whose path begins so, fail once; plans queue up."""
        self._planned.append(_Planned(method, path_prefix, how))

    def hostile(self, seed: int, share: float = 0.3) -> None:
        """From now on let about `share` of the requests fail, the same ones for the same seed.

        A request that failed is served when it comes again, so that patience always wins.
        """
        self._chance = random.Random(seed)  # noqa: S311 - a die that must fall the same way twice
        self._share = share
        self._struck.clear()

    def calm(self) -> None:
        """Behave from now on."""
        self._planned.clear()
        self._chance = None

    def take(self, method: str, path: str) -> How | None:
        """The fault for this request, which is used up, or None."""
        for plan in self._planned:
            if plan.method == method and path.startswith(plan.path_prefix):
                self._planned.remove(plan)
                return plan.how
        return self._by_chance(method, path)

    def _by_chance(self, method: str, path: str) -> How | None:
        if self._chance is None:
            return None
        strikes = self._chance.random() < self._share
        how = self._chance.choice(list(How))
        if (method, path) in self._struck:
            self._struck.discard((method, path))
            return None
        if not strikes:
            return None
        self._struck.add((method, path))
        return how
