"""A real bolt app over Socket Mode, as small as the tests of the sandbox need it."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient

from supportbot.sandbox.slack import LocalSlack

Listeners = Callable[[App], object]


def client_of(slack: LocalSlack, token: str | None = None) -> WebClient:
    """The real client, which shows every failure instead of trying again."""
    wanted = slack.bot_token if token is None else token
    return WebClient(token=wanted, base_url=slack.base_url, retry_handlers=[], timeout=30)


def app_of(slack: LocalSlack) -> App:
    """A bolt app that acknowledges after its listeners and asks nothing on the way."""

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=slack.team_id,
            bot_user_id=slack.bot_user_id,
            bot_id=slack.bot_id,
            bot_token=slack.bot_token,
        )

    logger = logging.getLogger("tests.bolt")
    logger.setLevel(logging.CRITICAL)
    return App(
        client=client_of(slack),
        authorize=authorize,
        process_before_response=True,
        logger=logger,
    )


class Client(SocketModeClient):
    """slack_sdk's client without its way of going deaf.

    Its reader takes the session and the session's state from two attributes that a reconnect, in
    another thread, replaces one after the other, and it sets `terminated` back to False. Caught in
    between, it reads a dead session for ever and the new one stays unread (slack_sdk 3.47,
    slackapi/python-slack-sdk issue 1701 describes what it looks like). Here it takes both under the
    lock that reconnects hold and leaves the state alone.
    """

    def _run_current_session(self) -> None:
        if self.current_session is None:  # the reader runs before the constructor is through
            return
        with self.connect_operation_lock:
            session, state = self.current_session, self.current_session_state
        if session.is_active():
            session.run_until_completion(state)


class Handler(SocketModeHandler):
    """bolt's own handler on that client."""

    def __init__(self, app: App, app_token: str) -> None:
        self.app = app
        self.app_token = app_token
        self.client = Client(
            app_token=app_token, logger=app.logger, web_client=app.client, ping_interval=1
        )
        self.client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type]


@contextlib.contextmanager
def running(slack: LocalSlack, listeners: Listeners) -> Iterator[SocketModeHandler]:
    """The app, connected; its socket is closed at the end."""
    app = app_of(slack)
    listeners(app)
    handler = Handler(app, slack.app_token)
    before = len(slack.connections())
    handler.connect()  # type: ignore[no-untyped-call]
    slack.wait_until(lambda: len(slack.connections()) > before)
    try:
        yield handler
    finally:
        _close(handler)


def _close(handler: SocketModeHandler) -> None:
    """Close the client so that it neither lingers nor reconnects on its way out.

    slack_sdk's own close waits for its reader (3 s) and its queue (1 s), and a reconnect that is
    under way leaves a socket open behind it. So: wake the queue, end the reconnecting, then close.
    """
    client = handler.client
    client.closed = True
    client.auto_reconnect_enabled = client.default_auto_reconnect_enabled = False
    client.message_queue.put(None)
    client.message_processor.shutdown()  # type: ignore[no-untyped-call]
    session = client.current_session
    if session is not None and session.sock is not None:
        with contextlib.suppress(OSError):
            session.sock.shutdown(socket.SHUT_RDWR)
    handler.close()  # type: ignore[no-untyped-call]


class Heard:
    """Listeners that note every event and answer nothing."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, app: App) -> None:
        app.event("message")(self._note)
        app.event("app_mention")(self._note)
        app.event("member_joined_channel")(self._note)

    def _note(self, body: dict[str, Any]) -> None:
        self.bodies.append(body)

    @property
    def texts(self) -> list[str]:
        return [body["event"].get("text", "") for body in self.bodies]
