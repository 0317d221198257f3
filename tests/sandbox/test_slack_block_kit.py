"""Block Kit as the sandbox checks it, held against the lengths that slack_sdk's models know."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block, Option
from slack_sdk.models.views import View

from supportbot.sandbox.slack.block_kit import check_message_blocks, check_view
from supportbot.sandbox.slack.errors import Refused

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str = "x", value: str = "x") -> Json:
    return {"text": plain(text), "value": value}


def button(**fields: Any) -> Json:
    return {"type": "button", "text": plain("x"), "action_id": "a", **fields}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def menu(**fields: Any) -> Json:
    return {"type": "static_select", "action_id": "m", "options": [option()], **fields}


def field(**fields: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "f"}
    return {"type": "input", "label": plain("x"), "element": element, **fields}


def confirm(**fields: Any) -> Json:
    texts = {name: plain("x") for name in ("title", "text", "confirm", "deny")}
    return actions(button(confirm={**texts, **fields}))


LENGTHS: list[tuple[str, int, Callable[[str], Json]]] = [
    ("block_id", 255, lambda s: {"type": "divider", "block_id": s}),
    ("section", 3000, lambda s: {"type": "section", "text": mrkdwn(s)}),
    ("header", 150, lambda s: {"type": "header", "text": plain(s)}),
    ("markdown", 12_000, lambda s: {"type": "markdown", "text": s}),
    ("button", 75, lambda s: actions(button(text=plain(s)))),
    ("button value", 2000, lambda s: actions(button(value=s))),
    ("button url", 3000, lambda s: actions(button(url=s))),
    ("action_id", 255, lambda s: actions(button(action_id=s))),
    ("placeholder", 150, lambda s: actions(menu(placeholder=plain(s)))),
    ("confirm title", 100, lambda s: confirm(title=plain(s))),
    ("confirm text", 300, lambda s: confirm(text=plain(s))),
    ("confirm button", 30, lambda s: confirm(confirm=plain(s))),
    ("deny button", 30, lambda s: confirm(deny=plain(s))),
    ("label", 2000, lambda s: field(label=plain(s))),
    ("hint", 2000, lambda s: field(hint=plain(s))),
    ("image", 3000, lambda s: {"type": "image", "image_url": s, "alt_text": "x"}),
    ("alt text", 2000, lambda s: {"type": "image", "image_url": "x", "alt_text": s}),
]
COUNTS: list[tuple[str, int, Callable[[int], Json]]] = [
    ("fields", 10, lambda n: {"type": "section", "fields": [mrkdwn("x")] * n}),
    ("buttons", 25, lambda n: actions(*(button(action_id=str(i)) for i in range(n)))),
    ("context", 10, lambda n: {"type": "context", "elements": [mrkdwn("x")] * n}),
    ("options", 100, lambda n: actions(menu(options=[option()] * n))),
]


def refused(block: Json) -> bool:
    try:
        check_message_blocks([block])
    except Refused:
        return True
    return False


def refused_by_sdk(block: Json) -> bool:
    try:
        parsed = Block.parse(block)
        assert parsed is not None
        json.dumps(parsed.to_dict())
    except SlackObjectFormationError:
        return True
    return False


@pytest.mark.parametrize(
    ("most", "block"), [row[1:] for row in LENGTHS], ids=[r[0] for r in LENGTHS]
)
def test_lengths_are_those_of_slack_sdk(most: int, block: Callable[[str], Json]) -> None:
    fits, too_long = block("x" * most), block("x" * (most + 1))
    assert (refused(fits), refused_by_sdk(fits)) == (False, False)
    assert (refused(too_long), refused_by_sdk(too_long)) == (True, True)


@pytest.mark.parametrize(("most", "block"), [row[1:] for row in COUNTS], ids=[r[0] for r in COUNTS])
def test_counts_are_those_of_slack_sdk(most: int, block: Callable[[int], Json]) -> None:
    assert (refused(block(most)), refused_by_sdk(block(most))) == (False, False)
    assert (refused(block(most + 1)), refused_by_sdk(block(most + 1))) == (True, True)


@pytest.mark.parametrize(("most", "name"), [(75, "text"), (150, "value")])
def test_lengths_of_options_are_those_of_slack_sdk(most: int, name: str) -> None:
    fits, too_long = option(**{name: "x" * most}), option(**{name: "x" * (most + 1)})
    check_message_blocks([actions(menu(options=[fits]))])
    Option(**fits).to_dict()
    assert refused(actions(menu(options=[too_long])))
    with pytest.raises(SlackObjectFormationError):
        Option(**too_long).to_dict()


@pytest.mark.parametrize(
    ("blocks", "complaint"),
    [
        pytest.param(
            [{"type": "section", "fields": [mrkdwn("x" * 2001)]}],
            "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
            id="a field is shorter than a section",
        ),
        pytest.param(
            [{"type": "divider"}] * 51,
            "no more than 50 items allowed [json-pointer:/blocks]",
            id="fifty blocks",
        ),
        pytest.param(
            [{"type": "divider"}, {"type": "dividor"}],
            "unsupported type: dividor [json-pointer:/blocks/1/type]",
            id="unknown block",
        ),
        pytest.param(
            [actions({"type": "plain_text_input", "action_id": "x"})],
            "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
            id="an element in the wrong place",
        ),
        pytest.param(
            [{"type": "section"}],
            "must provide at least one of: text, fields [json-pointer:/blocks/0]",
            id="empty section",
        ),
        pytest.param(
            [{"type": "section", "text": mrkdwn("")}],
            "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
            id="empty text",
        ),
        pytest.param(
            [{"type": "header", "text": mrkdwn("x")}],
            "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
            id="mrkdwn in a header",
        ),
        pytest.param(
            [actions(button(disabled=True))],
            "invalid additional property: disabled [json-pointer:/blocks/0/elements/0]",
            id="unknown property",
        ),
        pytest.param(
            [actions(button(style="warning"))],
            "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]",
            id="unknown style",
        ),
        pytest.param(
            [actions(button()), actions(button())],
            "`action_id` already exists: a [json-pointer:/blocks/1/action_id]",
            id="the same action twice in a message",
        ),
        pytest.param(
            [{"type": "divider", "block_id": "b"}] * 2,
            "`block_id` already exists: b [json-pointer:/blocks/1/block_id]",
            id="the same block twice",
        ),
        pytest.param(
            [actions({"type": "static_select", "action_id": "m"})],
            "must provide exactly one of: options, option_groups "
            "[json-pointer:/blocks/0/elements/0]",
            id="a menu without options",
        ),
        pytest.param([7], "missing required field: type [json-pointer:/blocks/0]", id="no object"),
        pytest.param({}, "must provide an array [json-pointer:/blocks]", id="no list"),
    ],
)
def test_a_refusal_names_the_place(blocks: Any, complaint: str) -> None:
    with pytest.raises(Refused) as raised:
        check_message_blocks(blocks)
    assert raised.value.body()["error"] == "invalid_blocks"
    assert raised.value.body()["response_metadata"]["messages"] == [f"[ERROR] {complaint}"]


def test_all_blocks_together_have_an_end_too() -> None:
    section = {"type": "section", "text": mrkdwn("x" * 3000)}
    check_message_blocks([section] * 4)
    with pytest.raises(Refused, match="msg_blocks_too_long"):
        check_message_blocks([section, section, section, section, {**section, "block_id": "b"}])


def modal(**fields: Any) -> Json:
    return {"type": "modal", "title": plain("x"), "blocks": [{"type": "divider"}], **fields}


VIEW_LENGTHS: list[tuple[str, int, Callable[[str], Json]]] = [
    ("title", 24, lambda s: modal(title=plain(s))),
    ("submit", 24, lambda s: modal(submit=plain(s))),
    ("close", 24, lambda s: modal(close=plain(s))),
    ("private_metadata", 3000, lambda s: modal(private_metadata=s)),
    ("callback_id", 255, lambda s: modal(callback_id=s)),
]


@pytest.mark.parametrize(
    ("most", "view"), [row[1:] for row in VIEW_LENGTHS], ids=[row[0] for row in VIEW_LENGTHS]
)
def test_lengths_of_views_are_those_of_slack_sdk(most: int, view: Callable[[str], Json]) -> None:
    fits, too_long = view("x" * most), view("x" * (most + 1))
    check_view(fits)
    View(**fits).to_dict()
    with pytest.raises(Refused, match="invalid_arguments"):
        check_view(too_long)
    with pytest.raises(SlackObjectFormationError):
        View(**too_long).to_dict()


@pytest.mark.parametrize(
    ("view", "complaint"),
    [
        pytest.param(
            modal(blocks=[{"type": "divider"}] * 101),
            "no more than 100 items allowed [json-pointer:/view/blocks]",
            id="a hundred blocks",
        ),
        pytest.param(
            modal(blocks=[field()]),
            "missing required field: submit [json-pointer:/view]",
            id="a field without a way to send it",
        ),
        pytest.param(
            {"type": "modal", "blocks": [{"type": "divider"}]},
            "missing required field: title [json-pointer:/view]",
            id="no title",
        ),
        pytest.param("x", "missing required field: type [json-pointer:/view]", id="no object"),
    ],
)
def test_a_refused_view_names_the_place(view: Any, complaint: str) -> None:
    with pytest.raises(Refused) as raised:
        check_view(view)
    assert raised.value.messages == (complaint,)


def test_a_view_may_use_an_action_id_in_every_block() -> None:
    check_view(modal(submit=plain("x"), blocks=[field(block_id="a"), field(block_id="b")]))


def test_a_view_has_a_size() -> None:
    many = [{"type": "section", "text": mrkdwn("x" * 3000), "block_id": str(n)} for n in range(90)]
    with pytest.raises(Refused, match="view_too_large"):
        check_view(modal(blocks=many))
