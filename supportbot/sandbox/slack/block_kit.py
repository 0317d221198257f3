"""What Slack accepts as blocks and views, and what it answers to the rest.

Lengths and counts: https://docs.slack.dev/reference/block-kit/ (blocks, block-elements and
composition-objects) and https://docs.slack.dev/reference/views/. The cap on the characters of all
blocks together is undocumented; slackapi/bolt-js issue 2509 measured it. A block type that is not
in this table is refused even if Slack has it: what the sandbox cannot check, it does not take.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from supportbot.sandbox.slack.errors import Refused
from supportbot.sandbox.slack.schema import (
    Check,
    Findings,
    anything,
    at_least_one,
    both,
    choice,
    exactly_one,
    flag,
    integer,
    items,
    shape,
    string,
    tagged,
    text,
)

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_CHARACTERS = 12_000
VIEW_BYTES = 250_000

_ID = string(255)
_STYLE = choice("primary", "danger")
_PLACEHOLDER = text(150, plain=True)
_CONFIRM = shape(
    {
        "title": text(100, plain=True),
        "text": text(300),
        "confirm": text(30, plain=True),
        "deny": text(30, plain=True),
    },
    {"style": _STYLE},
)


def _option(*, plain: bool) -> Check:
    return shape(
        {"text": text(75, plain=plain), "value": string(150, 1)},
        {"description": text(75, plain=plain), "url": string(3000)},
    )


_OPTION = _option(plain=True)
_RICH_OPTION = _option(plain=False)
_OPTION_GROUP = shape({"label": text(75, plain=True), "options": items(_OPTION, most=100)})
_COMMON = {"action_id": _ID, "confirm": _CONFIRM, "focus_on_load": flag}
_TYPED = {"action_id": _ID, "focus_on_load": flag, "placeholder": _PLACEHOLDER}


def _menu(**own: Check) -> Check:
    return shape({}, {**_COMMON, "placeholder": _PLACEHOLDER, **own})


def _static_menu(**own: Check) -> Check:
    lists = {
        "options": items(_OPTION, most=100),
        "option_groups": items(_OPTION_GROUP, most=100),
    }
    return both(_menu(**lists, **own), exactly_one("options", "option_groups"))


_MANY = {"max_selected_items": integer(1, 100)}
_MENUS: dict[str, Check] = {
    "static_select": _static_menu(initial_option=_OPTION),
    "users_select": _menu(initial_user=anything),
    "channels_select": _menu(initial_channel=anything, response_url_enabled=flag),
    "conversations_select": _menu(
        initial_conversation=anything,
        default_to_current_conversation=flag,
        response_url_enabled=flag,
        filter=anything,
    ),
}
_MULTI_MENUS: dict[str, Check] = {
    "multi_static_select": _static_menu(initial_options=items(_OPTION, most=100), **_MANY),
    "multi_users_select": _menu(initial_users=anything, **_MANY),
    "multi_channels_select": _menu(initial_channels=anything, **_MANY),
    "multi_conversations_select": _menu(
        initial_conversations=anything, default_to_current_conversation=flag, **_MANY
    ),
}
_PICKERS: dict[str, Check] = {
    "datepicker": _menu(initial_date=string(10, 10)),
    "timepicker": _menu(initial_time=string(5, 5), timezone=string(255)),
    "radio_buttons": shape(
        {"options": items(_RICH_OPTION, most=10)}, {**_COMMON, "initial_option": _RICH_OPTION}
    ),
    "checkboxes": shape(
        {"options": items(_RICH_OPTION, most=10)},
        {**_COMMON, "initial_options": items(_RICH_OPTION, most=10)},
    ),
}
_DATETIME: dict[str, Check] = {"datetimepicker": _menu(initial_date_time=integer(0, 9_999_999_999))}
_BUTTONS: dict[str, Check] = {
    "button": shape(
        {"text": text(75, plain=True)},
        {
            "action_id": _ID,
            "url": string(3000),
            "value": string(2000),
            "style": _STYLE,
            "confirm": _CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "overflow": shape({"options": items(_OPTION, most=5)}, {"action_id": _ID, "confirm": _CONFIRM}),
}
_INPUTS: dict[str, Check] = {
    "plain_text_input": shape(
        {},
        {
            **_TYPED,
            "initial_value": string(3000),
            "multiline": flag,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
            "dispatch_action_config": anything,
        },
    ),
    "email_text_input": shape({}, {**_TYPED, "initial_value": string(3000)}),
    "url_text_input": shape({}, {**_TYPED, "initial_value": string(3000)}),
    "number_input": shape(
        {"is_decimal_allowed": flag},
        {**_TYPED, "initial_value": anything, "min_value": anything, "max_value": anything},
    ),
}
_IMAGE_FIELDS: dict[str, Check] = {"image_url": string(3000, 1), "alt_text": string(2000, 1)}
_IMAGE_ELEMENT = shape(_IMAGE_FIELDS)
_PLAIN_OR_MRKDWN: dict[str, Check] = {"plain_text": text(2000, plain=True), "mrkdwn": text(2000)}

_IN_ACTIONS = {**_BUTTONS, **_MENUS, **_PICKERS, **_DATETIME}
_IN_SECTION = {**_BUTTONS, **_MENUS, **_MULTI_MENUS, **_PICKERS, "image": _IMAGE_ELEMENT}
_IN_INPUT = {**_INPUTS, **_MENUS, **_MULTI_MENUS, **_PICKERS, **_DATETIME}
INTERACTIVE = frozenset({*_IN_ACTIONS, *_IN_INPUT, *_MULTI_MENUS})
"""The element types that a person can press, pick from or fill in."""


def _block(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    return shape(required, {"block_id": _ID, **(optional or {})})


_BLOCK = tagged(
    {
        "divider": _block({}),
        "section": both(
            _block(
                {},
                {
                    "text": text(3000),
                    "fields": items(text(2000), most=10),
                    "accessory": tagged(_IN_SECTION),
                    "expand": flag,
                },
            ),
            at_least_one("text", "fields"),
        ),
        "header": _block({"text": text(150, plain=True)}),
        "context": _block(
            {"elements": items(tagged({**_PLAIN_OR_MRKDWN, "image": _IMAGE_ELEMENT}), most=10)}
        ),
        "actions": _block({"elements": items(tagged(_IN_ACTIONS), most=25)}),
        "image": _block(_IMAGE_FIELDS, {"title": text(2000, plain=True)}),
        "input": _block(
            {"label": text(2000, plain=True), "element": tagged(_IN_INPUT)},
            {"hint": text(2000, plain=True), "optional": flag, "dispatch_action": flag},
        ),
        "markdown": _block({"text": string(12_000, 1)}),
        "rich_text": _block({"elements": items(anything, most=1000)}),
    }
)
_VIEW_FIELDS: dict[str, Check] = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
_VIEW = tagged(
    {
        "modal": shape(
            {"title": text(24, plain=True), "blocks": items(_BLOCK, most=VIEW_BLOCKS)},
            {
                **_VIEW_FIELDS,
                "submit": text(24, plain=True),
                "close": text(24, plain=True),
                "clear_on_close": flag,
                "notify_on_close": flag,
            },
        ),
        "home": shape({"blocks": items(_BLOCK, most=VIEW_BLOCKS)}, _VIEW_FIELDS),
    }
)


def check_message_blocks(blocks: Any) -> None:
    """Raise Refused("invalid_blocks" or "msg_blocks_too_long") unless a message may carry these.

    Slack wants action ids unique within a block; a message is held to more here, unique over all of
    it, so that one can be told from another in a log.
    """
    findings = Findings()
    items(_BLOCK, least=0, most=MESSAGE_BLOCKS)(blocks, "/blocks", findings)
    if not findings.messages:
        _check_ids(blocks, findings, over_all=True)
    if findings.messages:
        raise Refused("invalid_blocks", messages=findings.messages, errors=findings.messages)
    if _characters(blocks) > MESSAGE_CHARACTERS:
        raise Refused("msg_blocks_too_long")


def check_view(view: Any) -> None:
    """Raise Refused("invalid_arguments" or "view_too_large") unless Slack would show this view."""
    findings = Findings()
    _VIEW(view, "/view", findings)
    if not findings.messages:
        _check_ids(view["blocks"], findings, over_all=False, root="/view/blocks")
        if _has_input(view) and view["type"] == "modal" and "submit" not in view:
            findings.add("missing required field: submit", "/view")
    if findings.messages:
        raise Refused("invalid_arguments", messages=findings.messages)
    if len(json.dumps(view)) > VIEW_BYTES:
        raise Refused("view_too_large")


def interactive_elements(block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The elements of one valid block that a person can use, in the order they are shown."""
    places = (block.get("element"), block.get("accessory"), *(block.get("elements") or ()))
    for element in places:
        if isinstance(element, dict) and element.get("type") in INTERACTIVE:
            yield element


def _check_ids(
    blocks: list[dict[str, Any]], findings: Findings, *, over_all: bool, root: str = "/blocks"
) -> None:
    block_ids: set[str] = set()
    action_ids: set[str] = set()
    for index, block in enumerate(blocks):
        _note_id(block.get("block_id"), "block_id", block_ids, findings, f"{root}/{index}")
        if not over_all:
            action_ids = set()
        for element in interactive_elements(block):
            own = element.get("action_id")
            _note_id(own, "action_id", action_ids, findings, f"{root}/{index}")


def _note_id(
    value: str | None, name: str, seen: set[str], findings: Findings, pointer: str
) -> None:
    if value is not None and value in seen:
        findings.add(f"`{name}` already exists: {value}", f"{pointer}/{name}")
    elif value is not None:
        seen.add(value)


def _has_input(view: Mapping[str, Any]) -> bool:
    return any(block["type"] == "input" for block in view["blocks"])


def _characters(blocks: Any) -> int:
    total, waiting = 0, [blocks]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            written = value.get("text")
            total += len(written) if isinstance(written, str) else 0
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return total
