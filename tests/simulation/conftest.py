"""Homes for the stories: databases of their own on either kind, made from one that is migrated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from supportbot.adapters.db.migrate import upgrade
from tests.conftest import FreshDatabase
from tests.simulation.home import Homes, postgres_homes, sqlite_homes


@pytest.fixture(autouse=True)
def _silence() -> Iterator[None]:
    """A story tells of itself; ten thousand lines of what went wrong on purpose hide it."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def homes(fresh_sqlite: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Homes:
    """On SQLite."""
    url = fresh_sqlite(tmp_path_factory.mktemp("weeks"))
    return sqlite_homes(Path(url.removeprefix("sqlite:///")))


@pytest.fixture
def homes_on_postgres(postgres_database: Callable[[Callable[[str], None]], str]) -> Homes:
    return postgres_homes(lambda: postgres_database(upgrade))
