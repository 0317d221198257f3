"""Block Kit, as far as it is used here; every constructor keeps to Slack's limits by cutting.

Lengths: https://docs.slack.dev/reference/block-kit/blocks and /block-elements. Words of strangers
go into rich text or plain text, which Slack shows and does not read; `mrkdwn` arguments are trusted
to be escaped already.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from supportbot.adapters.slack.text import clean, cut, one_line

Block = dict[str, Any]
Style = Literal["primary", "danger"]

HEADER, SECTION, FIELD, BUTTON, FIELDS, ACTIONS = 150, 3000, 2000, 75, 10, 25
_NOTHING = "–"


def header(text: str) -> Block:
    return {"type": "header", "text": _plain(text, HEADER)}


def section(mrkdwn: str) -> Block:
    return {"type": "section", "text": _mrkdwn(mrkdwn, SECTION)}


def fields(mrkdwn: Sequence[str]) -> Block:
    """Short texts in two columns: one at least, ten at most."""
    return {"type": "section", "fields": [_mrkdwn(each, FIELD) for each in mrkdwn[:FIELDS]]}


def context(mrkdwn: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(mrkdwn, FIELD)]}


def quote(words: str, limit: int) -> Block:
    """Somebody's words, word for word and without effect."""
    return _rich("rich_text_quote", words, limit)


def preformatted(text: str, limit: int) -> Block:
    return _rich("rich_text_preformatted", text, limit)


def actions(block_id: str, elements: Sequence[Block]) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements[:ACTIONS])}


def button(label: str, action_id: str, value: str, style: Style | None = None) -> Block:
    element = {
        "type": "button",
        "action_id": action_id,
        "text": _plain(label, BUTTON),
        "value": value,
    }
    return {**element, "style": style} if style else element


def link_button(label: str, action_id: str, url: str) -> Block:
    return {"type": "button", "action_id": action_id, "text": _plain(label, BUTTON), "url": url}


def date(at: datetime) -> str:
    """A moment in mrkdwn that every reader sees in their own time zone (`at` is aware)."""
    fallback = at.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def option(label: str, value: str) -> Block:
    return {"text": _plain(label, 75), "value": value[:75]}


def text_input(
    block: str, label: str, *, required: bool, hint: str, long: bool = True, value: str = ""
) -> Block:
    """A field named `block` of at most 3000 characters, in which `value` stands already."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": block,
        "multiline": long,
        "max_length": 3000,
    }
    if value:
        element["initial_value"] = value
    return {
        "type": "input",
        "block_id": block,
        "label": _plain(label, 2000),
        "hint": _plain(hint, 2000),
        "optional": not required,
        "element": element,
    }


def select_input(
    block: str, label: str, options: Sequence[Block], picked: str | None = None
) -> Block:
    """A menu of at most 100 options; the one whose value is `picked` is picked already."""
    shown = list(options[:100])
    element: Block = {"type": "static_select", "action_id": block, "options": shown}
    initial = next((each for each in shown if each["value"] == picked), None)
    if initial is not None:
        element["initial_option"] = initial
    return {
        "type": "input",
        "block_id": block,
        "label": _plain(label, 2000),
        "element": element,
    }


def modal(
    callback_id: str, title: str, metadata: str, blocks: Sequence[Block], submit: str | None = None
) -> Block:
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": _plain(title, 24),
        "close": _plain("Close" if submit is None else "Cancel", 24),
        "private_metadata": metadata,
        "blocks": list(blocks[:100]),
    }
    return view if submit is None else {**view, "submit": _plain(submit, 24)}


def _plain(text: str, limit: int) -> Block:
    # Without `emoji: False` a reporter's ":sos:" would be drawn.
    return {"type": "plain_text", "text": one_line(text, limit) or _NOTHING, "emoji": False}


def _mrkdwn(text: str, limit: int) -> Block:
    # `verbatim` keeps Slack from making links and mentions out of what looks like some.
    return {"type": "mrkdwn", "text": cut(text, limit) or _NOTHING, "verbatim": True}


def _rich(kind: str, text: str, limit: int) -> Block:
    words = cut(clean(text), limit).strip("\n")
    words = words if words.strip() else _NOTHING
    inside = {"type": kind, "elements": [{"type": "text", "text": words}]}
    return {"type": "rich_text", "elements": [inside]}
