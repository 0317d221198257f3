"""`supportbot slack manifest --url …`: the app for a bot that Slack reaches over HTTP."""

from __future__ import annotations

import json

import pytest

from tests.entrypoints.command_line import run


@pytest.mark.parametrize(
    "given",
    [
        "https://desk.example",
        "https://desk.example/",
        "https://desk.example/slack/events",
        "https://desk.example/slack/events/",
    ],
)
def test_the_address_of_the_bot_becomes_the_address_that_slack_posts_to(given: str) -> None:
    result = run("slack", "manifest", "--url", given)
    assert result.exit_code == 0
    settings = json.loads(result.stdout)["settings"]
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == "https://desk.example/slack/events"
    assert "SUPPORTBOT_SLACK__SIGNING_SECRET" in result.stderr
    assert "SUPPORTBOT_SLACK__APP_TOKEN" not in result.stderr


def test_a_bot_behind_a_prefix_is_reached_there() -> None:
    result = run("slack", "manifest", "--json", "--url", "https://example.org/desk")
    url = json.loads(result.stdout)["settings"]["interactivity"]["request_url"]
    assert url == "https://example.org/desk/slack/events"
    assert result.stderr == ""


@pytest.mark.parametrize(
    "given", ["http://desk.example", "desk.example", "https://", "https://x.example/?a=b", ""]
)
def test_an_address_that_slack_would_not_take_is_refused_with_the_mend(given: str) -> None:
    result = run("slack", "manifest", "--url", given)
    assert result.exit_code == 2
    assert "https://…" in result.stderr
    assert result.stdout == ""
