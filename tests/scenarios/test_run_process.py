"""`supportbot run` as a process of its own, on real time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from supportbot.adapters.slack import names
from supportbot.sandbox.github import LocalGitHub
from supportbot.sandbox.slack import LocalSlack, Patience
from supportbot.sandbox.stage import REPOSITORY, TEAM_CHANNEL, Scenery, open_scenery
from tests.scenarios import stories
from tests.scenarios.stories import OUTAGE, START, key_of

PATIENTLY = 60.0
# A process of its own may be slow to answer, and is to be asked again soon.
_PATIENCE = Patience(ack=20.0, retries=(0.0, 0.5))


@pytest.fixture
def scenery(tmp_path: Path) -> Iterator[Scenery]:
    policy = stories.playbooks(tmp_path)
    with open_scenery(
        tmp_path,
        policy,
        START,
        slack=LocalSlack(patience=_PATIENCE, trigger_lifetime=60.0),
        github=LocalGitHub(),
    ) as outside:
        yield outside


def environment(scenery: Scenery, folder: Path) -> dict[str, str]:
    """The settings of a deployment, and nothing else of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "SUPPORTBOT_SECRETS_DIR": str(folder / "secrets"),
        "SUPPORTBOT_PLAYBOOKS": str(scenery.settings.playbooks),
        "SUPPORTBOT_DATABASE": scenery.settings.database.get_secret_value(),
        "SUPPORTBOT_SLACK__BOT_TOKEN": scenery.slack.bot_token,
        "SUPPORTBOT_SLACK__APP_TOKEN": scenery.slack.app_token,
        "SUPPORTBOT_SLACK__API_URL": scenery.slack.base_url,
        "SUPPORTBOT_SLACK__TEAM_CHANNEL": TEAM_CHANNEL,
        "SUPPORTBOT_GITHUB__REPOSITORY": REPOSITORY,
        "SUPPORTBOT_GITHUB__TOKEN": _github_token(scenery),
        "SUPPORTBOT_GITHUB__API_URL": scenery.github.base_url,
    }


def _github_token(scenery: Scenery) -> str:
    token = scenery.settings.github.token
    assert token is not None
    return token.get_secret_value()


def command(folder: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "supportbot.entrypoints.cli", "run"],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def running(scenery: Scenery, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The process, connected to Slack; killed at the end if it still runs."""
    process = command(folder, environment(scenery, folder))
    try:
        scenery.slack.wait_until(lambda: scenery.slack.connections(), PATIENTLY)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_it_takes_a_message_in_pages_opens_an_issue_and_leaves_cleanly_when_told_to(
    scenery: Scenery, tmp_path: Path
) -> None:
    slack, carl = scenery.slack, scenery.people["carl"]
    # Whose week it is depends on the day this runs.
    first_line = [scenery.people["ana"], scenery.people["ben"]]
    with running(scenery, tmp_path) as process:
        asked = scenery.people["rita"].say("#reef", OUTAGE)
        slack.wait_until(lambda: len(slack.thread("#reef", asked.ts)) > 1, PATIENTLY)
        slack.wait_until(lambda: any(slack.dms(person) for person in first_line), PATIENTLY)
        slack.wait_until(lambda: slack.messages(TEAM_CHANNEL), PATIENTLY)
        assert scenery.github.wait_until(lambda hub: bool(hub.issues(REPOSITORY)), PATIENTLY)
        root = slack.messages(TEAM_CHANNEL)[0]
        assert key_of(root) == "SUP-1.1.root"
        assert carl.press(root, names.ACKNOWLEDGE).acked
        slack.wait_until(
            lambda: "acknowledged" in slack.messages(TEAM_CHANNEL)[0].full_text, PATIENTLY
        )

        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENTLY)
        assert process.returncode == 0, said
        for secret in (slack.bot_token, slack.app_token, _github_token(scenery)):
            assert secret not in said


def test_its_log_goes_on_after_the_first_event(scenery: Scenery, tmp_path: Path) -> None:
    with running(scenery, tmp_path) as process:
        asked = scenery.people["rita"].say("#reef", OUTAGE)
        scenery.slack.wait_until(
            lambda: len(scenery.slack.thread("#reef", asked.ts)) > 1, PATIENTLY
        )
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENTLY)

    assert "ticket_opened" in said
    assert "stopped" in said


def test_a_second_one_on_the_same_file_is_refused_and_the_first_goes_on(
    scenery: Scenery, tmp_path: Path
) -> None:
    with running(scenery, tmp_path) as first:
        second = command(tmp_path, environment(scenery, tmp_path))
        said, _ = second.communicate(timeout=PATIENTLY)

        assert second.returncode == 1
        assert said.startswith("Error: another supportbot runs on")
        assert first.poll() is None


@pytest.mark.parametrize("missing", ["SLACK__BOT_TOKEN", "SLACK__APP_TOKEN", "GITHUB__TOKEN"])
def test_a_missing_credential_is_named_and_the_start_refused(
    scenery: Scenery, tmp_path: Path, missing: str
) -> None:
    env = environment(scenery, tmp_path)
    del env[f"SUPPORTBOT_{missing}"]
    process = command(tmp_path, env)
    said, _ = process.communicate(timeout=PATIENTLY)

    assert process.returncode == 2
    assert f"SUPPORTBOT_{missing} is missing" in said
    assert not scenery.slack.connections()
