"""The bolt app: events and requests into the inbox, buttons and forms into the use cases.

bolt acknowledges before its listeners, and answers 200 to what it lost when its `auth.test` fails.
Hence `process_before_response` and an authorisation that asks nobody: nothing before the
acknowledgement needs the network, and what raises is not acknowledged.

Both transports bring it parsed payloads by `dispatch`, and answer for where those come from: over
Socket Mode the connection itself is ours alone, over HTTP the signature was checked.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware import Middleware
from slack_sdk import WebClient

from supportbot.adapters.slack import events, names
from supportbot.adapters.slack.buttons import Buttons
from supportbot.adapters.slack.client import web_client
from supportbot.adapters.slack.directory import Directory
from supportbot.adapters.slack.people import People
from supportbot.adapters.slack.rota_buttons import RotaButtons
from supportbot.adapters.slack.submissions import Preview, Submissions
from supportbot.adapters.slack.support import Support
from supportbot.application.context import Context
from supportbot.application.ports import Clock, Envelope
from supportbot.domain.ticket.commands import Command

log = structlog.get_logger()

_ANY = re.compile("")
_ROTA = re.compile(r"rota\.")


def _no_mail(number: int, command: Command) -> str | None:
    """Nobody here is answered by mail."""
    return None


def build_app(
    client: WebClient,
    context: Context,
    directory: Directory,
    receive: Callable[[Envelope], object],
    explain_text: Callable[[int], str],
    preview: Preview = _no_mail,
) -> App:
    """The app, not yet connected; see `socket_mode.SlackSocket` and `signed_http.SlackHttp`.

    Args:
        client: with the bot token; opens forms.
        context: for the use cases behind buttons and forms.
        directory: who a Slack user is.
        receive: keeps an envelope and returns once that is durable; what it raises makes Slack
            send the event again.
        explain_text: why the ticket of this number is as it is, for people.
        preview: the mail that an answer would be, to be looked at before it is sent.
    """
    app = _bare_app(client, _Inbox(receive, context.clock))
    people = People(context.shelf, directory)
    buttons = Buttons(context, people, client, explain_text)
    submissions = Submissions(context, people, preview)
    support = Support(client, receive, context.clock)
    # Whatever a workspace calls the command, there is only one.
    app.command(_ANY)(ack=support.command, lazy=[support.open_form])
    rota = RotaButtons(context, people, client)
    app.block_action(_ROTA)(ack=rota.decide, lazy=[rota.follow_up])
    app.view_submission(_ROTA)(rota.submitted)
    app.block_action(_ANY)(ack=buttons.decide, lazy=[buttons.follow_up])
    app.view_submission(names.SUPPORT)(support.submitted)
    app.view_submission(_ANY)(submissions.decide)
    app.error(_failed)
    return app


def dispatch(app: App, payload: Any) -> BoltResponse:
    """What the app makes of a parsed payload: 200 when it is dealt with for good.

    A shape that bolt itself stumbles over is kept whole, for a person to see.
    """
    try:
        if isinstance(payload, dict):
            return app.dispatch(_request(payload))
    except Exception:
        log.warning("slack_payload_of_unknown_shape", exc_info=True)
    return app.dispatch(_request({"unreadable": payload}))


def _request(payload: dict[str, Any]) -> BoltRequest:
    # The other mode has bolt parse the body, and it loses a command whose text has "payload" in it.
    return BoltRequest(mode="socket_mode", body=payload)


def _bare_app(client: WebClient, inbox: Middleware) -> App:
    token = client.token

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token)

    # bolt formats messages for levels it will not log, unless the logger has one of its own.
    logger = logging.getLogger("supportbot.slack.bolt")
    logger.setLevel(logging.WARNING)
    return App(
        # bolt sets the level of the logger of this name at every event: it must be none of ours.
        name="bolt-app",
        logger=logger,
        # A client with a token would ask for that token to be verified.
        client=web_client(None, client.base_url, timedelta(seconds=client.timeout)),
        before_authorize=inbox,
        authorize=authorize,
        process_before_response=True,
        token_verification_enabled=False,
        # Whoever calls `dispatch` has checked that.
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=True,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )


class _Inbox(Middleware):
    """Catches every event before bolt looks at it, so that no kind and no shape is foreseen."""

    def __init__(self, receive: Callable[[Envelope], object], clock: Clock) -> None:
        self._receive = receive
        self._clock = clock

    def process(
        self,
        *,
        req: BoltRequest,
        resp: BoltResponse,
        next: Callable[[], BoltResponse],  # noqa: A002 - bolt's name
    ) -> BoltResponse:
        if events.is_interaction(req.body) or events.is_handshake(req.body):
            return next()
        if not events.is_own(req.body):
            self._receive(events.envelope(req.body, self._clock.now()))
        return BoltResponse(status=200)


def _failed(error: Exception, body: dict[str, Any]) -> None:
    """Not acknowledged: Slack sends an event again, and shows a person that a press failed."""
    log.error("slack_request_failed", type=str(body.get("type"))[:50], exc_info=error)
