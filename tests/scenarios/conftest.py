"""Stages for the stories: each fixture raises one, and checks at the end what holds for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import structlog

from supportbot.adapters.db.migrate import upgrade
from tests.conftest import FreshDatabase
from tests.scenarios import stories
from tests.scenarios.stories import Story

Raise = Callable[..., AbstractContextManager[Story]]


@pytest.fixture(autouse=True)
def _plain_tracebacks() -> Iterator[None]:
    """Stories provoke errors on purpose; drawing each as a picture takes longer than the story."""
    before = structlog.get_config()
    renderer = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[structlog.processors.add_log_level, renderer])
    yield
    structlog.configure(**before)


@pytest.fixture
def sqlite(tmp_path: Path, fresh_sqlite: FreshDatabase) -> str:
    """The address of an empty database in a file."""
    return fresh_sqlite(tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite")
        return url
    fresh: Callable[[Callable[[str], None]], str] = request.getfixturevalue("postgres_database")
    return fresh(upgrade)


@pytest.fixture
def raise_story(tmp_path: Path, sqlite: str) -> Raise:
    """A story of one's own making, on SQLite: playbooks by `policy`, a Slack by `slack`, …"""

    @contextmanager
    def opened(policy: Path | None = None, **more: object) -> Iterator[Story]:
        folder = policy or stories.playbooks(tmp_path)
        with stories.raised(tmp_path, folder, sqlite, **more) as story:  # type: ignore[arg-type] # handed on as it is
            yield story
            stories.check_explanations(story)
            assert stories.repeated_unmarked(story) == []

    return opened


@pytest.fixture
def story(tmp_path: Path, database: str) -> Iterator[Story]:
    """The harbour's desk on a calm day, on both databases."""
    with stories.raised(tmp_path, stories.playbooks(tmp_path), database) as told:
        yield told
        stories.check_explanations(told)
        assert stories.repeated_unmarked(told) == []
