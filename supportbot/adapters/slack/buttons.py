"""What happens when somebody presses a button.

A verb decides in its own transaction before Slack hears of it. Everything else (opening a form,
telling the presser why not) needs the network, comes after, and nothing depends on it.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from slack_bolt import Ack, BoltContext
from slack_sdk import WebClient, WebhookClient
from slack_sdk.errors import SlackApiError

from supportbot.adapters.slack import forms, names
from supportbot.adapters.slack.people import People, Unknown
from supportbot.application import approvals, queries
from supportbot.application.context import Context
from supportbot.application.ticket_actions import Done, act, escalate_now, merge
from supportbot.domain.planned.change_commands import RevertChange
from supportbot.domain.planned.event_commands import AcceptEvent, PromptDone
from supportbot.domain.planned.event_prompts import PROMPTS
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket.approving import Approve
from supportbot.domain.ticket.commands import Refused, may_act
from supportbot.domain.ticket.shift_change import Keep
from supportbot.domain.ticket.timebox import Extend

log = structlog.get_logger()

_SAY = "supportbot_say"
_FAILED = (
    "That went wrong on our side. Look at the ticket whether it was done, then try again;"
    " on the command line, `supportbot tickets` can do the same."
)
_TOO_SLOW = "Slack did not open the form (it waits for three seconds only): press again."
_WHISPER_TIMEOUT = 10

Verb = Callable[[Context, names.Seen, str], Done | Refused]
_VERBS: Mapping[str, Verb] = {
    names.ACKNOWLEDGE: lambda ctx, seen, by: act(
        ctx, seen.number, c.Acknowledge(by=by, seen=seen.version)
    ),
    names.TAKE: lambda ctx, seen, by: act(ctx, seen.number, c.Take(by=by, seen=seen.version)),
    names.KEEP: lambda ctx, seen, by: act(ctx, seen.number, Keep(by=by, seen=seen.version)),
    names.LET_GO: lambda ctx, seen, by: act(ctx, seen.number, c.LetGo(by=by, seen=seen.version)),
    names.ESCALATE: lambda ctx, seen, by: escalate_now(
        ctx, seen.number, c.EscalateNow(by=by, seen=seen.version)
    ),
    names.GO_ON: lambda ctx, seen, by: act(
        ctx, seen.number, c.Acknowledge(by=by, seen=seen.version)
    ),
    names.STILL: lambda ctx, seen, by: act(
        ctx, seen.number, c.Acknowledge(by=by, seen=seen.version)
    ),
    names.EXTEND: lambda ctx, seen, by: act(ctx, seen.number, Extend(by=by, seen=seen.version)),
    names.REOPEN: lambda ctx, seen, by: act(ctx, seen.number, c.Reopen(by=by, seen=seen.version)),
    names.MERGE: lambda ctx, seen, by: merge(
        ctx, seen.number, c.Merge(by=by, into=seen.into or seen.number)
    ),
    names.APPROVE: lambda ctx, seen, by: act(ctx, seen.number, Approve(by=by, seen=seen.version)),
    names.EVENT_ACCEPT: lambda ctx, seen, by: act(
        ctx, seen.number, AcceptEvent(by=by, seen=seen.version)
    ),
    names.EVENT_DONE: lambda ctx, seen, by: act(
        ctx, seen.number, PromptDone(by=by, kind=PROMPTS[(seen.into or 0) % len(PROMPTS)])
    ),
    names.CHANGE_REVERTED: lambda ctx, seen, by: act(
        ctx, seen.number, RevertChange(by=by, number=seen.into or 0)
    ),
}
_FORMS = frozenset(
    {
        names.SEVERITY,
        names.REPLY,
        names.RESOLVE,
        names.HAND_OVER,
        names.DECLINE,
        names.WHY,
        names.EVENT,
        names.EVENT_DECLINE,
        names.CHANGE,
        names.SNOOZE,
        names.WAIT,
        names.WAIT,
    }
)


class Buttons:
    """The two halves of a press: `decide` before the acknowledgement, `follow_up` after it."""

    def __init__(
        self,
        context: Context,
        people: People,
        client: WebClient,
        explain_text: Callable[[int], str],
    ) -> None:
        self._context = context
        self._people = people
        self._client = client
        self._explain_text = explain_text

    def decide(self, body: dict[str, Any], context: BoltContext, ack: Ack) -> None:
        """Do a verb, then acknowledge. What it raises keeps the press unacknowledged."""
        action = _action(body)
        verb = _VERBS.get(action["action_id"])
        if verb is not None:
            context[_SAY] = _FAILED
            context[_SAY] = self._do(verb, action, body)
        ack()

    def follow_up(self, body: dict[str, Any], context: BoltContext) -> None:
        """Tell the presser what they need to know, or open the form they asked for."""
        said = str(context.get(_SAY) or "")
        if _action(body)["action_id"] in _FORMS:
            said = self._open(body)
        if said:
            whisper(body, said)

    def _do(self, verb: Verb, action: Mapping[str, Any], body: Mapping[str, Any]) -> str:
        """What to tell the presser: nothing, where the ticket's own message shows it."""
        seen = names.seen_in_value(str(action.get("value", "")))
        try:
            by = self._people.who(_user(body))
        except Unknown as unknown:
            return str(unknown)
        done = verb(self._context, seen, by)
        if isinstance(done, Refused):
            return done.reason
        log.info("slack_button_done", ticket=seen.number, action=action["action_id"], by=by)
        label = names.LABELS[action["action_id"]]
        return f"{label}: {done.ticket.reference}, done." if _is_direct(body) else ""

    def _open(self, body: Mapping[str, Any]) -> str:
        """Open a form. What there is to say instead, or nothing."""
        try:
            return self._open_form(body)
        except (SlackApiError, OSError, http.client.HTTPException) as error:
            log.warning("slack_form_not_opened", error=str(error)[:300])
            return _TOO_SLOW
        except Exception:
            log.exception("slack_form_crashed")
            return _FAILED

    def _open_form(self, body: Mapping[str, Any]) -> str:
        action = _action(body)
        seen = names.seen_in_value(str(action.get("value", "")))
        try:
            by = self._people.who(_user(body))
        except Unknown as unknown:
            return str(unknown)
        if action["action_id"] == names.DECLINE:
            refused = approvals.may_answer(self._context, seen.number, by)
        else:
            refused = may_act(by, self._context.shelf.current)
        if refused is not None:
            return refused.reason
        view = queries.view(self._context, seen.number)
        if view is None:
            return f"There is no ticket SUP-{seen.number}."
        asked = action["action_id"]
        if asked == names.WHY:
            form = forms.why(view, self._explain_text(seen.number))
        else:
            form = forms.form(asked, view)
        self._client.views_open(trigger_id=body["trigger_id"], view=form)
        return ""


def whisper(body: Mapping[str, Any], text: str) -> None:
    """Tell the person of an interaction something that nobody else sees; best effort."""
    url = body.get("response_url")
    if not isinstance(url, str) or not url:
        return
    client = WebhookClient(url, timeout=_WHISPER_TIMEOUT, retry_handlers=[])
    try:
        client.send(text=text, response_type="ephemeral", replace_original=False)
    except (OSError, http.client.HTTPException) as error:
        log.warning("slack_whisper_failed", error=type(error).__name__)


def _action(body: Mapping[str, Any]) -> Mapping[str, Any]:
    actions: list[Mapping[str, Any]] = body["actions"]
    return {**actions[0], "action_id": names.verb_of(actions[0]["action_id"])}


def _user(body: Mapping[str, Any]) -> str:
    return str(body["user"]["id"])


def _is_direct(body: Mapping[str, Any]) -> bool:
    """Whether the press was in a direct message, where no ticket's message shows its effect."""
    channel = body.get("channel") or {}
    return str(channel.get("id", "")).startswith("D")
