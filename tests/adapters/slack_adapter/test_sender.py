"""Deliveries on a Slack that fails in every way it can, without a message lost or doubled."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from slack_sdk import WebClient

from supportbot.adapters.slack.client import web_client
from supportbot.adapters.slack.directory import Directory
from supportbot.adapters.slack.reader import SlackReader
from supportbot.adapters.slack.sender import SlackSender
from supportbot.application.ports import InboxRow
from supportbot.application.queries import TicketView
from supportbot.domain.notices.delivery import Receipt, SendFailure, SendTask
from supportbot.domain.triage.message import InboundMessage
from supportbot.sandbox.slack import (
    BAD_GATEWAY,
    DROP_REPLY,
    REFUSED_CONNECTION,
    SCOPES,
    SERVER_ERROR,
    UNAVAILABLE,
    Failure,
    Human,
    LocalSlack,
    Message,
    rate_limited,
    refused,
)
from tests.adapters.slack_adapter.room import START, HandClock
from tests.adapters.slack_adapter.test_rendering import PAYLOAD
from tests.adapters.slack_adapter.views import a_ticket, a_view

TEAM = "support-team"


@dataclass(slots=True)
class Outbox:
    """A sender, and tickets for it to render."""

    slack: LocalSlack
    client: WebClient
    ines: Human
    views: dict[int, TicketView] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sender = SlackSender(self.client, Directory(self.client), self.views.get)
        self.views[42] = a_view()

    sender: SlackSender = field(init=False)

    def send(self, kind: str, *, attempt: int = 1, **changes: Any) -> Receipt:
        return self.sender.send(self.task(kind, attempt=attempt, **changes))

    def task(
        self, kind: str, *, attempt: int = 1, at: datetime = START, **changes: Any
    ) -> SendTask:
        task = SendTask(
            id=1,
            token="t",
            key=f"SUP-42.1.{kind}",
            kind=kind,
            ticket=42,
            target={"channel": f"#{TEAM}"},
            place=None,
            payload=PAYLOAD,
            attempt=attempt,
            first_attempt_at=at,
        )
        return replace(task, **changes)

    def refusal(self, kind: str, **changes: Any) -> SendFailure:
        with pytest.raises(SendFailure) as caught:
            self.send(kind, **changes)
        return caught.value

    def place(self) -> dict[str, str]:
        """The place `team`, after a root message was sent."""
        return dict(self.send("slack.root").external)

    def messages(self) -> list[Message]:
        return self.slack.messages(TEAM)


@pytest.fixture
def outbox(slack: LocalSlack, client: WebClient) -> Outbox:
    ines = slack.human("ines", email="ines@team.example")
    slack.channel(TEAM, [ines])
    return Outbox(slack, client, ines)


# --- each kind


def test_a_root_message_gives_its_place_and_a_link(outbox: Outbox) -> None:
    receipt = outbox.send("slack.root")
    (root,) = outbox.messages()
    assert receipt.external["channel"] == root.channel
    assert receipt.external["ts"] == root.ts
    assert receipt.external["link"].startswith("https://")
    assert "SUP-42" in root.full_text


def test_a_root_message_stands_even_when_slack_gives_no_link(outbox: Outbox) -> None:
    outbox.slack.fail_next("chat.getPermalink", SERVER_ERROR)
    receipt = outbox.send("slack.root")
    assert "link" not in receipt.external
    assert len(outbox.messages()) == 1


def test_an_update_shows_the_newest_state(outbox: Outbox) -> None:
    place = outbox.place()
    outbox.views[42] = a_view(a_ticket(state="resolved"))
    outbox.send("slack.update", place=place)
    (root,) = outbox.messages()
    assert "✅" in root.full_text


@pytest.mark.parametrize(
    ("kind", "payload", "part"),
    [
        ("slack.note", {"text": "Ines took it & left."}, "Ines took it &amp; left."),
        ("slack.heard", {"author": "Mara", "text": "still down"}, "still down"),
        ("slack.mention", PAYLOAD, "<@U0000000001>"),
        ("slack.reminder", PAYLOAD, "The next word is due."),
    ],
)
def test_what_the_team_hears_is_in_its_thread(
    outbox: Outbox, kind: str, payload: dict[str, Any], part: str
) -> None:
    place = outbox.place()
    receipt = outbox.send(kind, place=place, payload=payload)
    thread = outbox.slack.thread(TEAM, place["ts"])
    assert [message.ts for message in thread] == [place["ts"], receipt.external["ts"]]
    assert part in thread[-1].full_text


def test_a_reply_is_in_the_reporters_thread(outbox: Outbox) -> None:
    mara = outbox.slack.human("mara")
    outbox.slack.channel("northfield-support", [mara])
    asked = mara.say("northfield-support", "help")
    place = {"channel": asked.channel, "thread": asked.ts}
    outbox.send("slack.reply", place=place, payload={"text": "soon", "automatic": True})
    assert [m.text for m in outbox.slack.thread("northfield-support", asked.ts)][1:] == ["soon"]


def test_a_reply_by_target_alone_goes_there_too(outbox: Outbox) -> None:
    asked = outbox.ines.dm("help")
    target = {"place": "reporter", "channel": asked.channel, "thread": asked.ts}
    outbox.send("slack.reply", target=target, payload={"text": "soon"})
    assert outbox.slack.dms(outbox.ines)[-1].text == "soon"


def reply_without_thread(outbox: Outbox, attempt: int = 1) -> Receipt:
    channel = outbox.client.conversations_open(users=outbox.ines.id)["channel"]["id"]
    address = {"team": outbox.slack.team_id, "channel": channel, "thread": ""}
    payload = {"text": "soon", "automatic": True}
    return outbox.send("slack.reply", place=address, payload=payload, attempt=attempt)


def test_a_reply_that_has_no_thread_is_a_message_of_its_own(outbox: Outbox) -> None:
    receipt = reply_without_thread(outbox)
    (message,) = outbox.slack.dms(outbox.ines)
    assert message.text.startswith("soon\n")
    assert "in this message’s thread" in message.text
    assert not message.is_reply
    assert receipt.external["ts"] == message.ts


def test_what_is_said_under_a_reply_without_a_thread_is_known_by_the_receipt(
    outbox: Outbox,
) -> None:
    receipt = reply_without_thread(outbox)
    outbox.ines.dm("it still hangs", receipt.external["ts"])
    event = outbox.slack.events("message")[-1].event
    body = {"team_id": outbox.slack.team_id, "event": event}
    row = InboxRow(1, "token", "slack", json.dumps(body), START, 1)
    message = SlackReader(Directory(outbox.client)).read(row)
    assert isinstance(message, InboundMessage)
    assert message.thread_keys == (receipt.external["thread_key"],)


def test_a_reply_without_a_thread_is_found_again(outbox: Outbox) -> None:
    outbox.slack.fail_next("chat.postMessage", DROP_REPLY)
    with pytest.raises(SendFailure):
        reply_without_thread(outbox)
    receipt = reply_without_thread(outbox, attempt=2)
    assert receipt.found
    assert receipt.external["thread_key"].endswith(receipt.external["ts"])
    assert len(outbox.slack.dms(outbox.ines)) == 1


def test_only_what_stands_between_two_begins_a_conversation(outbox: Outbox) -> None:
    place = outbox.place()
    assert set(place) == {"channel", "ts", "link"}
    note = outbox.send("slack.note", place=place, payload={"text": "x"})
    said = outbox.send("slack.say", payload={"text": "x"})
    assert set(note.external) == set(said.external) == {"channel", "ts"}


@pytest.mark.parametrize(("kind", "part"), [("slack.post", "SUP-42"), ("slack.say", "is due")])
def test_news_goes_to_a_channel_by_name(outbox: Outbox, kind: str, part: str) -> None:
    outbox.send(kind, ticket=None)
    assert part in outbox.messages()[-1].full_text


def test_a_page_is_a_direct_message(outbox: Outbox) -> None:
    outbox.send("slack.page", target={"person": "ines", "user": outbox.ines.id, "mail": ""})
    (page,) = outbox.slack.dms(outbox.ines)
    assert page.text == "🚨 P1 SUP-42: Nobody can open notebooks"
    assert "on call in first-line" in page.full_text


def test_a_page_finds_people_by_mail(outbox: Outbox) -> None:
    for user in ("", "U999999999"):
        target = {"person": "ines", "user": user, "mail": "ines@team.example"}
        outbox.send("slack.page", target=target)
    assert len(outbox.slack.dms(outbox.ines)) == 2


def test_a_page_does_not_wait_for_a_look_up_that_it_can_do_without(outbox: Outbox) -> None:
    outbox.slack.fail_next("users.info", UNAVAILABLE, times=3)
    outbox.send("slack.page", target={"person": "ines", "user": outbox.ines.id, "mail": ""})
    assert len(outbox.slack.dms(outbox.ines)) == 1


def test_nothing_unfurls_and_everything_can_be_found_again(outbox: Outbox) -> None:
    outbox.send("slack.say", payload={"text": "see https://x.example"})
    (call,) = outbox.slack.calls("chat.postMessage")
    assert (call.args["unfurl_links"], call.args["unfurl_media"]) in ((False, False), ("0", "0"))
    (message,) = outbox.messages()
    assert message.metadata == {
        "event_type": "supportbot_delivery",
        "event_payload": {"key": "SUP-42.1.slack.say"},
    }


# --- refusals that a person has to mend


@pytest.mark.parametrize(
    ("kind", "changes", "part"),
    [
        ("slack.root", {"target": {"channel": "#nowhere"}}, "no channel #nowhere"),
        ("slack.root", {"ticket": 7}, "no ticket 7"),
        ("slack.update", {}, "lacks the address"),
        ("slack.note", {}, "lacks the address"),
        ("slack.reply", {}, "lacks the address"),
        ("slack.unheard", {}, "nothing here sends slack.unheard"),
        ("slack.page", {"target": {"user": "U999999999", "mail": ""}}, "nobody in Slack"),
        ("slack.page", {"target": {"user": "", "mail": "a@b.example"}}, "nobody in Slack"),
        ("slack.page", {"target": {"user": "", "mail": ""}}, "nobody in Slack"),
    ],
)
def test_what_cannot_be_sent_is_rejected_with_the_mend(
    outbox: Outbox, kind: str, changes: dict[str, Any], part: str
) -> None:
    found = outbox.refusal(kind, **changes)
    assert found.kind == "rejected"
    assert part in found.reason


def test_a_page_to_a_deactivated_account_is_rejected(outbox: Outbox) -> None:
    gone = outbox.slack.human("gone", deactivated=True)
    found = outbox.refusal("slack.page", target={"user": gone.id, "mail": ""})
    assert found.kind == "rejected"
    assert "gone is deactivated" in found.reason


def test_a_channel_that_the_bot_is_not_in_asks_for_an_invitation(outbox: Outbox) -> None:
    outbox.slack.channel("infrastructure", with_bot=False)
    found = outbox.refusal("slack.say", target={"channel": "#infrastructure"})
    assert found.kind == "rejected"
    assert "/invite @supportbot" in found.reason


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        (REFUSED_CONNECTION, "transient"),
        (UNAVAILABLE, "transient"),
        (BAD_GATEWAY, "transient"),
        (DROP_REPLY, "transient"),
        (refused("internal_error"), "transient"),
        (refused("invalid_auth"), "unauthorised"),
        (rate_limited(7), "rate_limited"),
    ],
)
def test_slacks_moods_are_told_apart(outbox: Outbox, how: Failure, kind: str) -> None:
    outbox.slack.fail_next("chat.postMessage", how)
    found = outbox.refusal("slack.say")
    assert found.kind == kind
    assert found.retry_after == (timedelta(seconds=7) if kind == "rate_limited" else None)
    assert len(outbox.slack.calls("chat.postMessage")) == 1


def test_a_wrong_token_is_named_as_such(slack: LocalSlack) -> None:
    slack.channel(TEAM)
    wrong = web_client("xoxb-wrong", slack.base_url, timedelta(seconds=5))
    sender = SlackSender(wrong, Directory(wrong), lambda _: a_view())
    with pytest.raises(SendFailure) as caught:
        sender.send(Outbox(slack, wrong, slack.human("x")).task("slack.say"))
    assert caught.value.kind == "unauthorised"
    assert "xoxb-wrong" not in caught.value.reason


# --- looking before sending again

AFTERWARDS = [DROP_REPLY, BAD_GATEWAY, SERVER_ERROR]


@pytest.mark.parametrize("how", AFTERWARDS)
@pytest.mark.parametrize("kind", ["slack.root", "slack.say", "slack.post"])
def test_what_was_sent_is_found_again_in_a_channel(outbox: Outbox, kind: str, how: Failure) -> None:
    outbox.slack.fail_next("chat.postMessage", how)
    assert outbox.refusal(kind).kind == "transient"
    receipt = outbox.send(kind, attempt=2)
    assert receipt.found
    (message,) = outbox.messages()
    assert (receipt.external["channel"], receipt.external["ts"]) == (message.channel, message.ts)
    assert ("link" in receipt.external) == (kind == "slack.root")


@pytest.mark.parametrize("how", AFTERWARDS)
def test_what_was_sent_is_found_again_in_a_thread(outbox: Outbox, how: Failure) -> None:
    place = outbox.place()
    outbox.slack.fail_next("chat.postMessage", how)
    outbox.refusal("slack.note", place=place)
    assert outbox.send("slack.note", place=place, attempt=2).found
    assert len(outbox.slack.thread(TEAM, place["ts"])) == 2


@pytest.mark.parametrize("how", AFTERWARDS)
def test_a_page_that_rang_does_not_ring_again(outbox: Outbox, how: Failure) -> None:
    target = {"user": outbox.ines.id, "mail": ""}
    outbox.slack.fail_next("chat.postMessage", how)
    outbox.refusal("slack.page", target=target)
    receipt = outbox.send("slack.page", target=target, attempt=2)
    assert receipt.found
    (page,) = outbox.slack.dms(outbox.ines)
    assert receipt.external == {
        "channel": page.channel,
        "ts": page.ts,
        "thread_key": f"slack:thread:{outbox.slack.team_id}:{page.channel}:{page.ts}",
    }


@pytest.mark.parametrize("how", [REFUSED_CONNECTION, UNAVAILABLE, rate_limited(1)])
def test_what_never_arrived_is_sent_again_unmarked(outbox: Outbox, how: Failure) -> None:
    outbox.slack.fail_next("chat.postMessage", how)
    outbox.refusal("slack.say")
    assert not outbox.send("slack.say", attempt=2).found
    (message,) = outbox.messages()
    assert "repeated" not in message.full_text


def test_another_delivery_with_the_same_words_is_not_taken_for_it(outbox: Outbox) -> None:
    outbox.send("slack.say", key="SUP-41.1.slack.say")
    assert not outbox.send("slack.say", attempt=2).found
    assert len(outbox.messages()) == 2


def test_looking_goes_back_to_the_first_attempt_over_many_pages(
    outbox: Outbox, clock: HandClock
) -> None:
    outbox.slack.fail_next("chat.postMessage", DROP_REPLY)
    outbox.refusal("slack.say")
    for number in range(250):
        outbox.ines.say(TEAM, f"chatter {number}")
    clock.at += timedelta(hours=1)
    assert outbox.send("slack.say", attempt=5).found


def test_a_clock_that_is_ahead_of_slacks_does_not_hide_it(outbox: Outbox) -> None:
    outbox.slack.fail_next("chat.postMessage", DROP_REPLY)
    outbox.refusal("slack.say")
    assert outbox.send("slack.say", attempt=2, at=START + timedelta(seconds=50)).found


def test_while_nobody_can_look_nothing_is_sent(outbox: Outbox) -> None:
    outbox.slack.fail_next("conversations.history", UNAVAILABLE, times=3)
    assert outbox.refusal("slack.say", attempt=2).kind == "transient"
    assert outbox.messages() == []


def test_a_short_fault_while_looking_is_sat_out(outbox: Outbox) -> None:
    outbox.slack.fail_next("conversations.history", UNAVAILABLE, times=2)
    assert not outbox.send("slack.say", attempt=2).found


@pytest.mark.parametrize(
    ("kind", "target", "without"),
    [
        ("slack.say", {"channel": f"#{TEAM}"}, "channels:history"),
        ("slack.page", None, "im:history"),
        ("slack.page", None, "im:write"),
    ],
)
def test_who_may_not_look_marks_what_may_be_a_repetition(
    clock: HandClock, kind: str, target: dict[str, str] | None, without: str
) -> None:
    with LocalSlack(now=clock.now, scopes=SCOPES - {without}) as slack:
        client = web_client(slack.bot_token, slack.base_url, timedelta(seconds=5))
        ines = slack.human("ines")
        slack.channel(TEAM, [ines])
        outbox = Outbox(slack, client, ines)
        outbox.send(kind, target=target or {"user": ines.id, "mail": ""}, attempt=2)
        sent = outbox.messages() if target else slack.dms(ines)
    assert sent[0].text.startswith("(maybe repeated)")
