"""GitHub's limits on one caller: requests an hour, content-creating requests a minute and an hour.

Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from supportbot.sandbox.github import wire

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one caller may ask for."""

    requests_an_hour: int = 5000
    creations_a_minute: int = 80
    creations_an_hour: int = 500


class _Window:
    """The hour that began with a caller's first request, as the primary limit counts."""

    def __init__(self, start: datetime) -> None:
        self.reset = start + HOUR
        self.used = 0


class Meter:
    """Counts what each caller did. The caller of these methods holds the desk's lock."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._windows: dict[int, _Window] = {}
        self._creations: dict[int, deque[datetime]] = defaultdict(deque)

    def request(self, caller: int, now: datetime) -> None:
        """Count one request; raises `Refusal` when the hour's are used up."""
        window = self._window(caller, now)
        if window.used >= self.limits.requests_an_hour:
            raise wire.primary_limit(caller)
        window.used += 1

    def creation(self, caller: int, now: datetime) -> None:
        """Count one content-creating request; raises `Refusal` when it comes too soon."""
        past = self._creations[caller]
        while past and past[0] <= now - HOUR:
            past.popleft()
        recent = [at for at in past if at > now - MINUTE]
        if len(recent) >= self.limits.creations_a_minute:
            raise wire.secondary_limit(_seconds(recent[0] + MINUTE - now))
        if len(past) >= self.limits.creations_an_hour:
            raise wire.secondary_limit(_seconds(past[0] + HOUR - now))
        past.append(now)

    def headers(self, caller: int, now: datetime) -> dict[str, str]:
        """The `x-ratelimit-*` headers of an answer to this caller."""
        rate = self.rate(caller, now)
        return {f"X-RateLimit-{name.title()}": str(value) for name, value in rate.items()} | {
            "X-RateLimit-Resource": "core"
        }

    def rate(self, caller: int, now: datetime) -> dict[str, int]:
        """Limit, use, rest, and the second of the epoch when it begins anew."""
        window, limit = self._window(caller, now), self.limits.requests_an_hour
        return {
            "limit": limit,
            "used": window.used,
            "remaining": limit - window.used,
            "reset": int(window.reset.timestamp()),
        }

    def _window(self, caller: int, now: datetime) -> _Window:
        window = self._windows.get(caller)
        if window is None or window.reset <= now:
            window = self._windows[caller] = _Window(now)
        return window


def _seconds(span: timedelta) -> int:
    return max(int(span.total_seconds()), 1)
