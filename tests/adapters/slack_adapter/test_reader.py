"""From an inbox row to a message."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk import WebClient

from supportbot.adapters.slack.directory import Directory
from supportbot.adapters.slack.events import envelope
from supportbot.adapters.slack.reader import SlackReader, SlackUnavailable, UnreadableEvent
from supportbot.application.ports import Ignored, InboxRow
from supportbot.domain.triage.message import InboundMessage, Place, Sender
from supportbot.sandbox.slack import UNAVAILABLE, Human, LocalSlack

AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def reader(client: WebClient) -> SlackReader:
    return SlackReader(Directory(client))


@pytest.fixture
def ana(slack: LocalSlack) -> Human:
    ana = slack.human("ana", email="ana@northfield.example")
    slack.channel("support", [ana])
    return ana


def row(body: Any) -> InboxRow:
    text = body if isinstance(body, str) else json.dumps(body)
    return InboxRow(1, "token", "slack", text, AT, 1)


def heard(slack: LocalSlack, **changes: Any) -> InboxRow:
    """The newest event of the workspace as the inbox hands it out, with `changes` to the event."""
    newest = slack.events()[-1]
    body = {
        "team_id": slack.team_id,
        "event_id": newest.event_id,
        "api_app_id": slack.app_id,
        "authorizations": [{"user_id": slack.bot_user_id, "is_bot": True}],
        "event": {**newest.event, **changes},
    }
    kept = envelope(body, AT)
    return InboxRow(1, "token", kept.source, kept.body, kept.received_at, 1)


def read(reader: SlackReader, row: InboxRow) -> InboundMessage:
    message = reader.read(row)
    assert isinstance(message, InboundMessage), message
    return message


def test_a_message_in_a_channel(slack: LocalSlack, reader: SlackReader, ana: Human) -> None:
    said = ana.say("support", "The hub &lt;prod&gt; is down")
    team, channel, ts = slack.team_id, said.channel, said.ts
    assert read(reader, heard(slack)) == InboundMessage(
        source="slack",
        key=f"slack:message:{team}:{channel}:{ts}",
        sender=Sender(slack=ana.id, mail="ana@northfield.example", name="ana"),
        text="The hub <prod> is down",
        at=datetime(2026, 11, 24, 14, 5, tzinfo=UTC),
        channel="#support",
        thread_keys=(f"slack:thread:{team}:{channel}:{ts}",),
        reply_to=Place("slack", {"channel": channel, "thread": ts}),
        direct=False,
        mentions_bot=False,
        starts_thread=True,
    )


def test_a_reply_belongs_to_its_thread(slack: LocalSlack, reader: SlackReader, ana: Human) -> None:
    first = ana.say("support", "It is down")
    ana.say("support", "still", first.ts)
    message = read(reader, heard(slack))
    assert message.thread_keys == (f"slack:thread:{slack.team_id}:{first.channel}:{first.ts}",)
    assert message.reply_to == Place("slack", {"channel": first.channel, "thread": first.ts})
    assert not message.starts_thread


def test_a_direct_message_needs_no_channel(
    slack: LocalSlack, reader: SlackReader, ana: Human
) -> None:
    ana.dm("help")
    message = read(reader, heard(slack))
    assert message.direct
    assert message.channel == "dm"
    assert slack.calls("conversations.info") == []


def test_a_mention_and_its_message_read_alike(
    slack: LocalSlack, reader: SlackReader, ana: Human
) -> None:
    ana.mention_bot("support", "the hub is down")
    mention = read(reader, heard(slack))
    message = read(reader, heard(slack, type="message", channel_type="channel"))
    assert mention == message
    assert mention.mentions_bot
    assert mention.text == "the hub is down"


def test_a_bare_mention_is_a_message_too(
    slack: LocalSlack, reader: SlackReader, ana: Human
) -> None:
    ana.mention_bot("support", "")
    assert read(reader, heard(slack)).text == "@supportbot"


def test_files_and_forwarded_messages_are_part_of_the_text(
    slack: LocalSlack, reader: SlackReader, ana: Human
) -> None:
    ana.say("support", "look")
    files, cards = [{"name": "log.txt"}, {}], [{"text": "it said &amp; did"}, {"fallback": "f"}]
    message = read(reader, heard(slack, subtype="file_share", files=files, attachments=cards))
    assert message.text == "look\nit said & did\nf\n[file: log.txt]\n[file]"


def test_a_bot_that_has_no_user_is_a_sender_too(
    slack: LocalSlack, reader: SlackReader, ana: Human
) -> None:
    ana.say("support", "alert")
    row = heard(slack, user=None, bot_id="B9", app_id="A9", bot_profile={"name": "Alerts"})
    assert read(reader, row).sender == Sender(name="Alerts")


def test_someone_whom_slack_does_not_show_is_known_by_id(
    slack: LocalSlack, reader: SlackReader, ana: Human
) -> None:
    ana.say("support", "hello")
    assert read(reader, heard(slack, user="U999999999")).sender == Sender(slack="U999999999")


def test_text_is_bounded_and_so_are_questions_about_it(
    slack: LocalSlack, reader: SlackReader, ana: Human
) -> None:
    ana.say("support", "x")
    many = "".join(f"<@U{n:010}>" for n in range(5_000))
    message = read(reader, heard(slack, text=many))
    assert len(message.text) <= 40_000
    assert len(slack.calls("users.info")) <= 20


def test_a_channel_without_a_name_goes_by_its_id(
    slack: LocalSlack, reader: SlackReader, ana: Human
) -> None:
    ana.say("support", "hello")
    assert read(reader, heard(slack, channel="C999999999")).channel == "C999999999"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"subtype": "message_changed"}, "a message of subtype message_changed"),
        ({"subtype": "channel_join"}, "a message of subtype channel_join"),
        ({"subtype": ["x"]}, "a message of subtype ['x']"),
        ({"type": "reaction_added"}, "an event of type reaction_added"),
        ({"text": "  "}, "an empty message"),
    ],
)
def test_what_is_no_request_is_ignored_with_the_reason(
    slack: LocalSlack, reader: SlackReader, ana: Human, changes: dict[str, Any], reason: str
) -> None:
    ana.say("support", "hello")
    assert reader.read(heard(slack, **changes)) == Ignored(reason)


def test_the_bots_own_messages_are_ignored(
    slack: LocalSlack, reader: SlackReader, ana: Human, client: WebClient
) -> None:
    client.chat_postMessage(channel="support", text="me")
    assert reader.read(heard(slack)) == Ignored("the bot's own message")


@pytest.mark.parametrize(
    "body",
    [
        "no JSON",
        "[]",
        "[" * 100_000,
        {},
        {"event": {}},
        {"event": "message"},
        {"event": {"type": None}},
        {"event": {"type": "message"}},
        {"team_id": "T1", "event": {"type": "message", "channel": "C1", "ts": "soon"}},
        {"team_id": "T1", "event": {"type": "message", "channel": "C1", "ts": "9" * 30}},
        {"team_id": 1, "event": {"type": "message", "channel": "C1", "ts": "1.2"}},
        {"team_id": "T1", "event": {"type": "message", "channel": "D1", "ts": "1.2", "text": 1}},
    ],
)
def test_unknown_shapes_are_named(reader: SlackReader, body: Any) -> None:
    with pytest.raises(UnreadableEvent):
        reader.read(row(body))


def test_a_slack_that_is_down_is_no_fault_of_the_message(
    slack: LocalSlack, reader: SlackReader, ana: Human
) -> None:
    ana.say("support", "hello")
    slack.fail_next("users.info", UNAVAILABLE, times=3)
    with pytest.raises(SlackUnavailable):
        reader.read(heard(slack))
    assert read(reader, heard(slack)).sender.name == "ana"


def test_a_short_fault_is_sat_out(slack: LocalSlack, reader: SlackReader, ana: Human) -> None:
    ana.say("support", "hello")
    slack.fail_next("users.info", UNAVAILABLE, times=2)
    assert read(reader, heard(slack)).sender.name == "ana"
