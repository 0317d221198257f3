"""Looking whether a message was sent already, by the key in its metadata.

https://docs.slack.dev/messaging/message-metadata
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from supportbot.adapters.slack.client import patiently
from supportbot.adapters.slack.errors import code_of
from supportbot.adapters.slack.text import is_id

EVENT_TYPE = "supportbot_delivery"
# Slack's clock and ours need not agree to the second.
SLACK_OF_CLOCKS = timedelta(minutes=1)
# A page of a hundred, twenty of them: beyond that a channel is too busy to look through.
_PAGE, _MOST_PAGES = 100, 20


@dataclass(frozen=True, slots=True)
class Standing:
    """A message that stands; `team` is the workspace's id, where Slack tells it."""

    channel: str
    ts: str
    team: str | None

    @property
    def place(self) -> dict[str, str]:
        return {"channel": self.channel, "ts": self.ts}


def standing(channel: str, message: Mapping[str, Any]) -> Standing:
    """`message` as Slack shows it."""
    team = message.get("team")
    return Standing(channel, str(message["ts"]), team if isinstance(team, str) else None)


class CannotLook(Exception):
    """Slack will not let us see what stands there."""


def metadata(key: str) -> dict[str, Any]:
    """What a message carries so that it can be found again by `key`."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def find(
    client: WebClient, place: str, thread: str | None, key: str, since: datetime
) -> Standing | None:
    """The message with this key, sent since then (aware UTC), or None.

    `place` is the id of a channel, or of a person for the direct messages with them. Raises
    CannotLook when the app may not read there, else what slack_sdk raises.
    """
    oldest = f"{(since - SLACK_OF_CLOCKS).timestamp():.6f}"
    try:
        channel = _direct(client, place) if is_id(place, "UW") else place
        for message in _messages(client, channel, thread, oldest):
            if _key_of(message) == key:
                return standing(channel, message)
    except SlackApiError as error:
        if code_of(error) in ("missing_scope", "no_permission", "not_allowed_token_type"):
            raise CannotLook(code_of(error)) from error
        raise
    return None


def _direct(client: WebClient, user: str) -> str:
    answer = patiently(lambda: client.conversations_open(users=user))
    return str(answer["channel"]["id"])


def _messages(
    client: WebClient, channel: str, thread: str | None, oldest: str
) -> Iterator[Mapping[str, Any]]:
    method = "conversations.replies" if thread else "conversations.history"
    params = {
        "channel": channel,
        "oldest": oldest,
        "include_all_metadata": "true",
        "limit": _PAGE,
        **({"ts": thread} if thread else {}),
    }
    for _ in range(_MOST_PAGES):
        answer = patiently(lambda: client.api_call(method, params=params))
        yield from answer.get("messages") or []
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
        params["cursor"] = cursor
    raise CannotLook("more messages than can be looked through")


def _key_of(message: Mapping[str, Any]) -> str | None:
    found = message.get("metadata") or {}
    if found.get("event_type") != EVENT_TYPE:
        return None
    key = (found.get("event_payload") or {}).get("key")
    return key if isinstance(key, str) else None
