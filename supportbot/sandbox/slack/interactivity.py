"""What a person's click hands to the app: a trigger to open a form with, a URL to answer at."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from supportbot.sandbox.slack.errors import Refused

RESPONSE_URL_USES = 5
RESPONSE_URL_LIFETIME = timedelta(minutes=30)


@dataclass(slots=True)
class _Trigger:
    user: str
    expires: float
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Where the answers to one interaction go: to the message it was on, or for a person's eyes."""

    channel: str
    user: str
    message_ts: str | None
    ephemeral: bool
    created: datetime
    uses: int = 0


class Interactivity:
    """Hands out triggers and response URLs, and takes each back as Slack would.

    A trigger lives for `trigger_lifetime` seconds of real time, whatever the workspace's clock
    says: it measures the app's promptness, and an app does not hurry on a clock that stands still.
    Response URLs are counted in uses and aged on the workspace's clock.
    """

    def __init__(self, now: Callable[[], datetime], trigger_lifetime: float) -> None:
        self._now = now
        self._lifetime = trigger_lifetime
        self._triggers: dict[str, _Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def new_trigger(self, user: str) -> str:
        """A trigger id for something this user just did."""
        trigger_id = f"{len(self._triggers) + 1}.{secrets.token_hex(8)}"
        self._triggers[trigger_id] = _Trigger(user, time.monotonic() + self._lifetime)
        return trigger_id

    def exchange(self, trigger_id: str) -> str:
        """The user of a trigger, once. Raises Refused by Slack's names."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if time.monotonic() > trigger.expires:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger.user

    def new_url(
        self, channel: str, user: str, message_ts: str | None = None, *, ephemeral: bool = False
    ) -> str:
        """The path of a new response URL."""
        path = f"/actions/{len(self._urls) + 1}/{secrets.token_hex(8)}"
        self._urls[path] = ResponseUrl(channel, user, message_ts, ephemeral, self._now())
        return path

    def use_url(self, path: str) -> ResponseUrl:
        """Take one of the five uses. Raises Refused("expired_url" or "used_url")."""
        url = self._urls.get(path)
        if url is None or self._now() - url.created > RESPONSE_URL_LIFETIME:
            raise Refused("expired_url")
        if url.uses >= RESPONSE_URL_USES:
            raise Refused("used_url")
        url.uses += 1
        return url
