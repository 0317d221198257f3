"""From Slack's socket into the inbox: kept before it is acknowledged, and kept once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportbot.adapters.slack.app import dispatch
from supportbot.sandbox.slack import Faults, LocalSlack, Patience
from tests.adapters.slack_adapter.room import HASTY, TEAM, HandClock, Room, Transport, open_room

# What has to do with no transport is tried on one.
NO_WAY = pytest.mark.parametrize("transport", ["sockets"], indirect=True)
OUTAGE = "Nobody can open notebooks on https://hub.northfield.example"


def test_a_message_becomes_a_ticket_with_a_receipt_and_a_root_message(room: Room) -> None:
    with room.connected():
        asked = room.people["mara"].say("northfield-support", OUTAGE)
        room.settle()
    (ticket,) = room.tickets()
    assert ticket.reporter_person == "mara"
    assert ticket.community == "northfield"
    assert "SUP-1" in room.slack.thread("northfield-support", asked.ts)[-1].text
    assert "Nobody can open notebooks" in room.root().full_text
    assert room.slack.dms(room.people["tomasz"])


def test_a_mention_that_fires_twice_is_one_row_and_one_ticket(room: Room) -> None:
    with room.connected():
        room.people["stranger"].mention_bot("northfield-support", "help, it is down")
        room.settle()
    assert len(room.slack.events()) >= 2
    assert room.received.count(True) == 1
    assert len(room.tickets()) == 1


def test_a_direct_message_opens_a_ticket(room: Room) -> None:
    with room.connected():
        room.people["mara"].dm("help")
        room.settle()
    assert room.tickets()[0].reply_to is not None
    assert "SUP-1" in room.slack.dms(room.people["mara"])[-1].text


def test_a_reply_of_the_reporter_joins_and_is_mirrored_to_the_team(room: Room) -> None:
    with room.connected():
        asked = room.people["mara"].say("northfield-support", OUTAGE)
        room.settle()
        room.people["mara"].say("northfield-support", "&lt;b&gt; now all of it", asked.ts)
        room.settle()
    root = room.root()
    assert len(room.tickets()) == 1
    assert "<b> now all of it" in room.slack.thread(TEAM, root.ts)[-1].full_text


def test_the_teams_own_thread_stays_inside(room: Room) -> None:
    with room.connected():
        asked = room.people["mara"].say("northfield-support", OUTAGE)
        room.settle()
        before = room.slack.thread("northfield-support", asked.ts)
        room.people["ines"].say(TEAM, "they never restart", room.root().ts)
        room.settle()
    assert room.slack.thread("northfield-support", asked.ts) == before
    assert len(room.tickets()) == 1


def test_the_bots_own_messages_never_enter_the_inbox(room: Room) -> None:
    with room.connected():
        room.people["mara"].say("northfield-support", OUTAGE)
        room.settle()
        room.heard()
    assert len(room.slack.events("message")) > 1
    assert room.received == [True]


@pytest.mark.parametrize("patience", [HASTY])
def test_an_event_that_cannot_be_kept_is_not_acknowledged_and_comes_again(room: Room) -> None:
    room.broken.append(OSError("disk full"))
    with room.connected():
        room.people["mara"].say("northfield-support", OUTAGE)
        room.settle()
    assert room.slack.events("message")[0].attempts > 1
    assert len(room.tickets()) == 1


def test_redeliveries_lost_acknowledgements_and_new_ids_open_one_ticket(
    tmp_path: Any, clock: HandClock, transport: Transport
) -> None:
    faults = Faults(seed=1, redeliver=0.5, new_event_id=0.5, double_mention=1.0, drop_ack=0.5)
    patience = Patience(ack=20.0, retries=(0.0, 0.05))
    with (
        LocalSlack(now=clock.now, faults=faults, patience=patience) as slack,
        open_room(tmp_path, slack, clock, transport) as room,
        room.connected(2),
    ):
        room.people["mara"].mention_bot("northfield-support", OUTAGE)
        room.settle()
        assert room.received.count(True) == 1
        assert len(room.received) > 2
        assert len(room.tickets()) == 1


UNKNOWN: list[Any] = [
    None,
    "text",
    ["list"],
    {},
    {"event": "text"},
    {"event": {}},
    {"event": {"type": ["message"]}},
    {"event": {"type": "message", "channel": {"id": []}}},
    {"type": "event_callback", "event": None},
    {"type": "something_new", "team": "T", "user": 5},
    {"authorizations": "all", "event": {"type": "message"}},
    {"authorizations": [[]], "event": {"type": "message"}},
    {"type": ["view_submission"], "view": "x"},
    {"enterprise": 5, "event": {"type": "message", "user": {"id": 1}}},
]


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["id", "type", "channel", "user", "team", "message", "view"]), inner
        )
    ),
    max_leaves=5,
)
payloads = st.fixed_dictionaries(
    {"type": st.just("event_callback") | values},
    optional=dict.fromkeys(
        ("event", "authorizations", "team", "enterprise", "user", "view", "channel"), values
    ),
)


@NO_WAY
@pytest.mark.parametrize("payload", UNKNOWN)
def test_a_payload_of_unknown_shape_is_kept_and_acknowledged(room: Room, payload: Any) -> None:
    assert dispatch(room.app(), payload).status == 200
    assert room.received == [True]


@NO_WAY
@given(payload=payloads)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_payload_is_lost_whatever_bolt_thinks_of_it(room: Room, payload: dict[str, Any]) -> None:
    assert dispatch(room.app(), payload).status == 200


@NO_WAY
def test_a_payload_that_crashes_its_reader_is_parked_for_a_person(room: Room) -> None:
    dispatch(room.app(), {"event": {"type": "message"}, "event_id": "Ev1"})
    for _ in range(3):
        room.settle()
        room.clock.at += timedelta(minutes=1)
    (parked,) = room.store.read(lambda uow: uow.parked())
    assert parked.what == "inbox"
    assert "UnreadableEvent" in parked.error


def test_bolt_asks_slack_nothing_on_the_way(room: Room) -> None:
    with room.connected():
        room.people["mara"].say("northfield-support", OUTAGE)
        room.heard()
    assert {call.method for call in room.slack.calls()} <= {"apps.connections.open"}
