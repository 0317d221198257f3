"""What the local Slack gets wrong when told to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import RemoteDisconnected
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from supportbot.sandbox.slack import (
    BAD_GATEWAY,
    DROP_REPLY,
    REFUSED_CONNECTION,
    UNAVAILABLE,
    Failure,
    Faults,
    LocalSlack,
    Patience,
    rate_limited,
    refused,
)
from tests.sandbox.slack_app import Heard, client_of, running

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
QUICK = Patience(ack=20.0, retries=(0.0, 0.02, 0.05))


def failing(call: Callable[..., Any], **arguments: Any) -> SlackApiError:
    with pytest.raises(SlackApiError) as raised:
        call(**arguments)
    return raised.value


@pytest.mark.parametrize(
    ("how", "posted"),
    [(DROP_REPLY, 1), (REFUSED_CONNECTION, 0)],
    ids=["after acting", "before acting"],
)
def test_a_connection_closes_without_an_answer(how: Failure, posted: int) -> None:
    with LocalSlack() as slack:
        slack.channel("support")
        slack.fail_next("chat.postMessage", how)
        with pytest.raises(RemoteDisconnected):
            client_of(slack).chat_postMessage(channel="support", text="x")
        assert len(slack.messages("support")) == posted
        assert slack.calls("chat.postMessage")[0].status == 0
        client_of(slack).chat_postMessage(channel="support", text="x")
        assert len(slack.messages("support")) == posted + 1


@pytest.mark.parametrize(
    ("how", "status", "posted"),
    [(BAD_GATEWAY, 502, 1), (UNAVAILABLE, 503, 0), (refused("fatal_error"), 200, 0)],
)
def test_a_request_fails_with_a_status(how: Failure, status: int, posted: int) -> None:
    with LocalSlack() as slack:
        slack.channel("support")
        slack.fail_next("chat.postMessage", how)
        error = failing(client_of(slack).chat_postMessage, channel="support", text="x")
        assert error.response.status_code == status
        assert len(slack.messages("support")) == posted
        assert slack.calls("chat.postMessage")[0].fault == how.name


def test_an_ordered_failure_waits_for_the_call_it_is_meant_for() -> None:
    with LocalSlack() as slack:
        support, team = slack.channel("support").id, slack.channel("team").id
        slack.fail_next("chat.postMessage", rate_limited(7), times=2, channel=team)
        client = client_of(slack)
        client.chat_postMessage(channel=support, text="x")
        for _ in range(2):
            error = failing(client.chat_postMessage, channel=team, text="x")
            assert error.response.headers["Retry-After"] == "7"
            assert error.response["error"] == "ratelimited"
        client.chat_postMessage(channel=team, text="x")


def test_one_message_a_second_and_channel_on_the_workspaces_clock() -> None:
    now = [START]
    faults = Faults(channel_interval=timedelta(seconds=1))
    with LocalSlack(now=lambda: now[0], faults=faults) as slack:
        support, team = slack.channel("support").id, slack.channel("team").id
        client = client_of(slack)
        client.chat_postMessage(channel=support, text="x")
        client.chat_postMessage(channel=team, text="x")
        error = failing(client.chat_postMessage, channel=support, text="x")
        assert error.response.headers["Retry-After"] == "1"
        now[0] += timedelta(seconds=1)
        client.chat_postMessage(channel=support, text="x")


def test_a_method_has_its_calls_a_minute() -> None:
    now = [START]
    with LocalSlack(now=lambda: now[0], faults=Faults(per_minute={"users.info": 2})) as slack:
        ana = slack.human("ana")
        client = client_of(slack)
        client.users_info(user=ana.id)
        now[0] += timedelta(seconds=20)
        client.users_info(user=ana.id)
        assert failing(client.users_info, user=ana.id).response.headers["Retry-After"] == "40"
        now[0] += timedelta(seconds=40)
        client.users_info(user=ana.id)


def test_history_may_lag_behind() -> None:
    now = [START]
    lag = Faults(history_lag=timedelta(seconds=10))
    with LocalSlack(now=lambda: now[0], faults=lag) as slack:
        support = slack.channel("support").id
        client = client_of(slack)
        client.chat_postMessage(channel=support, text="x")
        assert client.conversations_history(channel=support)["messages"] == []
        now[0] += timedelta(seconds=11)
        assert len(client.conversations_history(channel=support)["messages"]) == 1


def outcomes(seed: int) -> list[str | None]:
    with LocalSlack(faults=Faults.hostile(seed)) as slack:
        ana = slack.human("ana")
        client = client_of(slack)
        for _ in range(60):
            try:
                client.users_info(user=ana.id)
            except (SlackApiError, RemoteDisconnected):
                continue
        return [call.fault for call in slack.calls("users.info")]


def test_a_hostile_workspace_repeats_itself_for_a_seed() -> None:
    first = outcomes(1)
    assert first == outcomes(1)
    assert first != outcomes(2)
    assert len({fault for fault in first if fault}) > 2


def test_a_hostile_workspace_fails_a_method_only_so_often_in_a_row() -> None:
    runs = "".join("x" if fault else "." for fault in outcomes(3)).split(".")
    assert max(len(run) for run in runs) == 2


def test_an_acknowledged_event_comes_again_under_the_same_id_or_another() -> None:
    heard = Heard()
    faults = Faults(redeliver=0.5, new_event_id=0.5)
    with LocalSlack(faults=faults, patience=QUICK) as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        with running(slack, heard):
            for number in range(30):
                ana.say("support", f"message {number}")
            slack.wait_until(lambda: not slack.unacknowledged())
    stamps = [body["event"]["ts"] for body in heard.bodies]
    ids = [body["event_id"] for body in heard.bodies]
    assert len(set(stamps)) == 30 < len(set(ids)) < len(ids)


def test_a_mention_may_be_told_three_times() -> None:
    with LocalSlack(faults=Faults(double_mention=1.0)) as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        ana.mention_bot("support", "help")
        kinds = [event.type for event in slack.events()]
        assert sorted(kinds) == ["app_mention", "app_mention", "message"]
        assert len({event.event_id for event in slack.events()}) == 3


def test_a_lost_acknowledgement_brings_the_event_again_once() -> None:
    heard = Heard()
    with LocalSlack(faults=Faults(drop_ack=1.0), patience=QUICK) as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        with running(slack, heard):
            ana.say("support", "hello")
            slack.wait_until(lambda: not slack.unacknowledged())
        assert slack.events()[0].attempts == 2
    assert heard.texts == ["hello", "hello"]


def test_sockets_are_refreshed_after_so_many_envelopes() -> None:
    heard = Heard()
    with LocalSlack(faults=Faults(refresh_every=3), patience=QUICK, refresh_grace=0.2) as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        with running(slack, heard):
            for number in range(12):
                ana.say("support", f"message {number}")
            slack.wait_until(lambda: not slack.unacknowledged())
            slack.wait_until(lambda: max(slack.connections(), default=0) > 1)
    assert {f"message {number}" for number in range(12)} == set(heard.texts)
