"""What Slack's own client lets a person send from a form."""

from __future__ import annotations

from typing import Any

import pytest

from supportbot.sandbox.slack.form import filled

Json = dict[str, Any]


def field(block_id: str, element: Json, *, optional: bool = False) -> Json:
    named = {"action_id": f"{block_id}-input", **element}
    return {"type": "input", "block_id": block_id, "element": named, "optional": optional}


def option(value: str) -> Json:
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


OPTIONS = [option("one"), option("two")]


@pytest.mark.parametrize(
    ("element", "entered", "state"),
    [
        ({"type": "plain_text_input"}, "hello", {"value": "hello"}),
        ({"type": "plain_text_input", "initial_value": "as it was"}, None, {"value": "as it was"}),
        ({"type": "static_select", "options": OPTIONS}, "two", {"selected_option": OPTIONS[1]}),
        (
            {"type": "static_select", "option_groups": [{"options": OPTIONS}]},
            "one",
            {"selected_option": OPTIONS[0]},
        ),
        (
            {"type": "radio_buttons", "options": OPTIONS, "initial_option": OPTIONS[0]},
            None,
            {"selected_option": OPTIONS[0]},
        ),
        ({"type": "checkboxes", "options": OPTIONS}, ["two"], {"selected_options": [OPTIONS[1]]}),
        ({"type": "users_select"}, "U1", {"selected_user": "U1"}),
        ({"type": "multi_users_select"}, ["U1", "U2"], {"selected_users": ["U1", "U2"]}),
        ({"type": "datepicker"}, "2026-11-02", {"selected_date": "2026-11-02"}),
    ],
)
def test_each_kind_of_field_reports_in_its_own_way(
    element: Json, entered: Any, state: Json
) -> None:
    values = {} if entered is None else {"b": entered}
    reported = filled((field("b", element),), values)
    assert reported == {"b": {"b-input": {"type": element["type"], **state}}}


def test_a_field_goes_by_its_action_id_too() -> None:
    blocks = (field("b", {"type": "plain_text_input"}),)
    assert filled(blocks, {"b-input": "x"}) == filled(blocks, {"b": "x"})


def test_an_optional_field_may_stay_empty() -> None:
    blocks = (field("b", {"type": "plain_text_input"}, optional=True),)
    assert filled(blocks, {})["b"]["b-input"]["value"] is None


@pytest.mark.parametrize(
    ("element", "values", "complaint"),
    [
        ({"type": "plain_text_input"}, {}, "required"),
        ({"type": "plain_text_input"}, {"b": ""}, "required"),
        ({"type": "checkboxes", "options": OPTIONS}, {"b": []}, "required"),
        ({"type": "plain_text_input", "max_length": 3}, {"b": "four"}, "too long"),
        ({"type": "plain_text_input", "min_length": 5}, {"b": "four"}, "too short"),
        ({"type": "static_select", "options": OPTIONS}, {"b": "three"}, "no option 'three'"),
        ({"type": "plain_text_input"}, {"b": "x", "c": "y"}, "no field c"),
    ],
)
def test_what_slack_would_not_send_is_an_error(element: Json, values: Json, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        filled((field("b", element),), values)
