"""What somebody asked for with `/support`: in the command itself, or in the form it opened.

https://docs.slack.dev/interactivity/implementing-slash-commands and
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supportbot.adapters.slack import names
from supportbot.adapters.slack.text import clean, unescaped

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `channel` is the id of where it was typed, `channel_name` what Slack calls that.

    `key` names it: the same when Slack, or something between us and Slack, delivers it again.
    """

    key: str
    team: str
    user: str
    text: str
    channel: str
    channel_name: str


def is_request(body: Body) -> bool:
    """Whether `asked` reads this."""
    if "event" in body:
        return False
    view = body.get("view")
    ours = isinstance(view, dict) and view.get("callback_id") == names.SUPPORT
    return "command" in body or (body.get("type") == "view_submission" and ours)


def asked(body: Body) -> Asked:
    """The request in a command or a form. Raises ValueError for a shape nobody has met yet."""
    try:
        return _in_command(body) if "command" in body else _in_form(body)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no request of a known shape: {error!r}"[:200]) from error


def _in_command(body: Body) -> Asked:
    team, trigger = _word(body, "team_id"), _word(body, "trigger_id")
    return Asked(
        key=f"slack:command:{team}:{trigger}",
        team=team,
        user=_word(body, "user_id"),
        # The command's name is for Slack; its text is typed, with three characters escaped.
        text=clean(unescaped(str(body.get("text") or ""))).strip(),
        channel=str(body.get("channel_id") or ""),
        channel_name=str(body.get("channel_name") or ""),
    )


def _in_form(body: Body) -> Asked:
    view = body["view"]
    team, values = _word(body["team"], "id"), view["state"]["values"]
    typed = json.loads(view["private_metadata"])
    text, hub = (_entered(values, name) for name in (names.FIELD_TEXT, names.FIELD_HUB))
    # A form that went astray may be sent again with more in it: those words are a request, too.
    words = hashlib.sha256(f"{text}\0{hub}".encode()).hexdigest()[:16]
    return Asked(
        key=f"slack:form:{team}:{_word(view, 'id')}:{_word(view, 'hash')}:{words}",
        team=team,
        user=_word(body["user"], "id"),
        text=f"{text}\nHub: {hub}" if text and hub else text,
        channel=str(typed.get("channel") or ""),
        channel_name=str(typed.get("name") or ""),
    )


def origin(body: Body) -> str:
    """Where a command was typed, for the form to carry along as its private_metadata."""
    typed = {"channel": body.get("channel_id"), "name": body.get("channel_name")}
    return json.dumps({name: str(value or "")[:200] for name, value in typed.items()})


def _word(values: Body, name: str) -> str:
    value = values[name]
    if not isinstance(value, str) or not value or not value.isprintable():
        raise TypeError(f"{name!r} is no word")
    return value


def _entered(values: Body, field: str) -> str:
    return clean(str(values.get(field, {}).get(field, {}).get("value") or "")).strip()
