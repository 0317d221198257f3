"""Where the local Slack is as strict as the real one and npm's `emulate` is not."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from supportbot.sandbox.slack import Human, LocalSlack
from supportbot.sandbox.slack.local import SCOPES
from tests.sandbox.slack_app import client_of, running

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[LocalSlack]:
    with LocalSlack(now=clock.now) as slack:
        yield slack


@pytest.fixture
def ana(slack: LocalSlack) -> Human:
    ana = slack.human("ana", email="Ana@Example.org", tz="Europe/Lisbon")
    slack.channel("support", [ana])
    return ana


@pytest.fixture
def bot(slack: LocalSlack, ana: Human) -> WebClient:
    return client_of(slack)


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as raised:
        call(**arguments)
    return str(raised.value.response["error"])


def test_each_token_opens_only_its_own_doors(slack: LocalSlack, bot: WebClient) -> None:
    assert refusal(client_of(slack, "xoxb-stranger").auth_test) == "invalid_auth"
    assert refusal(client_of(slack, slack.app_token).auth_test) == "not_allowed_token_type"
    wrong = {"app_token": slack.bot_token}
    assert refusal(bot.apps_connections_open, **wrong) == "not_allowed_token_type"


def test_a_missing_scope_is_named() -> None:
    with LocalSlack(scopes=SCOPES - {"im:write"}) as slack:
        ana = slack.human("ana")
        with pytest.raises(SlackApiError) as raised:
            client_of(slack).conversations_open(users=ana.id)
    assert raised.value.response["error"] == "missing_scope"
    assert raised.value.response["needed"] == "im:write"
    assert "chat:write" in raised.value.response["provided"]


def test_an_unknown_method_is_refused(bot: WebClient) -> None:
    assert refusal(bot.api_call, api_method="chat.shout") == "unknown_method"


def test_a_timestamp_is_the_clocks_and_never_repeats(bot: WebClient, clock: Clock) -> None:
    stamps = [bot.chat_postMessage(channel="support", text="x")["ts"] for _ in range(3)]
    clock.forward(hours=1)
    stamps.append(bot.chat_postMessage(channel="support", text="x")["ts"])
    assert stamps == [
        "1793606400.000000",
        "1793606400.000001",
        "1793606400.000002",
        "1793610000.000000",
    ]


def test_where_the_bot_is_not_it_can_neither_write_nor_read(
    slack: LocalSlack, bot: WebClient, ana: Human
) -> None:
    public = slack.channel("random", [ana], with_bot=False).id
    private = slack.channel("secrets", [ana], private=True, with_bot=False).id
    assert refusal(bot.chat_postMessage, channel=public, text="x") == "not_in_channel"
    assert refusal(bot.conversations_history, channel=public) == "not_in_channel"
    assert refusal(bot.chat_postMessage, channel=private, text="x") == "channel_not_found"
    assert refusal(bot.conversations_join, channel=private) == "channel_not_found"
    bot.conversations_join(channel=public)
    bot.chat_postMessage(channel=public, text="x")


def test_a_deactivated_account_gets_no_direct_messages(slack: LocalSlack, bot: WebClient) -> None:
    gone = slack.human("gone", email="gone@example.org", deactivated=True)
    assert refusal(bot.conversations_open, users=gone.id) == "user_disabled"
    assert refusal(bot.chat_postMessage, channel=gone.id, text="x") == "user_disabled"
    assert refusal(bot.users_lookupByEmail, email="gone@example.org") == "users_not_found"
    assert bot.users_info(user=gone.id)["user"]["deleted"] is True


def test_a_person_is_found_by_address_whatever_its_case(bot: WebClient, ana: Human) -> None:
    found = bot.users_lookupByEmail(email="ana@example.ORG")["user"]
    assert (found["id"], found["tz"]) == (ana.id, "Europe/Lisbon")


def test_an_ephemeral_message_needs_a_reader_in_the_channel(
    slack: LocalSlack, bot: WebClient, ana: Human
) -> None:
    far = slack.human("far")
    support = slack.channel("desk", [ana]).id
    to_far = {"channel": support, "user": far.id, "text": "x"}
    assert refusal(bot.chat_postEphemeral, **to_far) == "user_not_in_channel"
    bot.chat_postEphemeral(channel=support, user=ana.id, text="psst")
    assert [message.text for message in slack.ephemerals(ana)] == ["psst"]


def test_a_thread_must_exist(bot: WebClient, ana: Human) -> None:
    root = ana.say("support", "hello")
    nowhere = {"channel": root.channel, "text": "x", "thread_ts": "1.000001"}
    assert refusal(bot.chat_postMessage, **nowhere) == "thread_not_found"
    lost = {"channel": root.channel, "ts": "1.000001"}
    assert refusal(bot.conversations_replies, **lost) == "thread_not_found"


def test_a_reply_to_a_reply_joins_the_thread(slack: LocalSlack, bot: WebClient, ana: Human) -> None:
    root = ana.say("support", "hello")
    reply = bot.chat_postMessage(channel=root.channel, thread_ts=root.ts, text="hi")
    bot.chat_postMessage(channel=root.channel, thread_ts=reply["ts"], text="again")
    assert [message.text for message in slack.thread("support", root.ts)] == [
        "hello",
        "hi",
        "again",
    ]


@pytest.mark.parametrize(("method", "most"), [("chat.postMessage", 40_000), ("chat.update", 4_000)])
def test_text_has_an_end(bot: WebClient, ana: Human, method: str, most: int) -> None:
    posted = bot.chat_postMessage(channel="support", text="x")
    where = {"channel": posted["channel"], "ts": posted["ts"]}
    bot.api_call(method, json={**where, "text": "x" * most})
    too_much = {**where, "text": "x" * (most + 1)}
    assert refusal(bot.api_call, api_method=method, json=too_much) == "msg_too_long"


def test_an_update_without_text_leaves_what_it_does_not_name(
    slack: LocalSlack, bot: WebClient, ana: Human
) -> None:
    blocks = [{"type": "divider", "block_id": "b"}]
    posted = bot.chat_postMessage(channel="support", text="x", blocks=blocks)
    where = {"channel": posted["channel"], "ts": posted["ts"]}
    bot.api_call("chat.update", json={**where, "attachments": [{"fallback": "more"}]})
    assert slack.messages("support")[0].full_text == "x"
    assert slack.messages("support")[0].blocks == tuple(blocks)
    bot.api_call("chat.update", json={**where, "text": "y"})
    assert slack.messages("support")[0].blocks == ()


def test_history_is_cut_to_the_wanted_time(bot: WebClient, ana: Human, clock: Clock) -> None:
    stamps = []
    for number in range(5):
        clock.forward(minutes=1)
        stamps.append(ana.say("support", str(number)))
    channel = stamps[0].channel
    window: Any = {"channel": channel, "oldest": stamps[1].ts, "latest": stamps[3].ts}
    within = bot.conversations_history(**window)["messages"]
    edges = bot.conversations_history(**window, inclusive=True)["messages"]
    assert [message["text"] for message in within] == ["2"]
    assert [message["text"] for message in edges] == ["3", "2", "1"]


def test_a_page_of_a_growing_history_neither_repeats_nor_skips(bot: WebClient, ana: Human) -> None:
    said = [ana.say("support", str(number)) for number in range(4)]
    first = bot.conversations_history(channel=said[0].channel, limit=2)
    ana.say("support", "in between")
    cursor = first["response_metadata"]["next_cursor"]
    second = bot.conversations_history(channel=said[0].channel, limit=2, cursor=cursor)
    pages = [*first["messages"], *second["messages"]]
    assert [message["text"] for message in pages] == ["3", "2", "1", "0"]
    assert second["has_more"] is False


def test_a_bad_page_is_refused(bot: WebClient, ana: Human) -> None:
    channel = ana.say("support", "x").channel
    for limit in ("0", "1000", "many"):
        assert refusal(bot.conversations_history, channel=channel, limit=limit) == "invalid_limit"
    wrong = {"channel": channel, "cursor": "bm9uc2Vuc2U="}
    assert refusal(bot.conversations_history, **wrong) == "invalid_cursor"


def test_replies_begin_with_the_root_whatever_the_wanted_time(bot: WebClient, ana: Human) -> None:
    root = ana.say("support", "root")
    first = ana.say("support", "first", thread_ts=root.ts)
    ana.say("support", "second", thread_ts=root.ts)
    found = bot.conversations_replies(channel=root.channel, ts=root.ts, oldest=first.ts)
    assert [message["text"] for message in found["messages"]] == ["root", "second"]


def test_metadata_is_shown_only_to_who_asks_and_survives_an_update(
    bot: WebClient, ana: Human
) -> None:
    metadata = {"event_type": "delivery", "event_payload": {"key": "d-1"}}
    posted = bot.chat_postMessage(channel="support", text="x", metadata=metadata)
    bot.chat_update(channel=posted["channel"], ts=posted["ts"], text="y")
    asked = bot.conversations_history(channel=posted["channel"], include_all_metadata=True)
    unasked = bot.conversations_history(channel=posted["channel"])
    assert asked["messages"][0]["metadata"] == metadata
    assert "metadata" not in unasked["messages"][0]


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"event_payload": {}}, "invalid_metadata_format"),
        ({"event_type": "x"}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"k": "x" * 16_000}}, "metadata_too_large"),
    ],
)
def test_metadata_has_a_form(bot: WebClient, metadata: dict[str, Any], error: str) -> None:
    assert refusal(bot.chat_postMessage, channel="support", text="x", metadata=metadata) == error


def test_a_form_opens_within_the_life_of_a_trigger_only(clock: Clock) -> None:
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Reply"},
        "blocks": [{"type": "divider"}],
    }
    with LocalSlack(trigger_lifetime=0.0) as slack:
        trigger = slack.trigger(slack.human("ana"))
        late = {"trigger_id": trigger, "view": view}
        assert refusal(client_of(slack).views_open, **late) == "expired_trigger_id"


def test_an_external_id_belongs_to_one_open_view(
    slack: LocalSlack, bot: WebClient, ana: Human
) -> None:
    view = {
        "type": "modal",
        "external_id": "only",
        "title": {"type": "plain_text", "text": "Reply"},
        "blocks": [{"type": "divider"}],
    }
    bot.views_open(trigger_id=slack.trigger(ana), view=view)
    second: Any = {"trigger_id": slack.trigger(ana), "view": view}
    assert refusal(bot.views_open, **second) == "duplicate_external_id"
    ana.close(slack.views(ana)[0])
    bot.views_open(**second)


def test_a_response_url_works_five_times_within_half_an_hour(
    slack: LocalSlack, ana: Human, clock: Clock
) -> None:
    urls: list[str] = []

    def listeners(app: App) -> None:
        @app.command("/support")
        def command(ack: Ack, body: dict[str, Any]) -> None:
            urls.append(body["response_url"])
            ack()

    with running(slack, listeners):
        ana.slash("/support")
        ana.slash("/support")
    answers = [WebhookClient(urls[0]).send(text=f"word {number}") for number in range(6)]
    clock.forward(minutes=31)
    late = WebhookClient(urls[1]).send(text="late")
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert "used_url" in answers[5].body
    assert "expired_url" in late.body
    assert len(slack.ephemerals(ana)) == 5
    assert len(slack.calls("response_url")) == 7


def test_the_log_tells_what_was_asked_and_answered(
    slack: LocalSlack, bot: WebClient, ana: Human
) -> None:
    bot.chat_postMessage(channel="support", text="hi")
    refusal(bot.chat_postMessage, channel="nowhere", text="hi")
    first, second = slack.calls("chat.postMessage")
    assert (first.at, first.status, first.error) == (START, 200, None)
    assert (second.args["channel"], second.error) == ("nowhere", "channel_not_found")
    assert "token" not in first.args


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (b"{", "application/json", b"invalid_json"),
        (b"[" * 100_000, "application/json", b"invalid_json"),
        (b"[]", "application/json", b"json_not_object"),
        (b"\xff", "application/x-www-form-urlencoded", b"invalid_form_data"),
    ],
)
def test_garbage_is_refused_and_the_connection_lives_on(
    slack: LocalSlack, body: bytes, content_type: str, error: bytes
) -> None:
    port = int(slack.host.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(2):
        connection.request("POST", "/api/auth.test", body, {"Content-Type": content_type})
        answer = connection.getresponse()
        assert answer.status == 200
        assert error in answer.read()
    connection.close()


def test_a_request_too_large_is_cut_off(slack: LocalSlack) -> None:
    port = int(slack.host.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("POST", "/api/auth.test")
    connection.putheader("Content-Length", "9999999999")
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_form_arguments_may_carry_json(slack: LocalSlack, bot: WebClient) -> None:
    blocks = '[{"type": "header", "text": {"type": "plain_text", "text": "Hello"}}]'
    bot.api_call("chat.postMessage", data={"channel": "support", "text": "x", "blocks": blocks})
    assert slack.messages("support")[0].full_text == "x\nHello"
