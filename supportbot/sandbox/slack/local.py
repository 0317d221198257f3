"""A whole local Slack, and the hands and eyes of those who tell stories on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from supportbot.sandbox.slack.deliveries import Deliveries, Patience
from supportbot.sandbox.slack.faults import Failure, FaultPlan, Faults
from supportbot.sandbox.slack.human import Human
from supportbot.sandbox.slack.interactivity import Interactivity
from supportbot.sandbox.slack.model import Channel, Event, Message, View, WebCall
from supportbot.sandbox.slack.payloads import Origin
from supportbot.sandbox.slack.socket_mode import SocketMode
from supportbot.sandbox.slack.web_api import OnWire, WebApi
from supportbot.sandbox.slack.workspace import Workspace

T = TypeVar("T")

SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "metadata.message:read",
        "reactions:write",
        "users:read",
        "users:read.email",
    }
)
"""What the app's bot token may do unless a test says otherwise."""


class LocalSlack:
    """A workspace with one app, served on the loopback interface. A context manager.

    It outlives the app: events that find no socket wait for the next one (see `Patience`).

    Args:
        now: the workspace's clock, aware UTC: timestamps, limits, lag, the age of response URLs.
            How quick the app must be (acknowledgements, triggers) is measured on real time.
        faults: what goes wrong on purpose; by default nothing.
        on_wire: called, outside every lock, as (stage, what) with "before-reply" or "after-reply"
            and the Web API method, and "before-deliver" or "after-ack" and the kind of envelope,
            like "events_api:message" or "interactive:block_actions".
        patience: how long Slack waits for acknowledgements, and how it retries.
        trigger_lifetime: seconds for which a trigger opens a form.
        refresh_grace: seconds between the warning and the close of a refreshed socket.
        scopes: of the bot token.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        faults: Faults | None = None,
        on_wire: OnWire | None = None,
        patience: Patience | None = None,
        trigger_lifetime: float = 3.0,
        refresh_grace: float = 1.0,
        scopes: frozenset[str] = SCOPES,
    ) -> None:
        tell = on_wire or _nobody
        self._plan = FaultPlan(faults or Faults(), now)
        self._workspace = Workspace(now, lambda event: self._deliveries.publish(event))
        self._deliveries = Deliveries(self._workspace, self._plan, patience or Patience(), tell)
        self._sockets = SocketMode(self._workspace, self._deliveries, refresh_grace)
        self._deliveries.refresh = self._sockets.refresh
        interactivity = Interactivity(now, trigger_lifetime)
        self._api = WebApi(
            self._workspace, interactivity, self._plan, scopes, self._sockets.new_url, tell
        )
        self._origin = Origin(self._workspace, interactivity, lambda path: f"{self.host}{path}")

    def start(self) -> Self:
        """Begin to listen."""
        self._sockets.start()
        self._api.start()
        self._deliveries.start()
        return self

    def stop(self) -> None:
        """Close the sockets and stop listening."""
        self._deliveries.stop()
        self._sockets.stop()
        self._api.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # --- what the app needs

    @property
    def host(self) -> str:
        """http://127.0.0.1:PORT"""
        return f"http://127.0.0.1:{self._api.port}"

    @property
    def base_url(self) -> str:
        """What slack_sdk's WebClient takes as `base_url`."""
        return f"{self.host}/api/"

    @property
    def bot_token(self) -> str:
        return self._workspace.bot_token

    @property
    def app_token(self) -> str:
        return self._workspace.app_token

    @property
    def team_id(self) -> str:
        return self._workspace.team_id

    @property
    def app_id(self) -> str:
        return self._workspace.app_id

    @property
    def bot_id(self) -> str:
        return self._workspace.bot_id

    @property
    def bot_user_id(self) -> str:
        return self._workspace.bot.id

    # --- setting the stage

    def human(
        self,
        name: str,
        *,
        real_name: str | None = None,
        email: str | None = None,
        tz: str = "Etc/UTC",
        deactivated: bool = False,
        user_id: str | None = None,
    ) -> Human:
        """A new person. `tz` is an IANA zone name; `user_id` a member id, else one is made up."""
        named = {"id": user_id} if user_id else {}
        user = self._workspace.add_user(
            name, real_name=real_name or name, email=email, tz=tz, deleted=deactivated, **named
        )
        return Human(self._origin, self._deliveries, user)

    def channel(
        self,
        name: str,
        members: Iterable[Human] = (),
        *,
        private: bool = False,
        with_bot: bool = True,
    ) -> Channel:
        """A new channel, with the bot in it unless told otherwise."""
        bot = {self.bot_user_id} if with_bot else set()
        inside = {human.id for human in members} | bot
        return self._workspace.add_channel(name, "group" if private else "channel", inside)

    def fail_next(self, method: str, how: Failure, *, times: int = 1, **match: Any) -> None:
        """Let the next calls of a method fail: `fail_next("chat.postMessage", DROP_REPLY)`.

        `match` narrows it to calls with these arguments, such as `channel=…`.
        """
        with self._workspace.changed:
            self._plan.fail_next(method, how, times, match)

    def trigger(self, human: Human) -> str:
        """A trigger id as if this person had just clicked on something of the app's."""
        return self._origin.interactivity.new_trigger(human.id)

    def refresh_sockets(self) -> None:
        """Tell every open socket to reconnect, and close it when its grace is over."""
        self._sockets.refresh()

    # --- looking

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

    def wait_until(self, predicate: Callable[[], T], timeout: float = 10.0) -> T:
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


def _nobody(_stage: str, _what: str) -> None:
    """Watches the wire when nobody else does."""
