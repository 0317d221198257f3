"""One thing to deliver to the app, over all the tries it takes.

https://docs.slack.dev/apis/events-api/using-socket-mode/#events
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Protocol

from supportbot.sandbox.slack.model import Event, Interaction, Json
from supportbot.sandbox.slack.workspace import Workspace


class Socket(Protocol):
    """An open connection of the app; `send` raises ConnectionError when it is gone."""

    @property
    def number(self) -> int: ...

    def send(self, text: str) -> None: ...


@dataclass(slots=True, eq=False)
class Envelope:
    """What is sent and how far it got.

    While it waits for its acknowledgement `sent_on` is the socket it went to and `deadline` (on the
    monotonic clock) the end of the wait. `ids` are the envelope ids of all tries: any of them
    acknowledges it. `ack_lost` tells that one acknowledgement was dropped on purpose.
    """

    kind: str
    payload: Json
    event: Event | None = None
    tries: int = 0
    reason: str = ""
    due: float = 0.0
    sent_on: Socket | None = None
    deadline: float = 0.0
    ids: list[str] = field(default_factory=list)
    outcome: Interaction | None = None
    ack_lost: bool = False

    @property
    def label(self) -> str:
        """For those who watch the wire: events_api:message, interactive:block_actions, …"""
        inner = self.payload.get("event", self.payload)
        return f"{self.kind}:{inner.get('type') or inner.get('command')}"

    def stamped(self) -> tuple[str, str]:
        """A new envelope id, and the text that goes over the socket under it."""
        envelope_id = str(uuid.uuid4())
        self.ids.append(envelope_id)
        frame: Json = {
            "envelope_id": envelope_id,
            "payload": self.payload,
            "type": self.kind,
            "accepts_response_payload": self.event is None,
        }
        if self.event is not None:
            frame |= {"retry_attempt": self.tries, "retry_reason": self.reason}
        return envelope_id, json.dumps(frame)


def event_callback(workspace: Workspace, event: Event) -> Json:
    """The payload around an event: https://docs.slack.dev/apis/events-api/#event-type-structure"""
    authorization = {
        "enterprise_id": None,
        "team_id": workspace.team_id,
        "user_id": workspace.bot.id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "sandbox",
        "team_id": workspace.team_id,
        "context_team_id": workspace.team_id,
        "context_enterprise_id": None,
        "api_app_id": workspace.app_id,
        "event": event.event,
        "type": "event_callback",
        "event_id": event.event_id,
        "event_time": int(workspace.now().timestamp()),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event.event_id}",
    }
