"""From a payload to an envelope."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.adapters.slack import events

NOW = datetime(2026, 11, 24, tzinfo=UTC)
MESSAGE = {"type": "message", "channel": "C1", "ts": "1764000000.000100", "user": "U1"}
BODY = {
    "type": "event_callback",
    "event_id": "Ev1",
    "team_id": "T1",
    "api_app_id": "A1",
    "authorizations": [{"user_id": "UBOT", "is_bot": True}],
    "event": MESSAGE,
}


def body(**event: Any) -> dict[str, Any]:
    return {**BODY, "event": {**MESSAGE, **event}}


def test_a_message_is_named_by_its_event_and_by_itself() -> None:
    kept = events.envelope(BODY, NOW)
    assert kept.source == "slack"
    assert kept.keys == ("slack:event:Ev1", "slack:message:T1:C1:1764000000.000100")
    assert json.loads(kept.body) == BODY
    assert kept.received_at == NOW


def test_a_mention_has_the_name_of_its_message() -> None:
    mention = {**body(type="app_mention"), "event_id": "Ev2"}
    assert events.envelope(mention, NOW).keys[1] == events.envelope(BODY, NOW).keys[1]


@pytest.mark.parametrize(
    "event",
    [
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"type": "member_joined_channel"},
        {"ts": None},
        {"channel": ["C1"]},
        {"channel": ""},
        {"channel": "C\x00"},
        {"subtype": ["file_share"]},
    ],
)
def test_what_is_no_new_message_is_named_by_its_event_alone(event: dict[str, Any]) -> None:
    assert events.envelope(body(**event), NOW).keys == ("slack:event:Ev1",)


def test_what_has_no_name_is_named_by_its_content() -> None:
    one, same, other = ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 2})
    keys = [events.envelope(each, NOW).keys for each in (one, same, other)]
    assert keys[0] == keys[1] != keys[2]
    assert keys[0][0].startswith("slack:body:")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*BODY, "message", "command", "x"]), JSON))
def test_any_payload_gets_an_envelope(payload: dict[str, Any]) -> None:
    assert events.envelope(payload, NOW).keys
    events.is_own(payload)
    events.is_interaction(payload)


@pytest.mark.parametrize(
    ("event", "own"),
    [
        ({}, False),
        ({"user": "UBOT"}, True),
        ({"user": "UBOT", "type": "app_mention"}, True),
        ({"user": "U2", "bot_id": "B1", "app_id": "A1"}, True),
        ({"user": "U2", "bot_id": "B2", "app_id": "A2"}, False),
        ({"subtype": "message_changed", "message": {"user": "UBOT"}}, True),
        ({"subtype": "message_changed", "message": {"user": "U1"}}, False),
        ({"subtype": "message_deleted", "previous_message": {"user": "UBOT"}}, True),
        ({"type": "member_joined_channel", "user": "UBOT"}, False),
    ],
)
def test_the_bots_own_doings_are_known(event: dict[str, Any], own: bool) -> None:
    assert events.is_own(body(**event)) is own


@pytest.mark.parametrize(
    ("payload", "interaction"),
    [
        (BODY, False),
        ({"type": "block_actions"}, True),
        ({"type": "view_submission"}, True),
        ({"command": "/help"}, True),
        ({"type": "something_new"}, False),
        ({"type": "block_actions", "event": {}}, False),
        ({}, False),
    ],
)
def test_only_what_a_person_waits_for_is_no_event(
    payload: dict[str, Any], interaction: bool
) -> None:
    assert events.is_interaction(payload) is interaction
