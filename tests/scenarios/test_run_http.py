"""`supportbot run` as a process that Slack reaches over HTTP, and that is watched."""

from __future__ import annotations

import random
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from supportbot.adapters.slack import names
from supportbot.application.feeds import token
from supportbot.sandbox.stage import TEAM_CHANNEL, Scenery
from tests.scenarios.stories import OUTAGE
from tests.scenarios.test_run_process import PATIENTLY, command, environment, scenery

__all__ = ["scenery"]

FEED_SECRET = "calendars" * 4


@pytest.fixture
def port() -> int:
    """A free one below those that the system gives to whoever asks for any: until the bot listens
    there, no other test is given it."""
    for port in random.SystemRandom().sample(range(15_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


def over_http(scenery: Scenery, folder: Path, port: int) -> dict[str, str]:
    env = environment(scenery, folder)
    del env["SUPPORTBOT_SLACK__APP_TOKEN"]
    return env | {
        "SUPPORTBOT_SLACK__TRANSPORT": "http",
        "SUPPORTBOT_SLACK__SIGNING_SECRET": scenery.slack.signing_secret,
        "SUPPORTBOT_HTTP__LISTEN": f"127.0.0.1:{port}",
        "SUPPORTBOT_HTTP__FEED_SECRET": FEED_SECRET,
        "SUPPORTBOT_FILES": str(folder / "files"),
    }


def page(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENTLY) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def until(scenery: Scenery, done: Callable[[], bool]) -> None:
    """Ask again and again: nothing tells when another process has got so far."""
    import threading
    import time

    end = time.monotonic() + PATIENTLY
    while not done():
        assert time.monotonic() < end
        threading.Event().wait(0.05)


def test_requests_are_taken_in_over_http_and_the_process_tells_how_it_is(
    scenery: Scenery, tmp_path: Path, port: int
) -> None:
    slack = scenery.slack
    process = command(tmp_path, over_http(scenery, tmp_path, port))
    try:
        until(scenery, lambda: page(port, "/readyz") == (200, "ok\n"))
        slack.deliver_to(f"http://127.0.0.1:{port}/slack/events")
        asked = scenery.people["rita"].say("#reef", OUTAGE)
        slack.wait_until(lambda: len(slack.thread("#reef", asked.ts)) > 1, PATIENTLY)
        slack.wait_until(lambda: slack.messages(TEAM_CHANNEL), PATIENTLY)
        root = slack.messages(TEAM_CHANNEL)[0]
        assert scenery.people["carl"].press(root, names.ACKNOWLEDGE).acked
        assert page(port, "/healthz") == (200, "ok\n")
        status, metrics = page(port, "/metrics")
        assert status == 200
        assert 'supportbot_tickets{severity="P1",state="acknowledged"} 1.0' in metrics
        assert page(port, "/slack/events")[0] == 405
        path = f"/rota/first-line.ics?token={token(FEED_SECRET, 'rotation', 'first-line')}"
        assert page(port, path)[1].startswith("BEGIN:VCALENDAR")
        assert page(port, "/rota/first-line.ics")[0] == 404

        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENTLY)
        assert process.returncode == 0, said
        assert slack.signing_secret not in said
    finally:
        process.kill()
        process.communicate()


def test_a_port_that_is_taken_is_named_and_nothing_has_begun(
    scenery: Scenery, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        process = command(tmp_path, over_http(scenery, tmp_path, port))
        said, _ = process.communicate(timeout=PATIENTLY)

    assert process.returncode == 2, said
    assert "SUPPORTBOT_HTTP__LISTEN: cannot listen" in said


@pytest.mark.parametrize("missing", ["SLACK__SIGNING_SECRET", "HTTP__LISTEN"])
def test_what_http_needs_is_named(
    scenery: Scenery, tmp_path: Path, port: int, missing: str
) -> None:
    env = over_http(scenery, tmp_path, port)
    del env[f"SUPPORTBOT_{missing}"]
    process = command(tmp_path, env)
    said, _ = process.communicate(timeout=PATIENTLY)

    assert process.returncode == 2
    assert f"SUPPORTBOT_{missing} is missing" in said
