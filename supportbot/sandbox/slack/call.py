"""One Web API call as its method sees it: the arguments, who asks, and what they may do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from supportbot.sandbox.slack.errors import Refused
from supportbot.sandbox.slack.interactivity import Interactivity
from supportbot.sandbox.slack.model import Channel
from supportbot.sandbox.slack.workspace import Workspace

_SCOPE_PREFIX = {"channel": "channels", "group": "groups", "im": "im"}


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of a call and all a method needs to answer it."""

    args: Mapping[str, Any]
    workspace: Workspace
    interactivity: Interactivity
    scopes: frozenset[str]

    def need(self, *any_of: str) -> None:
        """Raise Refused("missing_scope") unless the token has one of these scopes."""
        if not self.scopes.intersection(any_of):
            provided = ",".join(sorted(self.scopes))
            raise Refused("missing_scope", needed=",".join(any_of), provided=provided)

    def need_on(self, channel: Channel, action: str) -> None:
        """Raise Refused("missing_scope"): which scope counts depends on the conversation's kind."""
        self.need(f"{_SCOPE_PREFIX[channel.kind]}:{action}")

    def text(self, name: str, default: str = "") -> str:
        """A string argument."""
        value = self.args.get(name, default)
        if isinstance(value, (dict, list)):
            raise Refused("invalid_arguments", messages=[f"must provide a string: {name}"])
        return str(value)

    def maybe(self, name: str) -> str | None:
        """A string argument, None where it is absent or empty."""
        return self.text(name) or None

    def flag(self, name: str) -> bool:
        """A boolean argument; forms carry it as 1 or true."""
        return self.text(name).lower() in ("1", "true")

    def number(self, name: str, default: int, *, most: int) -> int:
        """A whole number of 1 to `most`. Raises Refused("invalid_limit")."""
        try:
            value = int(self.text(name, str(default)))
        except ValueError:
            raise Refused("invalid_limit") from None
        if not 1 <= value <= most:
            raise Refused("invalid_limit")
        return value

    def structure(self, name: str, error: str) -> Any:
        """A JSON argument, in a form as a string. Raises Refused(error) where it cannot be read."""
        value = self.args.get(name)
        if isinstance(value, str):
            return parsed(value, error)
        return value


def parsed(text: str, error: str) -> Any:
    """The JSON in `text`. Raises Refused(error); deep nesting is refused like any other fault."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(error) from None


def read_arguments(query: str, content_type: str, body: bytes) -> dict[str, Any]:
    """The arguments of an HTTP request: query string, form or JSON object.

    Raises Refused("invalid_json", "json_not_object" or "invalid_form_data").
    """
    args: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Refused("invalid_form_data") from None
    if not content_type.startswith("application/json"):
        return args | dict(parse_qsl(text, keep_blank_values=True))
    sent = parsed(text or "{}", "invalid_json")
    if not isinstance(sent, dict):
        raise Refused("json_not_object")
    return args | sent
