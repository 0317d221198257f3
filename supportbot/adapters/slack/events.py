"""From Slack's event payloads to envelopes for the inbox: what is known without reading them.

Payloads: https://docs.slack.dev/apis/events-api/#event-type-structure
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from supportbot.application.ports import Envelope

SOURCE = "slack"
# Tuples, because a payload of unknown shape may hold what cannot be hashed.
MESSAGES = ("message", "app_mention")
# What people write; other subtypes tell of edits, joins, topics and the like.
WRITTEN = (None, "file_share", "thread_broadcast", "me_message")
_LONGEST_KEY = 250
_INTERACTIONS = (
    "block_actions",
    "block_suggestion",
    "interactive_message",
    "message_action",
    "shortcut",
    "view_closed",
    "view_submission",
)


def envelope(
    body: Mapping[str, Any], received_at: datetime, own_key: str | None = None
) -> Envelope:
    """The payload as the inbox keeps it. Never raises, whatever the shape: reading comes later.

    `own_key` names what is no event.
    """
    text = json.dumps(body, sort_keys=True)
    known = (_event_key(body), message_key(body), own_key)
    keys = tuple(key[:_LONGEST_KEY] for key in known if key)
    # Something without a name is known by its content.
    named = keys or (f"slack:body:{hashlib.sha256(text.encode()).hexdigest()}",)
    return Envelope(source=SOURCE, keys=named, body=text, received_at=received_at)


def event_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The event in a payload; empty when there is none."""
    event = body.get("event")
    return event if isinstance(event, dict) else {}


def message_key(body: Mapping[str, Any]) -> str | None:
    """The message's name. Without the event's type: a mention fires `message` and `app_mention`."""
    event = event_of(body)
    if event.get("type") not in MESSAGES or event.get("subtype") not in WRITTEN:
        return None
    team, channel, ts = (_word(body, "team_id"), _word(event, "channel"), _word(event, "ts"))
    return f"slack:message:{team}:{channel}:{ts}" if team and channel and ts else None


def thread_key(team: str, channel: str, ts: str) -> str:
    """The name of a conversation: a message (`ts`) and all that is said in its thread."""
    return f"slack:thread:{team}:{channel}:{ts}"


def thread_of(key: str) -> tuple[str, str] | None:
    """Channel and ts of a conversation's name; None for names of other things."""
    parts = key.split(":")
    if len(parts) != 5 or parts[:2] != ["slack", "thread"]:
        return None
    return parts[3], parts[4]


def _event_key(body: Mapping[str, Any]) -> str | None:
    event_id = _word(body, "event_id")
    return f"slack:event:{event_id}" if event_id else None


def _word(values: Mapping[str, Any], name: str) -> str | None:
    """A text fit for a key: Postgres takes no NUL, and nothing of Slack's needs one."""
    value = values.get(name)
    return value if isinstance(value, str) and value.isprintable() else None


def bot_user(body: Mapping[str, Any]) -> str | None:
    """Our own user id, which Slack names in every event."""
    authorizations = body.get("authorizations")
    if not isinstance(authorizations, list):
        return None
    ours = (a for a in authorizations if isinstance(a, dict) and a.get("is_bot"))
    user = next((a.get("user_id") for a in ours), None)
    return user if isinstance(user, str) else None


def is_own(body: Mapping[str, Any]) -> bool:
    """Whether the event tells of something that the bot itself wrote, edited or deleted."""
    event = event_of(body)
    if event.get("type") not in MESSAGES:
        return False
    if _is_ours(event, body):
        return True
    # Edits and deletions, link previews included, carry the message inside.
    inner = event.get("message") or event.get("previous_message")
    return event.get("subtype") is not None and isinstance(inner, dict) and _is_ours(inner, body)


def _is_ours(message: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    user, app = message.get("user"), message.get("app_id")
    if user is not None and user == bot_user(body):
        return True
    return app is not None and bool(message.get("bot_id")) and app == body.get("api_app_id")


def is_interaction(body: Mapping[str, Any]) -> bool:
    """Whether a person waits for the answer. All else, of whatever shape, is kept for reading."""
    return "event" not in body and (body.get("type") in _INTERACTIONS or "command" in body)


def is_handshake(body: Mapping[str, Any]) -> bool:
    """Whether Slack asks if this address is ours: https://docs.slack.dev/reference/events/url_verification"""
    return "event" not in body and body.get("type") == "url_verification"
