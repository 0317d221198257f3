"""A store on each database: every test that asks for `store` runs on SQLite and on Postgres."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from supportbot.adapters.db.migrate import upgrade
from supportbot.adapters.db.store import SqlStore, open_store
from tests.conftest import FreshDatabase


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, fresh_sqlite: FreshDatabase
) -> str:
    """The URL of an empty, migrated database."""
    if request.param == "sqlite":
        return fresh_sqlite(tmp_path / "store")
    fresh: Callable[[Callable[[str], None]], str] = request.getfixturevalue("postgres_database")
    return fresh(upgrade)


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    with open_store(database_url) as opened:
        yield opened


@pytest.fixture
def postgres_url_migrated(postgres_database: Callable[[Callable[[str], None]], str]) -> str:
    return postgres_database(upgrade)
