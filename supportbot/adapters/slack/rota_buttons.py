"""What happens when somebody answers for a shift: says ok, looks for cover, or takes it.

As with tickets, what a press does is decided in its own transaction before Slack hears of it.
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from slack_bolt import Ack, BoltContext
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from supportbot.adapters.slack import names
from supportbot.adapters.slack.buttons import whisper
from supportbot.adapters.slack.form_parts import entered
from supportbot.adapters.slack.people import People, Unknown
from supportbot.adapters.slack.rota_messages import cover_form, part_form, shift_in
from supportbot.adapters.slack.text import cut
from supportbot.application import cover_requests, shift_prompts
from supportbot.application.context import Context
from supportbot.domain.on_call.wall_clock import instant_said
from supportbot.domain.ticket.commands import Refused

log = structlog.get_logger()

_SAY = "supportbot_say"
_FAILED = "That went wrong on our side; `supportbot cover` on the command line can do the same."
_TOO_SLOW = "Slack did not open the form (it waits for three seconds only): press again."
_LONGEST_ERROR = 500


class RotaButtons:
    """Presses and forms about shifts; `decide` comes before the acknowledgement."""

    def __init__(self, context: Context, people: People, client: WebClient) -> None:
        self._context = context
        self._people = people
        self._client = client

    def decide(self, body: dict[str, Any], context: BoltContext, ack: Ack) -> None:
        """Do what the button says, then acknowledge. What it raises stays unacknowledged."""
        context[_SAY] = _FAILED
        context[_SAY] = self._pressed(body["actions"][0], str(body["user"]["id"]))
        ack()

    def follow_up(self, body: dict[str, Any], context: BoltContext) -> None:
        """Tell the presser how it went, or open the form they asked for."""
        action = body["actions"][0]
        said = str(context.get(_SAY) or "")
        if not said and action["action_id"] in (names.COVER_ASK, names.COVER_PART):
            said = self._open(body, action)
        if said:
            whisper(body, said)

    def submitted(self, body: dict[str, Any], ack: Ack) -> None:
        """Do what the form asks, then acknowledge: it closes, or shows why not."""
        view, user = body["view"], str(body["user"]["id"])
        try:
            problem = self._sent(view, user)
        except Exception:
            log.exception("slack_rota_form_failed", form=view["callback_id"])
            problem = _FAILED
        if problem:
            ack(response_action="errors", errors={names.FIELD_FROM: cut(problem, _LONGEST_ERROR)})
        else:
            ack()

    def _pressed(self, action: Mapping[str, Any], user: str) -> str:
        """What to tell the presser; nothing, where a form is to be opened."""
        try:
            by = self._people.who(user)
        except Unknown as unknown:
            return str(unknown)
        value = str(action.get("value", ""))
        match action["action_id"]:
            case names.SHIFT_OK:
                shift_prompts.answered(self._context, value)
                return "Noted."
            case names.COVER_TAKE:
                return _told(cover_requests.take(self._context, int(value), by=by))
        return ""

    def _sent(self, view: Mapping[str, Any], user: str) -> str:
        """Why it was not done, or nothing."""
        try:
            by = self._people.who(user)
            start, end = (
                self._moment(view, field, by) for field in (names.FIELD_FROM, names.FIELD_UNTIL)
            )
        except (Unknown, ValueError) as refusal:
            return str(refusal)
        about, values = str(view["private_metadata"]), view["state"]["values"]
        if view["callback_id"] == names.COVER_PART:
            done = cover_requests.take(self._context, int(about), by=by, part=(start, end))
        else:
            done = cover_requests.ask(
                self._context,
                rotation=about,
                person=by,
                start=start,
                end=end,
                by=by,
                reason=entered(values, names.FIELD_REASON),
            )
        return done.reason if isinstance(done, Refused) else ""

    def _moment(self, view: Mapping[str, Any], field: str, by: str) -> datetime:
        return instant_said(entered(view["state"]["values"], field), self._zone(by))

    def _zone(self, person: str) -> str:
        return self._context.shelf.current.people[person].zone

    def _open(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> str:
        """Open the form. What there is to say instead, or nothing."""
        zone = self._zone(self._people.who(str(body["user"]["id"])))
        value = str(action.get("value", ""))
        if action["action_id"] == names.COVER_ASK:
            form = cover_form(shift_in(value), zone)
        else:
            request = cover_requests.get(self._context, int(value))
            spans = request.open_spans() if request else ()
            first = next(iter(spans), None)
            if first is None:
                return "Nothing of it is open any more."
            form = part_form(int(value), first, zone)
        try:
            self._client.views_open(trigger_id=body["trigger_id"], view=form)
        except (SlackApiError, OSError, http.client.HTTPException) as error:
            log.warning("slack_form_not_opened", error=str(error)[:300])
            return _TOO_SLOW
        return ""


def _told(done: cover_requests.Done | Refused) -> str:
    if isinstance(done, Refused):
        return done.reason
    return " ".join(("It is yours. Thank you!", *done.warnings))
