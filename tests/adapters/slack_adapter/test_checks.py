"""What doctor says of the tokens, and the manifest that a workspace is set up with."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from slack_sdk import WebClient

from supportbot.adapters.slack.checks import Finding, check_tokens
from supportbot.adapters.slack.client import web_client
from supportbot.adapters.slack.manifest import EVENTS, SCOPES, manifest
from supportbot.sandbox.slack import SCOPES as SANDBOX_SCOPES
from supportbot.sandbox.slack import UNAVAILABLE, LocalSlack

TEAM = "#support-team"


def by_name(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.what: finding for finding in findings}


def test_a_workspace_that_is_set_up_passes(slack: LocalSlack, client: WebClient) -> None:
    slack.channel("support-team")
    findings = check_tokens(client, slack.app_token, TEAM)
    assert [finding.ok for finding in findings] == [True] * 4
    assert findings[0].says == "supportbot in Sandbox"


def test_a_missing_scope_is_named_with_what_it_is_for() -> None:
    with LocalSlack(scopes=SANDBOX_SCOPES - {"im:write"}) as slack:
        slack.channel("support-team")
        client = web_client(slack.bot_token, slack.base_url)
        found = by_name(check_tokens(client, slack.app_token, TEAM))["Slack scopes"]
    assert not found.ok
    assert "im:write (open a direct message, to page someone or" in found.says


@pytest.mark.parametrize(
    ("bot", "app", "what", "says"),
    [
        ("xoxb-wrong", "", "Slack bot token", "invalid_auth"),
        ("xapp-swapped", "", "Slack bot token", "does not begin with xoxb-"),
        ("", "xapp-wrong", "Slack app-level token", "connections:write"),
        ("", "xoxb-swapped", "Slack app-level token", "does not begin with xapp-"),
    ],
)
def test_wrong_tokens_are_told_apart(
    slack: LocalSlack, bot: str, app: str, what: str, says: str
) -> None:
    client = web_client(bot or slack.bot_token, slack.base_url)
    found = by_name(check_tokens(client, app or slack.app_token, TEAM))[what]
    assert not found.ok
    assert says in found.says


def test_a_team_channel_that_is_missing_or_not_joined_is_named(
    slack: LocalSlack, client: WebClient
) -> None:
    found = by_name(check_tokens(client, slack.app_token, TEAM))["Slack team channel"]
    assert "there is no #support-team" in found.says
    slack.channel("support-team", with_bot=False)
    found = by_name(check_tokens(client, slack.app_token, TEAM))["Slack team channel"]
    assert "/invite @supportbot" in found.says


def test_a_slack_that_is_down_is_a_finding_and_no_crash(
    slack: LocalSlack, client: WebClient
) -> None:
    for method in ("auth.test", "apps.connections.open"):
        slack.fail_next(method, UNAVAILABLE, times=3)
    findings = check_tokens(client, slack.app_token, TEAM)
    assert [(finding.ok, finding.says) for finding in findings] == [
        (False, "Slack answered 503"),
        (False, "Slack answered 503"),
    ]


def test_slack_unreachable_is_a_finding_too() -> None:
    nobody = web_client("xoxb-x", "http://127.0.0.1:9/api/", timedelta(seconds=1))
    assert not any(finding.ok for finding in check_tokens(nobody, "xapp-x", TEAM))


def test_the_manifest_asks_for_socket_mode_buttons_and_each_scope_with_a_reason() -> None:
    value = manifest()
    assert value["settings"]["socket_mode_enabled"]
    assert value["settings"]["interactivity"]["is_enabled"]
    assert value["oauth_config"]["scopes"]["bot"] == sorted(SCOPES)
    assert all(SCOPES.values())
    assert not value["features"]["app_home"]["messages_tab_read_only_enabled"]


def test_over_http_there_is_no_app_level_token_to_look_at(
    slack: LocalSlack, client: WebClient
) -> None:
    slack.channel("support-team")
    findings = check_tokens(client, None, TEAM)
    assert [finding.ok for finding in findings] == [True] * 3


def test_the_manifest_for_http_says_where_everything_goes() -> None:
    url = "https://desk.example/slack/events"
    value = manifest(url)
    settings, (command,) = value["settings"], value["features"]["slash_commands"]
    assert not settings["socket_mode_enabled"]
    assert settings["event_subscriptions"]["request_url"] == url
    assert settings["interactivity"]["request_url"] == url
    assert command["url"] == url


def test_the_manifest_for_sockets_names_no_address() -> None:
    assert "url" not in json.dumps(manifest())


def test_every_event_has_the_scope_it_needs() -> None:
    needed = {
        "app_mention": "app_mentions:read",
        "message.channels": "channels:history",
        "message.groups": "groups:history",
        "message.im": "im:history",
    }
    assert set(EVENTS) == set(needed)
    assert set(needed.values()) <= set(SCOPES)


def test_the_manifest_keeps_slacks_limits() -> None:
    shown = manifest()["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    (command,) = manifest()["features"]["slash_commands"]
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000


def test_the_documentation_names_every_scope_with_its_reason() -> None:
    page = (Path(__file__).parents[3] / "docs" / "slack.md").read_text()
    rows = {f"| `{scope}` | {reason} |" for scope, reason in SCOPES.items()}
    assert {line for line in page.splitlines() if line.startswith("| `")} == rows
