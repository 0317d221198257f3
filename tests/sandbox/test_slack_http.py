"""The local Slack over HTTP, with bolt's own handler and bolt's own look at the signature."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_bolt import Ack, App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from supportbot.sandbox.slack import Faults, Human, LocalSlack, Patience
from tests.adapters.slack_adapter.http_server import serving
from tests.sandbox.slack_app import Heard, Listeners, client_of, running

PATH = "/slack/events"
PATIENCE = Patience(ack=20.0, retries=(0.0, 0.02, 0.05))


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with LocalSlack(patience=PATIENCE) as slack:
        yield slack


@pytest.fixture
def ana(slack: LocalSlack) -> Human:
    ana = slack.human("ana")
    slack.channel("support", [ana])
    return ana


@contextlib.contextmanager
def posting(slack: LocalSlack, listeners: Listeners) -> Iterator[str]:
    """An app that checks signatures, at the address to which the workspace posts."""
    logger = logging.getLogger("tests.bolt")
    logger.setLevel(logging.CRITICAL)
    app = App(
        client=client_of(slack),
        authorize=lambda: AuthorizeResult(
            enterprise_id=None, team_id=slack.team_id, bot_token=slack.bot_token
        ),
        signing_secret=slack.signing_secret,
        process_before_response=True,
        logger=logger,
    )
    listeners(app)
    with serving(SlackRequestHandler(app, PATH)) as host:
        slack.deliver_to(f"{host}{PATH}")
        try:
            yield host
        finally:
            slack.deliver_to(None)


def all_heard(slack: LocalSlack) -> None:
    slack.wait_until(lambda: not slack.unacknowledged())


def test_an_event_is_a_signed_post(slack: LocalSlack, ana: Human) -> None:
    heard = Heard()
    with posting(slack, heard):
        said = ana.say("support", "help & <hurry>")
        all_heard(slack)
    (body,) = heard.bodies
    assert body["type"] == "event_callback"
    assert body["event"]["ts"] == said.ts
    assert slack.connections() == []


def test_a_press_a_form_and_their_answers_go_the_same_way(slack: LocalSlack, ana: Human) -> None:
    plain = {"type": "plain_text", "text": "Go"}
    field = {"type": "plain_text_input", "action_id": "text"}
    form = {
        "type": "modal",
        "callback_id": "form",
        "title": plain,
        "submit": plain,
        "blocks": [{"type": "input", "block_id": "why", "label": plain, "element": field}],
    }

    def listeners(app: App) -> None:
        @app.action("go")
        def open_form(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            ack()
            client.views_open(trigger_id=body["trigger_id"], view=form)

        @app.view("form")
        def take(ack: Ack, view: dict[str, Any]) -> None:
            value = view["state"]["values"]["why"]["text"]["value"]
            if value == "no":
                ack(response_action="errors", errors={"why": "say more"})
            else:
                ack()

    button = {"type": "button", "action_id": "go", "text": plain}
    blocks = [{"type": "actions", "elements": [button]}]
    client_of(slack).chat_postMessage(channel="support", text="Go?", blocks=blocks)
    with posting(slack, listeners):
        assert ana.press(slack.messages("support")[0], "go").acked
        (view,) = slack.views(ana)
        assert ana.submit(view, {"why": "no"}).errors == {"why": "say more"}
        assert ana.submit(view, {"why": "because & <so>"}).errors == {}
    assert slack.views(ana) == []


def test_a_command_is_answered_in_words(slack: LocalSlack, ana: Human) -> None:
    def listeners(app: App) -> None:
        @app.command("/support")
        def command(ack: Ack, body: dict[str, Any]) -> None:
            ack(f"heard: {body['text']} in {body['channel_name']}")

    with posting(slack, listeners):
        assert ana.slash("/support", "a&b=c", channel="support").acked
    assert [each.text for each in slack.ephemerals(ana)] == ["heard: a&b=c in support"]


def test_an_event_the_app_fails_on_comes_again_and_says_so(slack: LocalSlack, ana: Human) -> None:
    tries: list[tuple[Any, Any]] = []

    def listeners(app: App) -> None:
        @app.event("message")
        def fail_once(request: Any) -> None:
            number, reason = (f"x-slack-retry-{each}" for each in ("num", "reason"))
            tries.append((request.headers.get(number), request.headers.get(reason)))
            if len(tries) == 1:
                raise RuntimeError("not this time")

    with posting(slack, listeners):
        ana.say("support", "hello")
        all_heard(slack)
    assert tries == [(None, None), (["1"], ["http_error"])]


def test_an_event_is_given_up_after_three_more_tries_if_told_to_forget() -> None:
    patience = Patience(ack=1.0, retries=(0.0, 0.01, 0.02), forgets=True)
    with LocalSlack(patience=patience) as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        slack.deliver_to("http://127.0.0.1:9/slack/events")
        ana.say("support", "anyone?")
        slack.wait_until(lambda: slack.events()[0].forgotten)
        assert slack.events()[0].attempts == 4


def test_what_nobody_answers_waits_for_the_app(slack: LocalSlack, ana: Human) -> None:
    slack.deliver_to("http://127.0.0.1:9/slack/events")
    ana.say("support", "anyone?")
    assert not ana.slash("/support", "x").acked
    heard = Heard()
    with posting(slack, heard):
        all_heard(slack)
    assert heard.texts == ["anyone?"]


def test_an_answer_that_comes_too_late_is_none() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def listeners(app: App) -> None:
        @app.event("message")
        def hang_once() -> None:
            if not begun.is_set():
                begun.set()
                may_end.wait(30)

    with LocalSlack(patience=Patience(ack=0.3, retries=(0.0, 0.02))) as slack:
        ben = slack.human("ben")
        slack.channel("support", [ben])
        with posting(slack, listeners):
            ben.say("support", "hello")
            all_heard(slack)
            assert slack.events()[0].attempts > 1
            may_end.set()


def test_another_secret_is_refused_by_bolt(slack: LocalSlack, ana: Human) -> None:
    heard = Heard()
    with posting(slack, heard) as host:
        slack.deliver_to(f"{host}{PATH}", "another secret")
        assert not ana.slash("/support", "x").acked
        slack.deliver_to(f"{host}{PATH}")
        ana.say("support", "hello")
        all_heard(slack)
    assert heard.texts == ["hello"]


def test_the_same_faults_go_this_way_too() -> None:
    heard = Heard()
    with LocalSlack(patience=PATIENCE) as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        slack.set_faults(Faults(redeliver=0.5, new_event_id=0.5, drop_ack=0.5))
        with posting(slack, heard):
            for number in range(20):
                ana.say("support", str(number))
            all_heard(slack)
    assert set(heard.texts) == {str(number) for number in range(20)}
    assert len(heard.texts) > 20


def test_what_was_about_to_be_posted_when_the_address_went_goes_the_new_way() -> None:
    moved = threading.Event()

    def watch(stage: str, _what: str) -> None:
        if stage == "before-deliver" and not moved.is_set():
            moved.set()
            workspace.deliver_to(None)

    heard = Heard()
    with LocalSlack(on_wire=watch, patience=PATIENCE) as workspace:
        ben = workspace.human("ben")
        workspace.channel("support", [ben])
        workspace.deliver_to("http://127.0.0.1:9/slack/events")
        ben.say("support", "hello")
        assert moved.wait(30)
        with running(workspace, heard):
            all_heard(workspace)
    assert heard.texts == ["hello"]


def test_sockets_take_over_again(slack: LocalSlack, ana: Human) -> None:
    heard = Heard()
    with posting(slack, heard):
        ana.say("support", "by http")
        all_heard(slack)
    with running(slack, heard):
        ana.say("support", "by socket")
        all_heard(slack)
    assert heard.texts == ["by http", "by socket"]


def test_an_event_may_be_made_up(slack: LocalSlack) -> None:
    heard = Heard()
    with posting(slack, heard):
        slack.publish({"type": "message", "text": "never said", "channel": "C1", "ts": "1.2"})
        all_heard(slack)
    assert heard.texts == ["never said"]


def test_the_bots_own_conversations_are_listed(slack: LocalSlack, ana: Human) -> None:
    slack.channel("elsewhere", [ana], with_bot=False)
    private = slack.channel("private", [ana], private=True)
    ana.dm("hello")
    types = "public_channel,private_channel,im"
    found = client_of(slack).users_conversations(types=types, limit=1)
    ids = [channel["id"] for page in found for channel in page["channels"]]
    assert len(ids) == 3
    assert private.id in ids


def test_half_a_call_of_somebody_who_died_over_it_is_no_call(slack: LocalSlack) -> None:
    head = "POST /api/chat.postMessage HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
    url = urlsplit(slack.base_url)
    with socket.create_connection((url.hostname, url.port), timeout=30) as caller:
        caller.sendall(f"{head}channel=C1&text=half".encode())
        caller.shutdown(socket.SHUT_WR)
        assert caller.recv(1024) == b""
    assert slack.calls() == []
