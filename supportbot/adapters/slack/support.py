"""`/support`: a request from anywhere in Slack, also where the bot is not.

It is kept in the inbox like any message, and only then acknowledged; who asks hears from the desk
by direct message.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from slack_bolt import Ack
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from supportbot.adapters.slack import asked as a
from supportbot.adapters.slack import blocks as b
from supportbot.adapters.slack import events, names
from supportbot.adapters.slack.buttons import whisper
from supportbot.application.ports import Clock, Envelope

log = structlog.get_logger()

MOST_CHARACTERS = 3_000
_THANKS = "Thank you. You will hear from us by direct message."
_EMPTY = "Please say what is wrong."
_TOO_LONG = f"That is longer than {MOST_CHARACTERS:,} characters: please say it in fewer."
_NOT_KEPT = "That went wrong on our side, and nothing was kept: please try again."
_NO_FORM = "Slack did not open the form: try again, or write your request behind the command."


class Support:
    """The command and its form.

    Args:
        client: opens the form.
        receive: keeps an envelope and returns once that is durable.
    """

    def __init__(
        self, client: WebClient, receive: Callable[[Envelope], object], clock: Clock
    ) -> None:
        self._client = client
        self._receive = receive
        self._clock = clock

    def command(self, body: dict[str, Any], ack: Ack) -> None:
        """Keep the request that stands behind the command, then acknowledge; bare: acknowledge."""
        text = str(body.get("text") or "")
        if _is_bare(body):
            ack()
        elif len(text) > MOST_CHARACTERS:
            ack(_TOO_LONG)
        else:
            ack(self._keep(body) or _THANKS)

    def open_form(self, body: dict[str, Any]) -> None:
        """After the acknowledgement of the bare command: the form."""
        if not _is_bare(body):
            return
        try:
            self._client.views_open(trigger_id=body["trigger_id"], view=form(a.origin(body)))
        except (SlackApiError, OSError, http.client.HTTPException) as error:
            log.warning("slack_form_not_opened", error=str(error)[:300])
            whisper(body, _NO_FORM)

    def submitted(self, body: dict[str, Any], ack: Ack) -> None:
        """Keep the request of the form, then acknowledge: it closes, or says why not."""
        problem = self._keep(body)
        if problem:
            ack(response_action="errors", errors={names.FIELD_TEXT: problem})
        else:
            ack()

    def _keep(self, body: Mapping[str, Any]) -> str:
        """Why the request was not kept, or nothing. Slack repeats neither commands nor forms."""
        try:
            asked = a.asked(body)
            if not asked.text:
                return _EMPTY
            self._receive(events.envelope(body, self._clock.now(), asked.key))
        except Exception:
            log.exception("slack_request_not_kept")
            return _NOT_KEPT
        log.info("slack_request_kept", user=asked.user)
        return ""


def form(origin: str) -> b.Block:
    """The form, as a view; `origin` is what it carries along (`asked.origin`)."""
    blocks = [
        b.text_input(
            names.FIELD_TEXT,
            "What is wrong?",
            required=True,
            hint="What you did, what happened, how many people it affects, and since when.",
        ),
        b.text_input(
            names.FIELD_HUB,
            "Which hub?",
            required=False,
            hint="Its address or name, if you know it.",
            long=False,
        ),
    ]
    return b.modal(names.SUPPORT, "Ask for support", origin, blocks, submit="Send")


def _is_bare(body: Mapping[str, Any]) -> bool:
    return not str(body.get("text") or "").strip()
