"""What goes wrong at the other side, one send at a time, in the order in which a story says so."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Medium = Literal["slack", "mail", "github", "webhook", "names"]
"""Where: `names` is Slack's directory, without which nobody knows who wrote."""

How = Literal[
    "refused",
    "answer lost",
    "rate limit",
    "rejected",
    "breaks",
    "breaks after",
    "slow",
    "slow answer",
    "blind",
    "dies",
    "dies after",
]
"""Before the other side took it: refused, rate limit, rejected, breaks, slow, dies. After: answer
lost, breaks after, slow answer, dies after. Blind: it does not let us look what stands there."""

SLOW = timedelta(seconds=95)
RATE_LIMIT = timedelta(seconds=45)


@dataclass(slots=True)
class Troubles:
    """What the next sends meet, by medium, and until when a medium is out altogether."""

    _next: defaultdict[Medium, deque[How]] = field(default_factory=lambda: defaultdict(deque))
    _out_until: dict[Medium, datetime] = field(default_factory=dict)

    def arm(self, medium: Medium, how: How, times: int) -> None:
        self._next[medium].extend([how] * times)

    def go_out(self, medium: Medium, until: datetime) -> None:
        self._out_until[medium] = max(until, self._out_until.get(medium, until))

    def met(self, medium: Medium, now: datetime) -> How | None:
        """What this send meets."""
        until = self._out_until.get(medium)
        if until is not None and now < until:
            return "refused"
        waiting = self._next[medium]
        return waiting.popleft() if waiting else None

    def end(self) -> None:
        """From now on all is well."""
        self._next.clear()
        self._out_until.clear()
