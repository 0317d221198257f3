"""`supportbot doctor`, `supportbot slack manifest`, and what `supportbot run` asks for first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from supportbot.sandbox.github import LocalGitHub, Role
from supportbot.sandbox.mail import LocalRelay
from supportbot.sandbox.slack import LocalSlack
from tests.entrypoints.command_line import SEVERITIES, answer, run, write_playbooks
from tests.peers.dovecot import PASSWORD, MailFolder

TOKENS = {"SLACK__BOT_TOKEN": "xoxb-1", "SLACK__APP_TOKEN": "xapp-1"}
# Nothing listens there.
NOWHERE = {
    "SLACK__API_URL": "http://127.0.0.1:9/api/",
    "GITHUB__API_URL": "http://localhost:9",
    "GITHUB__REPOSITORY": "openfield/incidents",
    "GITHUB__TOKEN": "ghp_secret",
}


@pytest.fixture(autouse=True)
def _in_a_folder_with_playbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_playbooks(Path("playbooks"))


def wrong(*arguments: str, **environment: str) -> dict[str, str]:
    """What the doctor finds wrong, by what it looked at."""
    result = run("doctor", *arguments, "--json", **environment)
    told: dict[str, Any] = json.loads(result.stdout)
    found = {check["what"]: check["says"] for check in told["checks"] if not check["ok"]}
    assert result.exit_code == (1 if found else 0)
    assert told["ok"] is not bool(found)
    return found


def test_all_is_well_offline_with_tokens_and_playbooks() -> None:
    result = run("doctor", "--offline", **TOKENS)
    assert result.exit_code == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["ok", "settings:"],
        ["ok", "database:"],
        ["ok", "playbooks:"],
    ]
    assert not Path("var").exists(), "looking makes nothing"


def test_a_paging_service_that_a_step_names_needs_an_address() -> None:
    steps = SEVERITIES.replace("page: second-line", 'page: "webhook:night-pager"')
    write_playbooks(Path("playbooks"), severities=steps)
    found = wrong("--offline", **TOKENS)
    assert found["webhook night-pager"].startswith("SUPPORTBOT_WEBHOOKS__NIGHT_PAGER__URL is")
    address = {"WEBHOOKS__NIGHT_PAGER__URL": "https://pager.example/in"}
    assert wrong("--offline", **TOKENS, **address) == {}


def test_missing_tokens_are_named_with_what_for_and_how_to_get_them() -> None:
    result = run("doctor", "--offline")
    assert result.exit_code == 1
    first, second, *_ = result.stdout.splitlines()
    assert first.startswith("wrong  settings: SUPPORTBOT_SLACK__BOT_TOKEN is missing: to write in")
    assert "supportbot slack manifest" in first
    assert "SUPPORTBOT_SLACK__APP_TOKEN" in second
    assert "connections:write" in second


def test_settings_that_cannot_be_used_are_all_named_and_no_secret_with_them() -> None:
    result = run("doctor", SLACK__BOT_TOKEN="hunter2", LOG_LEVEL="loud", PLAYBOKS="x")
    assert result.exit_code == 1
    assert result.stdout.count("wrong  settings: ") == 3
    assert "xoxb-" in result.stdout
    assert "hunter2" not in result.output


def test_a_database_made_and_migrated_is_well() -> None:
    run("db", "upgrade")
    checks = answer("doctor", "--offline", **TOKENS)["checks"]
    assert {"what": "database", "ok": True, "says": "reachable and migrated"} in checks


@pytest.mark.parametrize(
    "url", ["postgresql://u:secret@127.0.0.1:9/d", "mysql://u:secret@h/d", "sqlite://"]
)
def test_a_database_out_of_reach_is_told_without_its_password(url: str) -> None:
    found = wrong("--offline", **TOKENS, DATABASE=url)
    assert set(found) == {"database"}
    assert "SUPPORTBOT_DATABASE" in found["database"]
    assert "secret" not in found["database"]


def test_faulty_playbooks_are_told_with_the_first_place() -> None:
    write_playbooks(Path("playbooks"), rules="rules: 5\n")
    assert "rules/10-rules.yaml:1:" in wrong("--offline", **TOKENS)["playbooks"]
    assert "nowhere" in wrong("--offline", **TOKENS, PLAYBOOKS="nowhere")["playbooks"]


def test_slack_and_github_out_of_reach_are_told_within_the_line() -> None:
    found = wrong(**TOKENS, **NOWHERE)
    assert set(found) == {"Slack bot token", "Slack app-level token", "GitHub"}
    assert "no answer from GitHub" in found["GitHub"]
    assert not any("secret" in says for says in found.values())


def test_a_repository_without_a_token_is_told_once() -> None:
    found = json.loads(run("doctor", "--json", GITHUB__REPOSITORY="a/b").stdout)["checks"]
    assert [check["ok"] for check in found if "GITHUB__TOKEN" in check["says"]] == [False]
    assert "GitHub" not in {check["what"] for check in found}


def test_an_app_whose_key_is_none_is_told() -> None:
    app = {"GITHUB__APP_ID": "1", "GITHUB__INSTALLATION_ID": "2", "GITHUB__PRIVATE_KEY": "hunter2"}
    without_token = {name: value for name, value in NOWHERE.items() if name != "GITHUB__TOKEN"}
    found = wrong(**TOKENS, **without_token, **app)
    assert "not a PEM file" in found["GitHub"]
    result = run("run", **TOKENS, **without_token, **app)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: SUPPORTBOT_GITHUB: ")
    assert "hunter2" not in result.stderr + found["GitHub"]


def test_the_manifest_is_json_on_standard_output_and_the_way_on_standard_error() -> None:
    result = run("slack", "manifest")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["settings"]["socket_mode_enabled"] is True
    assert "SUPPORTBOT_SLACK__BOT_TOKEN" in result.stderr
    assert answer("slack", "manifest") == json.loads(result.stdout)


def test_the_desk_does_not_start_without_its_credentials() -> None:
    result = run("run")
    assert result.exit_code == 2
    assert "SUPPORTBOT_SLACK__BOT_TOKEN is missing: to write in Slack" in result.stderr
    assert "SUPPORTBOT_SLACK__APP_TOKEN is missing" in result.stderr
    assert not Path("var").exists()


def test_the_desk_does_not_start_on_faulty_playbooks() -> None:
    write_playbooks(Path("playbooks"), rules="rules: 5\n")
    result = run("run", **TOKENS)
    assert result.exit_code == 1
    assert "rules/10-rules.yaml:1:" in result.stderr


def test_the_desk_does_not_start_on_a_database_of_another_kind() -> None:
    result = run("run", **TOKENS, DATABASE="mysql://u:secret@h/d")
    assert result.exit_code == 2
    assert "secret" not in result.output


def test_a_connected_desk_is_well_from_end_to_end() -> None:
    with LocalSlack() as slack, LocalGitHub() as github:
        slack.channel("support-desk")
        github.add_repo("openfield/incidents")
        github.add_user("openfield-bot")
        github.allow("openfield-bot", "openfield/incidents", Role.WRITE)
        token = github.add_token("openfield-bot")
        checks = answer("doctor", **_connected(slack, github, token))["checks"]
    assert [check["what"] for check in checks] == [
        "settings",
        "database",
        "playbooks",
        "Slack bot token",
        "Slack scopes",
        "Slack team channel",
        "Slack app-level token",
        "GitHub",
        "mailbox",
        "relay",
    ]
    says = {check["what"]: check["says"] for check in checks}
    assert says["GitHub"] == "openfield-bot may open issues in openfield/incidents"
    assert says["relay"] == "not connected: no mail is sent"


def test_a_token_without_rights_and_a_channel_nobody_made_are_told() -> None:
    with LocalSlack() as slack, LocalGitHub() as github:
        github.add_repo("openfield/incidents")
        github.add_user("stranger")
        found = wrong(**_connected(slack, github, github.add_token("stranger")))
    assert set(found) == {"Slack team channel", "GitHub"}
    assert "/invite @supportbot" in found["Slack team channel"]
    assert "Write" in found["GitHub"]


def _connected(slack: LocalSlack, github: LocalGitHub, token: str) -> dict[str, str]:
    return {
        "SLACK__BOT_TOKEN": slack.bot_token,
        "SLACK__APP_TOKEN": slack.app_token,
        "SLACK__API_URL": slack.base_url,
        "GITHUB__API_URL": github.base_url,
        "GITHUB__REPOSITORY": "openfield/incidents",
        "GITHUB__TOKEN": token,
    }


def test_a_mailbox_and_a_relay_are_tried_and_what_is_found_is_told(inbox: MailFolder) -> None:
    inbox.append(b"Subject: one\r\n\r\nhello")
    with LocalRelay() as relay:
        result = run("doctor", "--json", **_by_mail(inbox, relay))
    checks = json.loads(result.stdout)["checks"]
    says = {check["what"]: check["says"] for check in checks if check["ok"]}
    assert says["mailbox"] == "INBOX: 1 messages, 1 unseen; IDLE, UIDPLUS, MOVE"
    assert says["relay"].startswith(f"{relay.host}")


def test_a_wrong_password_and_a_relay_that_is_away_are_told(inbox: MailFolder) -> None:
    with LocalRelay() as relay:
        settings = _by_mail(inbox, relay) | {"MAIL__IMAP__PASSWORD": "hunter2"}
    found = wrong(**settings)
    assert "password" in found["mailbox"]
    assert "hunter2" not in found["mailbox"]
    assert "MAIL__SMTP" in found["relay"] or "listen" in found["relay"]


def _by_mail(inbox: MailFolder, relay: LocalRelay) -> dict[str, str]:
    return {
        "MAIL__ADDRESS": "Help <help@openfield.example>",
        "MAIL__IMAP__HOST": inbox.dovecot.host,
        "MAIL__IMAP__PORT": str(inbox.dovecot.port),
        "MAIL__IMAP__SECURITY": "none",
        "MAIL__IMAP__USER": inbox.user,
        "MAIL__IMAP__PASSWORD": PASSWORD,
        "MAIL__SMTP__HOST": relay.host,
        "MAIL__SMTP__PORT": str(relay.port),
        "MAIL__SMTP__SECURITY": "none",
    }
