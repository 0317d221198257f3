"""`/support`, over both transports: with its text, and by its form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk import WebClient

from supportbot.adapters.slack import names
from supportbot.adapters.slack.app import dispatch
from supportbot.adapters.slack.directory import Directory
from supportbot.adapters.slack.reader import SlackReader, SlackUnavailable, UnreadableEvent
from supportbot.application.ports import Ignored, InboxRow
from supportbot.domain.triage.message import InboundMessage, Place, Sender
from supportbot.sandbox.slack import UNAVAILABLE, Human, LocalSlack, View, refused
from tests.adapters.slack_adapter.room import START, Room

OUTAGE = "Nobody can open notebooks on https://hub.northfield.example"


@pytest.fixture
def desk(room: Room) -> Iterator[Room]:
    with room.connected():
        yield room


@pytest.fixture
def mara(desk: Room) -> Human:
    return desk.people["mara"]


def opened_form(desk: Room, who: Human) -> View:
    assert who.slash("/support", channel="northfield-support").acked
    return desk.slack.wait_until(lambda: desk.slack.views(who))[-1]


# --- with text


def test_a_command_with_text_opens_a_ticket_answered_by_direct_message(
    desk: Room, mara: Human
) -> None:
    typed = mara.slash("/support", OUTAGE, channel="northfield-support")
    desk.settle()
    (ticket,) = desk.tickets()
    assert typed.acked
    assert "by direct message" in desk.slack.ephemerals(mara)[-1].text
    assert (ticket.community, ticket.reporter_person) == ("northfield", "mara")
    assert ticket.terms.key == "P1"
    assert "SUP-1" in desk.slack.dms(mara)[-1].text
    assert "by direct message" in desk.root().full_text


def test_it_works_where_the_bot_is_not(desk: Room, mara: Human) -> None:
    desk.slack.channel("random", [mara], with_bot=False, private=True)
    mara.slash("/support", "my notebook hangs", channel="random")
    desk.settle()
    assert len(desk.tickets()) == 1
    assert len(desk.slack.dms(mara)) == 1


def test_every_word_arrives_as_it_was_typed(desk: Room, mara: Human) -> None:
    mara.slash("/support", 'the payload of a & b <c> is "lost" = payload=x')
    desk.settle()
    assert 'the payload of a & b <c> is "lost" = payload=x' in desk.root().full_text


def test_a_text_that_is_too_long_is_refused_with_the_reason(desk: Room, mara: Human) -> None:
    assert mara.slash("/support", "x" * 3_001).acked
    assert "longer than 3,000 characters" in desk.slack.ephemerals(mara)[-1].text
    assert desk.received == []


def test_a_request_that_cannot_be_kept_is_told(desk: Room, mara: Human) -> None:
    desk.broken.append(OSError("disk full"))
    assert mara.slash("/support", OUTAGE).acked
    assert "nothing was kept" in desk.slack.ephemerals(mara)[-1].text
    assert desk.received == []


def test_two_requests_are_two_tickets(desk: Room, mara: Human) -> None:
    mara.slash("/support", "my notebook hangs")
    mara.slash("/support", "my notebook hangs")
    desk.settle()
    assert len(desk.tickets()) == 2


# --- bare


def test_the_bare_command_opens_a_form_and_its_words_a_ticket(desk: Room, mara: Human) -> None:
    form = opened_form(desk, mara)
    sent = mara.submit(form, {names.FIELD_TEXT: "Nobody can log in", names.FIELD_HUB: "prod"})
    desk.settle()
    (ticket,) = desk.tickets()
    assert sent.acked
    assert desk.slack.views(mara) == []
    assert ticket.community == "northfield"
    assert "Hub: prod" in desk.root().full_text
    assert "SUP-1" in desk.slack.dms(mara)[-1].text


def test_the_hub_may_be_left_out(desk: Room, mara: Human) -> None:
    mara.submit(opened_form(desk, mara), {names.FIELD_TEXT: "it hangs"})
    desk.settle()
    assert "Hub:" not in desk.root().full_text


def test_a_blank_form_stays_open_with_the_reason(desk: Room, mara: Human) -> None:
    form = opened_form(desk, mara)
    sent = mara.submit(form, {names.FIELD_TEXT: "  ", names.FIELD_HUB: "prod"})
    assert sent.errors == {names.FIELD_TEXT: "Please say what is wrong."}
    assert desk.slack.views(mara)
    assert desk.received == []


def test_the_form_keeps_the_words_when_they_cannot_be_kept(desk: Room, mara: Human) -> None:
    form = opened_form(desk, mara)
    desk.broken.append(OSError("disk full"))
    sent = mara.submit(form, {names.FIELD_TEXT: "words that took an hour"})
    assert "nothing was kept" in sent.errors[names.FIELD_TEXT]
    assert mara.submit(form, {names.FIELD_TEXT: "words that took an hour"}).errors == {}
    assert desk.received == [True]


def test_a_form_that_does_not_open_is_told(desk: Room, mara: Human) -> None:
    desk.slack.fail_next("views.open", refused("expired_trigger_id"))
    assert mara.slash("/support").acked
    told = desk.slack.wait_until(lambda: desk.slack.ephemerals(mara))
    assert "did not open the form" in told[-1].text


# --- delivered more than once


NO_WAY = pytest.mark.parametrize("transport", ["sockets"], indirect=True)


@NO_WAY
def test_a_command_that_is_delivered_again_is_known(desk: Room, mara: Human) -> None:
    payload = mara.slash("/support", OUTAGE).payload
    assert dispatch(desk.app(), payload).status == 200
    assert desk.received == [True, False]


@NO_WAY
def test_a_form_sent_again_is_known_and_with_more_words_it_is_not(desk: Room, mara: Human) -> None:
    payload = mara.submit(opened_form(desk, mara), {names.FIELD_TEXT: "it hangs"}).payload
    again = json.loads(json.dumps(payload).replace("it hangs", "it hangs, and now all of it"))
    for each in (payload, again):
        assert dispatch(desk.app(), each).status == 200
    assert desk.received == [True, False, True]


# --- as it is read


COMMAND: dict[str, Any] = {
    "command": "/support",
    "team_id": "T1",
    "user_id": "",
    "text": "it is &lt;down&gt;",
    "channel_id": "",
    "channel_name": "",
    "trigger_id": "1.2",
}


def row(body: Any) -> InboxRow:
    return InboxRow(1, "token", "slack", json.dumps(body), START, 1)


@pytest.fixture
def reader(client: WebClient) -> SlackReader:
    return SlackReader(Directory(client))


@pytest.fixture
def ana(slack: LocalSlack) -> Human:
    return slack.human("ana", email="ana@northfield.example")


def read(reader: SlackReader, ana: Human, **changes: Any) -> InboundMessage:
    message = reader.read(row({**COMMAND, "user_id": ana.id, **changes}))
    assert isinstance(message, InboundMessage), message
    return message


def test_a_request_is_read_whole(slack: LocalSlack, reader: SlackReader, ana: Human) -> None:
    support = slack.channel("support", [ana], with_bot=False)
    message = read(reader, ana, channel_id=support.id, channel_name="support")
    (direct,) = [call.answer for call in slack.calls("conversations.open")]
    assert direct is not None
    assert message == InboundMessage(
        source="slack",
        key="slack:command:T1:1.2",
        sender=Sender(slack=ana.id, mail="ana@northfield.example", name="ana"),
        text="it is <down>",
        at=START,
        channel="#support",
        reply_to=Place("slack", {"team": "T1", "channel": direct["channel"]["id"], "thread": ""}),
        direct=True,
        mentions_bot=True,
    )


@pytest.mark.parametrize(
    ("channel_id", "channel_name", "seen"),
    [
        ("D0123456789", "directmessage", "dm"),
        ("G0123456789", "privategroup", "G0123456789"),
        ("C0123456789", "elsewhere", "#elsewhere"),
        ("", "", "dm"),
    ],
)
def test_a_place_that_slack_does_not_show_has_the_name_it_came_with(
    reader: SlackReader, ana: Human, channel_id: str, channel_name: str, seen: str
) -> None:
    message = read(reader, ana, channel_id=channel_id, channel_name=channel_name)
    assert message.channel == seen


def test_the_direct_messages_are_opened_once_in_an_hour(
    slack: LocalSlack, reader: SlackReader, ana: Human
) -> None:
    assert read(reader, ana) == read(reader, ana)
    assert len(slack.calls("conversations.open")) == 1


def test_somebody_who_cannot_be_written_to_is_heard_all_the_same(
    slack: LocalSlack, reader: SlackReader, ana: Human
) -> None:
    slack.fail_next("conversations.open", refused("user_disabled"))
    message = read(reader, ana)
    assert message.reply_to is None
    assert message.text == "it is <down>"


def test_a_slack_that_is_down_is_no_fault_of_the_request(
    slack: LocalSlack, reader: SlackReader, ana: Human
) -> None:
    slack.fail_next("conversations.open", UNAVAILABLE, times=3)
    with pytest.raises(SlackUnavailable):
        read(reader, ana)
    assert read(reader, ana).reply_to is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": None},
        {"user_id": ["U1"]},
        {"team_id": ""},
        {"trigger_id": 5},
        {"trigger_id": "a\nb"},
    ],
)
def test_a_request_of_an_unknown_shape_is_named(
    reader: SlackReader, changes: dict[str, Any]
) -> None:
    with pytest.raises(UnreadableEvent):
        reader.read(row({**COMMAND, "user_id": "U1", **changes}))


@pytest.mark.parametrize(
    "view",
    [
        {"callback_id": names.SUPPORT},
        {"callback_id": names.SUPPORT, "state": {"values": []}, "private_metadata": "{}"},
        {"callback_id": names.SUPPORT, "state": {"values": {}}, "private_metadata": "[]"},
        {"callback_id": names.SUPPORT, "state": {"values": {"text": 5}}, "private_metadata": "{"},
    ],
)
def test_a_form_of_an_unknown_shape_is_named(reader: SlackReader, view: dict[str, Any]) -> None:
    body = {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "view": view}
    with pytest.raises(UnreadableEvent):
        reader.read(row(body))


def test_a_request_without_words_is_none(reader: SlackReader) -> None:
    assert reader.read(row({**COMMAND, "user_id": "U1", "text": " "})) == Ignored(
        "an empty request"
    )


@NO_WAY
def test_a_ticket_by_command_waits_for_a_slack_that_comes_back(desk: Room, mara: Human) -> None:
    desk.slack.fail_next("conversations.open", UNAVAILABLE, times=3)
    mara.slash("/support", OUTAGE)
    desk.settle()
    assert desk.tickets() == []
    desk.clock.at += timedelta(minutes=1)
    desk.settle()
    assert len(desk.tickets()) == 1
