"""The heartbeat is fetched while the timers are looked after, and only then."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.stage import open_play, open_scenery
from tests.scenarios import stories
from tests.scenarios.stories import START, Story
from tests.scenarios.story_slack import StorySlack


@dataclass(slots=True)
class Watchdog:
    """Somebody else's server, which counts how often it was fetched."""

    url: str = ""
    fetched: list[str] = field(default_factory=list)


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    dog = Watchdog()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            dog.fetched.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        dog.url = f"http://127.0.0.1:{server.server_port}/ping"
        yield dog
        server.shutdown()
        thread.join()


@pytest.fixture
def story(tmp_path: Path, watchdog: Watchdog) -> Iterator[Story]:
    clock = VirtualClock(START)
    slack, policy = StorySlack(clock), stories.playbooks(tmp_path)
    with open_scenery(tmp_path, policy, START, slack=slack, clock=clock) as outside:
        settings = outside.settings.model_copy(update={"heartbeat_url": SecretStr(watchdog.url)})
        told = Story(replace(outside, settings=settings), slack, policy)
        told.bot_starts()
        yield told
        told.bot_stops()


def test_it_beats_once_a_minute_while_the_timers_are_current(
    story: Story, watchdog: Watchdog
) -> None:
    for _ in range(8):
        story.lives(timedelta(seconds=15))
        story.stage.bot.keep_house()

    assert watchdog.fetched == ["/ping", "/ping"]


def test_it_is_silent_while_nobody_looks_after_the_timers(story: Story, watchdog: Watchdog) -> None:
    story.hears()
    story.passes(timedelta(minutes=10))
    story.stage.bot.keep_house()
    assert watchdog.fetched == []

    story.hears()
    story.stage.bot.keep_house()
    assert watchdog.fetched == ["/ping"]


def test_a_watchdog_that_is_down_disturbs_nobody(tmp_path: Path) -> None:
    clock = VirtualClock(START)
    slack, policy = StorySlack(clock), stories.playbooks(tmp_path)
    with open_scenery(tmp_path, policy, START, slack=slack, clock=clock) as outside:
        nowhere = SecretStr("http://127.0.0.1:9/ping")
        settings = outside.settings.model_copy(update={"heartbeat_url": nowhere})
        with open_play(replace(outside, settings=settings)) as stage:
            stage.driver.settle()
            stage.bot.keep_house()
