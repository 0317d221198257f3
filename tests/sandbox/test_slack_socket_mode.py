"""The local Slack with the real bolt on the other side."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from supportbot.sandbox.slack import Faults, LocalSlack, Patience
from tests.sandbox.slack_app import Heard, client_of, running

QUICK = Patience(ack=20.0, retries=(0.0, 0.05, 0.1))
HASTY = Patience(ack=1.0, retries=(0.0, 0.05, 0.1))
"""Where no acknowledgement is to come."""


@pytest.fixture
def patience() -> Patience:
    return QUICK


@pytest.fixture
def slack(patience: Patience) -> Iterator[LocalSlack]:
    with LocalSlack(patience=patience, refresh_grace=0.3) as slack:
        yield slack


def test_a_message_in_a_channel_reaches_the_app_and_the_reply_lands_in_its_thread(
    slack: LocalSlack,
) -> None:
    ana = slack.human("ana")
    slack.channel("support", [ana])

    def listeners(app: App) -> None:
        @app.event("message")
        def answer(event: dict[str, Any], client: WebClient) -> None:
            client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], text="seen")

    with running(slack, listeners):
        asked = ana.say("support", "The hub is down")
        thread = slack.wait_until(lambda: slack.thread("support", asked.ts)[1:])
        slack.wait_until(lambda: not slack.unacknowledged())
    assert [message.text for message in thread] == ["seen"]
    assert [message.text for message in slack.messages("support")] == ["The hub is down"]


def test_a_mention_arrives_as_two_events_with_one_ts(slack: LocalSlack) -> None:
    ana = slack.human("ana")
    slack.channel("support", [ana])
    heard = Heard()
    with running(slack, heard):
        ana.mention_bot("support", "help")
        slack.wait_until(lambda: not slack.unacknowledged())
    assert {body["event"]["type"] for body in heard.bodies} == {"message", "app_mention"}
    assert len({body["event"]["ts"] for body in heard.bodies}) == 1
    assert len({body["event_id"] for body in heard.bodies}) == 2


def test_a_direct_message_comes_as_im_and_only_once_even_with_a_mention(slack: LocalSlack) -> None:
    ana = slack.human("ana")
    heard = Heard()
    with running(slack, heard):
        ana.dm(f"<@{slack.bot_user_id}> hello")
        slack.wait_until(lambda: not slack.unacknowledged())
    assert [body["event"]["channel_type"] for body in heard.bodies] == ["im"]


def test_what_is_said_where_the_bot_is_not_stays_unheard(slack: LocalSlack) -> None:
    ana = slack.human("ana")
    slack.channel("random", [ana], with_bot=False)
    ana.mention_bot("random", "psst")
    assert slack.events() == []


def test_events_wait_for_an_app_that_is_down(slack: LocalSlack) -> None:
    ana = slack.human("ana")
    slack.channel("support", [ana])
    ana.say("support", "anyone?")
    heard = Heard()
    with running(slack, heard):
        slack.wait_until(lambda: not slack.unacknowledged())
    assert heard.texts == ["anyone?"]


@pytest.mark.parametrize("patience", [HASTY])
def test_an_event_the_app_fails_on_comes_again_and_says_so(slack: LocalSlack) -> None:
    ana = slack.human("ana")
    slack.channel("support", [ana])
    tries: list[Any] = []

    def listeners(app: App) -> None:
        @app.event("message")
        def fail_once(request: Any) -> None:
            tries.append(request.headers.get("x-slack-retry-num"))
            if len(tries) == 1:
                raise RuntimeError("not this time")

    with running(slack, listeners):
        ana.say("support", "hello")
        slack.wait_until(lambda: not slack.unacknowledged())
    assert tries[:2] == [["0"], ["1"]]


def test_slack_gives_an_event_up_after_three_more_tries_if_told_to_forget() -> None:
    patience = Patience(ack=0.1, retries=(0.0, 0.01, 0.02), forgets=True)
    with LocalSlack(patience=patience) as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        ana.say("support", "anyone?")
        slack.wait_until(lambda: slack.events()[0].forgotten)
        assert slack.unacknowledged() == []


def test_a_pressed_button_reaches_the_app_which_edits_the_message(slack: LocalSlack) -> None:
    ana = slack.human("ana")
    team = slack.channel("team", [ana])

    def listeners(app: App) -> None:
        @app.action("ack")
        def acknowledge(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            ack()
            ts, text = body["message"]["ts"], f"taken by {body['user']['id']}"
            client.chat_update(channel=body["channel"]["id"], ts=ts, text=text, blocks=[])

    client_of(slack).chat_postMessage(channel=team.id, text="SUP-1", blocks=_buttons("ack"))
    with running(slack, listeners):
        outcome = ana.press(slack.messages("team")[0], "ack", "SUP-1")
        assert outcome.acked
        slack.wait_until(lambda: slack.messages("team")[0].edited_ts)
    assert slack.messages("team")[0].text == f"taken by {ana.id}"
    with pytest.raises(LookupError, match="ack"):
        ana.press(slack.messages("team")[0], "ack")


@pytest.mark.parametrize("patience", [HASTY])
def test_a_click_that_nobody_answers_is_not_tried_again(slack: LocalSlack) -> None:
    ana = slack.human("ana")
    team = slack.channel("team", [ana])
    client_of(slack).chat_postMessage(channel=team.id, text="SUP-1", blocks=_buttons("ack"))
    assert not ana.press(slack.messages("team")[0], "ack").acked
    heard: list[Any] = []
    with running(slack, lambda app: app.action("ack")(lambda body: heard.append(body))):
        slack.wait_until(lambda: not slack.unacknowledged())
    assert heard == []


def test_a_form_opens_shows_errors_and_closes_when_it_is_right(slack: LocalSlack) -> None:
    ana = slack.human("ana")
    team = slack.channel("team", [ana])
    reasons: list[str] = []

    def listeners(app: App) -> None:
        @app.action("severity")
        def ask(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            ack()
            client.views_open(trigger_id=body["trigger_id"], view=_form())

        @app.view("severity_form")
        def take(ack: Ack, view: dict[str, Any]) -> None:
            reason = view["state"]["values"]["reason"]["text"]["value"]
            if len(reason) < 5:
                ack(response_action="errors", errors={"reason": "say more"})
                return
            ack()
            reasons.append(reason)

    client_of(slack).chat_postMessage(channel=team.id, text="SUP-1", blocks=_buttons("severity"))
    with running(slack, listeners):
        assert ana.press(slack.messages("team")[0], "severity").acked
        form = slack.wait_until(lambda: slack.views(ana))[0]
        assert (form.title, form.private_metadata) == ("Severity", "SUP-1")
        with pytest.raises(ValueError, match="required"):
            ana.submit(form)
        assert ana.submit(form, {"reason": "meh", "level": "P1"}).errors == {"reason": "say more"}
        assert slack.views(ana)
        assert ana.submit(form, {"reason": "a class of 400", "level": "P1"}).errors == {}
    assert slack.views(ana) == []
    assert reasons == ["a class of 400"]


def test_an_answer_to_a_form_that_slack_cannot_use_is_a_problem(slack: LocalSlack) -> None:
    ana = slack.human("ana")
    team = slack.channel("team", [ana])

    def listeners(app: App) -> None:
        @app.action("severity")
        def ask(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            ack()
            client.views_open(trigger_id=body["trigger_id"], view=_form())

        @app.view("severity_form")
        def take(ack: Ack) -> None:
            ack(response_action="errors", errors={"nowhere": "?"})

    client_of(slack).chat_postMessage(channel=team.id, text="SUP-1", blocks=_buttons("severity"))
    with running(slack, listeners):
        ana.press(slack.messages("team")[0], "severity")
        form = slack.wait_until(lambda: slack.views(ana))[0]
        outcome = ana.submit(form, {"reason": "a class of 400", "level": "P1"})
    assert outcome.problem == "invalid_arguments; no input block: nowhere"


def test_a_slash_command_is_answered_at_once_and_later_by_its_response_url(
    slack: LocalSlack,
) -> None:
    ana = slack.human("ana")
    slack.channel("support", [ana])

    def listeners(app: App) -> None:
        @app.command("/support")
        def command(ack: Ack, respond: Respond, body: dict[str, Any]) -> None:
            ack(f"looking up {body['text']}")
            respond("found", response_type="in_channel")

    with running(slack, listeners):
        assert ana.slash("/support", "SUP-1", channel="support").acked
        slack.wait_until(lambda: slack.messages("support"))
    assert [each.text for each in slack.ephemerals(ana)] == ["looking up SUP-1"]
    assert [each.text for each in slack.messages("support")] == ["found"]


def test_a_refresh_of_the_sockets_loses_nothing(slack: LocalSlack) -> None:
    ana = slack.human("ana")
    slack.channel("support", [ana])
    heard = Heard()
    with running(slack, heard):
        for number in range(30):
            if number % 10 == 5:
                slack.refresh_sockets()
            ana.say("support", f"message {number}")
        slack.wait_until(lambda: not slack.unacknowledged())
        slack.wait_until(lambda: max(slack.connections(), default=0) > 1)
    assert set(heard.texts) == {f"message {number}" for number in range(30)}


def test_each_envelope_goes_to_one_of_several_connections(slack: LocalSlack) -> None:
    ana = slack.human("ana")
    slack.channel("support", [ana])
    apps = [Heard(), Heard(), Heard()]
    with contextlib.ExitStack() as stack:
        for app in apps:
            stack.enter_context(running(slack, app))
        for number in range(30):
            ana.say("support", f"message {number}")
        slack.wait_until(lambda: not slack.unacknowledged())
    assert all(app.texts for app in apps)
    everything = [text for app in apps for text in app.texts]
    assert sorted(everything) == sorted(f"message {number}" for number in range(30))


def test_an_event_whose_connection_dies_before_the_ack_goes_to_the_next(
    slack: LocalSlack,
) -> None:
    ana = slack.human("ana")
    slack.channel("support", [ana])
    arrived, leave = threading.Event(), threading.Event()

    def hangs(app: App) -> None:
        @app.event("message")
        def hang() -> None:
            arrived.set()
            leave.wait(30)

    heard = Heard()
    with running(slack, hangs) as first:
        ana.say("support", "hello")
        assert arrived.wait(30)
        first.client.auto_reconnect_enabled = False
        first.disconnect()  # type: ignore[no-untyped-call]
        slack.wait_until(lambda: not slack.connections())
        with running(slack, heard):
            slack.wait_until(lambda: not slack.unacknowledged())
        leave.set()
    assert heard.texts == ["hello"]


def test_a_hostile_workspace_delivers_everything_at_least_once() -> None:
    patience = Patience(ack=20.0, retries=(0.0, 0.02, 0.05))
    with LocalSlack(faults=Faults.hostile(7), patience=patience, refresh_grace=0.2) as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        heard = Heard()
        with running(slack, heard):
            for number in range(40):
                ana.mention_bot("support", f"message {number}")
            slack.wait_until(lambda: not slack.unacknowledged())
        said = {text for text in heard.texts if text}
        assert len(said) == 40
        assert len(heard.texts) > 80


def test_the_wire_is_watched_around_each_envelope_and_reply() -> None:
    seen: list[tuple[str, str]] = []
    acknowledged = threading.Event()

    def watch(stage: str, what: str) -> None:
        seen.append((stage, what))
        if stage == "after-ack":
            acknowledged.set()

    with LocalSlack(on_wire=watch, patience=QUICK) as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        with running(slack, Heard()):
            ana.say("support", "hello")
            assert acknowledged.wait(30)
    assert seen == [
        ("before-reply", "apps.connections.open"),
        ("after-reply", "apps.connections.open"),
        ("before-deliver", "events_api:message"),
        ("after-ack", "events_api:message"),
    ]


def test_a_message_stands_before_its_reply_is_on_the_wire() -> None:
    standing: list[int] = []

    def watch(stage: str, what: str) -> None:
        if (stage, what) == ("before-reply", "chat.postMessage"):
            standing.append(len(workspace.messages("support")))

    with LocalSlack(on_wire=watch) as workspace:
        workspace.channel("support")
        client_of(workspace).chat_postMessage(channel="support", text="x")
    assert standing == [1]


def _buttons(action_id: str) -> list[dict[str, Any]]:
    button = {
        "type": "button",
        "action_id": action_id,
        "value": "SUP-1",
        "text": {"type": "plain_text", "text": action_id},
    }
    return [{"type": "actions", "elements": [button]}]


def _form() -> dict[str, Any]:
    def plain(text: str) -> dict[str, str]:
        return {"type": "plain_text", "text": text}

    levels = [{"text": plain(each), "value": each} for each in ("P1", "P2")]
    return {
        "type": "modal",
        "callback_id": "severity_form",
        "private_metadata": "SUP-1",
        "title": plain("Severity"),
        "submit": plain("Set"),
        "blocks": [
            {
                "type": "input",
                "block_id": "level",
                "label": plain("Severity"),
                "element": {"type": "static_select", "action_id": "pick", "options": levels},
            },
            {
                "type": "input",
                "block_id": "reason",
                "label": plain("Why"),
                "element": {"type": "plain_text_input", "action_id": "text"},
            },
        ],
    }
