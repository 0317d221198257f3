"""A local Slack, and a desk on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from slack_sdk import WebClient

from supportbot.adapters.slack.client import web_client
from supportbot.sandbox.slack import LocalSlack, Patience
from tests.adapters.slack_adapter.room import QUICK, HandClock, Room, Transport, open_room
from tests.conftest import FreshDatabase


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def patience() -> Patience:
    return QUICK


@pytest.fixture
def slack(clock: HandClock, patience: Patience) -> Iterator[LocalSlack]:
    with LocalSlack(now=clock.now, patience=patience, refresh_grace=0.3) as slack:
        yield slack


@pytest.fixture
def client(slack: LocalSlack) -> WebClient:
    return web_client(slack.bot_token, slack.base_url, timedelta(seconds=30))


@pytest.fixture(params=["sockets", "http"])
def transport(request: pytest.FixtureRequest) -> Transport:
    """Both ways in which Slack reaches the app."""
    way: Transport = request.param
    return way


@pytest.fixture
def room(
    tmp_path: Path,
    slack: LocalSlack,
    clock: HandClock,
    transport: Transport,
    fresh_sqlite: FreshDatabase,
) -> Iterator[Room]:
    fresh_sqlite(tmp_path)
    with open_room(tmp_path, slack, clock, transport) as room:
        yield room
