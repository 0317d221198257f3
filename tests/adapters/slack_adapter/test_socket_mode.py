"""Staying reachable: refreshes, broken connections, a Slack that is down, and going in peace."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult

from supportbot.adapters.slack.client import web_client
from supportbot.adapters.slack.socket_mode import SlackSocket
from supportbot.sandbox.slack import UNAVAILABLE, Faults, Human, LocalSlack, Patience, rate_limited
from tests.adapters.slack_adapter.room import HASTY, QUICK


class Desk:
    """An app that notes what it hears, on a socket."""

    def __init__(self, slack: LocalSlack, connections: int = 1) -> None:
        self.slack = slack
        self.texts: list[str] = []
        self.reached: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.on_connected: Callable[[], object] = lambda: None
        self.before: Callable[[], object] = lambda: None
        app = App(
            client=web_client(None, slack.base_url),
            authorize=lambda: AuthorizeResult(
                enterprise_id=None, team_id=None, bot_token=slack.bot_token
            ),
            process_before_response=True,
            ignoring_self_events_enabled=False,
        )
        app.event("message")(self._note)
        app.action("go")(self._press)
        self.socket = SlackSocket(app, slack.app_token, connections, self._connected)
        self.connections = connections

    def __enter__(self) -> Desk:
        self.socket.start()
        self.slack.wait_until(lambda: len(self.slack.connections()) == self.connections)
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def _connected(self) -> None:
        self.reached.put(1)
        self.on_connected()

    def _note(self, event: dict[str, Any]) -> None:
        self.before()
        self.texts.append(event["text"])

    def _press(self, ack: Ack) -> None:
        ack()


@pytest.fixture
def ana(slack: LocalSlack) -> Human:
    ana = slack.human("ana")
    slack.channel("support", [ana])
    return ana


def all_heard(slack: LocalSlack) -> None:
    slack.wait_until(lambda: not slack.unacknowledged())


def test_it_says_whether_it_is_connected(slack: LocalSlack, ana: Human) -> None:
    desk = Desk(slack)
    said = [desk.socket.connected]
    with desk:
        ana.say("support", "hello")
        all_heard(slack)
        said.append(desk.socket.connected)
    said.append(desk.socket.connected)
    assert said == [False, True, False]
    slack.wait_until(lambda: not slack.connections())


def test_a_refresh_loses_nothing_and_makes_nobody_wait(slack: LocalSlack, ana: Human) -> None:
    wanted = [f"message {n}" for n in range(40)]
    with Desk(slack) as desk:
        for n, text in enumerate(wanted):
            if n % 10 == 5:
                slack.refresh_sockets()
            ana.say("support", text)
        all_heard(slack)
    assert sorted(desk.texts) == sorted(wanted)
    assert [event.attempts for event in slack.events("message")] == [1] * 40


def test_presses_during_refreshes_are_all_acknowledged(slack: LocalSlack, ana: Human) -> None:
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    client = web_client(slack.bot_token, slack.base_url)
    blocks = [{"type": "actions", "elements": [button]}]
    client.chat_postMessage(channel="support", text="Go?", blocks=blocks)
    message = slack.messages("support")[-1]
    with Desk(slack):
        for n in range(20):
            if n % 5 == 0:
                slack.refresh_sockets()
            assert ana.press(message, "go").acked


def test_a_connection_that_breaks_without_a_word_is_replaced(slack: LocalSlack, ana: Human) -> None:
    with Desk(slack) as desk:
        slack.break_sockets()
        slack.wait_until(lambda: slack.connections() == [2])
        ana.say("support", "still there?")
        all_heard(slack)
    assert desk.texts == ["still there?"]


def only_newer_than(slack: LocalSlack, newest: int) -> bool:
    numbers = slack.connections()
    return len(numbers) == 2 and min(numbers) > newest


def reached(desk: Desk) -> None:
    """Wait to be told that Slack reaches us."""
    desk.reached.get(timeout=30)


def test_it_tells_when_slack_reaches_it_at_first_and_after_an_outage(
    slack: LocalSlack, ana: Human
) -> None:
    with Desk(slack) as desk:
        reached(desk)
        slack.fail_next("apps.connections.open", UNAVAILABLE)
        slack.break_sockets()
        reached(desk)
        ana.say("support", "hello")
        all_heard(slack)
    assert desk.reached.empty()


def test_a_refresh_and_the_loss_of_one_of_two_is_no_outage(slack: LocalSlack, ana: Human) -> None:
    with Desk(slack, connections=2) as desk:
        reached(desk)
        for _ in range(2):
            newest = max(slack.connections())
            slack.refresh_sockets()
            slack.wait_until(partial(only_newer_than, slack, newest))
        ana.say("support", "hello")
        all_heard(slack)
    assert desk.reached.empty()


def test_what_it_tells_may_take_long_and_crash(slack: LocalSlack, ana: Human) -> None:
    may_end = threading.Event()

    def slow_and_faulty() -> None:
        may_end.wait(30)
        raise ValueError("not today")

    desk = Desk(slack)
    desk.on_connected = slow_and_faulty
    with desk:
        reached(desk)
        ana.say("support", "hello")
        all_heard(slack)
        may_end.set()
        ana.say("support", "and again")
        all_heard(slack)
    assert desk.texts == ["hello", "and again"]


def test_two_connections_share_the_work_and_one_does_alone(slack: LocalSlack, ana: Human) -> None:
    with Desk(slack, connections=2) as desk:
        for n in range(10):
            if n == 5:
                slack.refresh_sockets()
            ana.say("support", str(n))
        all_heard(slack)
    assert sorted(desk.texts) == [str(n) for n in range(10)]


@pytest.mark.parametrize("how", [UNAVAILABLE, rate_limited(1)])
def test_a_slack_that_is_down_at_the_start_is_waited_for(
    slack: LocalSlack, ana: Human, how: Any
) -> None:
    slack.fail_next("apps.connections.open", how)
    ana.say("support", "anyone?")
    with Desk(slack) as desk:
        all_heard(slack)
    assert desk.texts == ["anyone?"]


def test_it_can_be_closed_before_slack_ever_answered() -> None:
    slack = LocalSlack(patience=QUICK)
    with slack:
        desk = Desk(slack)
        slack.fail_next("apps.connections.open", UNAVAILABLE, times=1_000)
        desk.socket.start()
        slack.wait_until(lambda: slack.calls("apps.connections.open"))
        desk.socket.close()
    assert not desk.socket.connected


def test_what_is_under_way_is_acknowledged_before_the_connection_closes(
    slack: LocalSlack, ana: Human
) -> None:
    begun, may_end = threading.Event(), threading.Event()
    desk = Desk(slack)

    def before() -> None:
        begun.set()
        may_end.wait(30)

    desk.before = before
    with desk:
        ana.say("support", "one moment")
        assert begun.wait(30)
        closing = threading.Thread(target=desk.socket.close)
        closing.start()
        may_end.set()
        closing.join()
        all_heard(slack)
    assert desk.texts == ["one moment"]
    assert [(event.acked, event.attempts) for event in slack.events("message")] == [(True, 1)]


@pytest.mark.parametrize("patience", [HASTY])
def test_a_listener_that_raises_gets_no_acknowledgement(slack: LocalSlack, ana: Human) -> None:
    faults = [ValueError("not today")]

    def before() -> None:
        if faults:
            raise faults.pop()

    with Desk(slack) as desk:
        desk.before = before
        ana.say("support", "hello")
        all_heard(slack)
    assert set(desk.texts) == {"hello"}
    assert slack.events("message")[0].attempts > 1


def test_a_hostile_slack_delivers_everything_in_the_end() -> None:
    patience = Patience(ack=20.0, retries=(0.0, 0.05))
    wanted = {str(n) for n in range(60)}
    with LocalSlack(faults=Faults.hostile(3), patience=patience, refresh_grace=0.2) as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        with Desk(slack, connections=2) as desk:
            for text in sorted(wanted):
                ana.say("support", text)
            all_heard(slack)
    assert set(desk.texts) == wanted
