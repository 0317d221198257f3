"""What can be seen of a workspace, by those who tell stories on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from supportbot.sandbox.slack.deliveries import Deliveries
from supportbot.sandbox.slack.human import Human
from supportbot.sandbox.slack.model import Event, Message, View, WebCall
from supportbot.sandbox.slack.web_api import WebApi
from supportbot.sandbox.slack.workspace import Workspace

T = TypeVar("T")


class Eyes:
    """Looks, and changes nothing."""

    _workspace: Workspace
    _deliveries: Deliveries
    _api: WebApi

    def messages(self, channel: str) -> list[Message]:
        """What stands in a channel, given by id or name: no replies, oldest first."""
        return [message for message in self._all_in(channel) if not message.is_reply]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """A message and its replies, oldest first."""
        return self._workspace.thread(self._channel_id(channel), ts)

    def dms(self, human: Human) -> list[Message]:
        """All between the bot and a person, replies included, oldest first."""
        return self._all_in(self._workspace.direct(human.id).id)

    def ephemerals(self, human: Human) -> list[Message]:
        """What only this person was shown, oldest first."""
        with self._workspace.changed:
            return [each for each in self._workspace.ephemerals if each.only_for == human.id]

    def views(self, human: Human | None = None) -> list[View]:
        """The modals that are open, oldest first."""
        with self._workspace.changed:
            every = list(self._workspace.views.values())
        modals = [view for view in every if view.is_open and view.type == "modal"]
        return [view for view in modals if human is None or view.user == human.id]

    def home(self, human: Human) -> View | None:
        """What the app published to a person's Home tab."""
        with self._workspace.changed:
            every = list(self._workspace.views.values())
        return next((v for v in every if v.type == "home" and v.user == human.id), None)

    def calls(self, method: str | None = None) -> list[WebCall]:
        """The request log. POSTs to response URLs stand under "response_url"."""
        with self._workspace.changed:
            return [call for call in self._api.log if method in (None, call.method)]

    def events(self, kind: str | None = None) -> list[Event]:
        """Every event there was for the app, with what became of it."""
        with self._workspace.changed:
            return [each for each in self._deliveries.events if kind in (None, each.type)]

    def unacknowledged(self) -> list[Event]:
        """The events that the app still owes an acknowledgement."""
        return self._deliveries.unacknowledged()

    def connections(self) -> list[int]:
        """The numbers of the open sockets, counted from 1 in the order they came."""
        return [socket.number for socket in self._deliveries.sockets()]

    def wait_until(self, predicate: Callable[[], T], timeout: float = 30.0) -> T:
        """Wait until the predicate is true, asking whenever something changed, and return what it
        returned.

        It is called with the workspace's lock held: let it look, and do nothing else.

        Raises:
            TimeoutError: after `timeout` seconds of real time, with the state of things.
        """
        deadline = time.monotonic() + timeout
        with self._workspace.changed:
            while not (result := predicate()):
                if not self._workspace.changed.wait(deadline - time.monotonic()):
                    if result := predicate():
                        return result
                    raise TimeoutError(self._summary())
            return result

    # --- within

    def _all_in(self, channel: str) -> list[Message]:
        with self._workspace.changed:
            inside = self._workspace.messages[self._channel_id(channel)].values()
            return sorted(inside, key=lambda message: message.ts)

    def _channel_id(self, channel: str) -> str:
        with self._workspace.changed:
            for each in self._workspace.channels.values():
                if channel in (each.id, each.name, f"#{each.name}"):
                    return each.id
        raise LookupError(f"no channel {channel!r}")

    def _summary(self) -> str:
        calls = [f"{c.method} {c.status} {c.error or c.fault or 'ok'}" for c in self._api.log[-8:]]
        owed = self.unacknowledged()
        first = [f"{event.type} after {event.attempts} tries" for event in owed[:4]]
        return (
            f"not in time; sockets: {self.connections()}; "
            f"unacknowledged: {len(owed)}, first {first}; last calls: {calls}"
        )
