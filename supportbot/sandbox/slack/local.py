"""A whole local Slack, and the hands and eyes of those who tell stories on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from supportbot.sandbox.slack.deliveries import Deliveries, Patience
from supportbot.sandbox.slack.eyes import Eyes
from supportbot.sandbox.slack.faults import Failure, FaultPlan, Faults
from supportbot.sandbox.slack.human import Human
from supportbot.sandbox.slack.interactivity import Interactivity
from supportbot.sandbox.slack.model import Channel, Group, Json
from supportbot.sandbox.slack.payloads import Origin
from supportbot.sandbox.slack.request_url import RequestUrl
from supportbot.sandbox.slack.socket_mode import SocketMode
from supportbot.sandbox.slack.web_api import OnWire, WebApi
from supportbot.sandbox.slack.workspace import Workspace

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
        "usergroups:write",
        "users:read",
        "users:read.email",
    }
)
"""What the app's bot token may do unless a test says otherwise."""


class LocalSlack(Eyes):
    """A workspace with one app, served on the loopback interface. A context manager.

    It outlives the app: events that find no socket wait for the next one (see `Patience`). It
    delivers over Socket Mode, and to an address instead once `deliver_to` names one.

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
        self._patience = patience or Patience()
        self._deliveries = Deliveries(self._workspace, self._plan, self._patience, tell)
        self._request_url: RequestUrl | None = None
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
        self.deliver_to(None)
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
    def signing_secret(self) -> str:
        return self._workspace.signing_secret

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

    def deliver_to(self, url: str | None, signing_secret: str | None = None) -> None:
        """From now on post to this address, signed, instead of using sockets; None: sockets again.

        `signing_secret` is for signing with another than the app's.
        """
        before, self._request_url = self._request_url, None
        if url is not None:
            self._request_url = RequestUrl(
                url,
                signing_secret or self.signing_secret,
                self._workspace.now,
                self._patience.ack,
                self._deliveries.acknowledge,
                self._deliveries.missed,
            )
        self._deliveries.post_to(self._request_url)
        if before is not None:
            before.close()
            # What it was still to post goes the new way, and not when the patience with it is over.
            self._deliveries.detach(before)

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

    def user_group(self, id_: str, handle: str, users: Iterable[Human] = ()) -> Group:
        """A new user group."""
        return self._workspace.add_group(id_, handle, (human.id for human in users))

    def in_group(self, id_: str) -> list[str]:
        """The user ids in a user group."""
        return list(self._workspace.groups[id_].users)

    def fail_next(self, method: str, how: Failure, *, times: int = 1, **match: Any) -> None:
        """Let the next calls of a method fail: `fail_next("chat.postMessage", DROP_REPLY)`.

        `match` narrows it to calls with these arguments, such as `channel=…`.
        """
        with self._workspace.changed:
            self._plan.fail_next(method, how, times, match)

    def set_faults(self, faults: Faults) -> None:
        """Be as hostile as this from now on."""
        with self._workspace.changed:
            self._plan.faults = faults

    def publish(self, event: Json) -> None:
        """Deliver an event as it stands, whatever its shape; what is around it is as ever."""
        self._deliveries.publish(event)

    def trigger(self, human: Human) -> str:
        """A trigger id as if this person had just clicked on something of the app's."""
        return self._origin.interactivity.new_trigger(human.id)

    def refresh_sockets(self) -> None:
        """Tell every open socket to reconnect, and close it when its grace is over."""
        self._sockets.refresh()

    def break_sockets(self) -> None:
        """Cut every open socket without a word."""
        self._sockets.cut()


def _nobody(_stage: str, _what: str) -> None:
    """Watches the wire when nobody else does."""
