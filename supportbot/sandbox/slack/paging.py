"""Slack's cursors: an opaque word that says where the next page begins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from supportbot.sandbox.slack.call import Call
from supportbot.sandbox.slack.errors import Refused

T = TypeVar("T")
_MARK = "next:"


def page(
    call: Call, things: Sequence[tuple[str, T]], *, default: int = 100, most: int = 999
) -> tuple[list[T], str]:
    """The page that `cursor` and `limit` ask for, and the cursor of the next: empty at the end.

    The cursor holds the key of the next thing and not its place, so that a list that grows at the
    front while it is read neither repeats nor skips anything.
    """
    limit = call.number("limit", default, most=most)
    after = _decoded(call.text("cursor"))
    keys = [key for key, _ in things]
    if after and after not in keys:
        raise Refused("invalid_cursor")
    start = keys.index(after) if after else 0
    end = start + limit
    found = [thing for _, thing in things[start:end]]
    return found, _encoded(keys[end]) if end < len(things) else ""


def _encoded(word: str) -> str:
    return base64.b64encode(f"{_MARK}{word}".encode()).decode()


def _decoded(cursor: str) -> str:
    if not cursor:
        return ""
    try:
        word = base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Refused("invalid_cursor") from None
    if not word.startswith(_MARK):
        raise Refused("invalid_cursor")
    return word.removeprefix(_MARK)
