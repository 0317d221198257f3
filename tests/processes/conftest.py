"""Fresh databases for stories that are told again and again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from supportbot.adapters.db.migrate import upgrade

FreshDatabase = Callable[[Path], str]


@pytest.fixture(scope="session")
def fresh_sqlite(tmp_path_factory: pytest.TempPathFactory) -> FreshDatabase:
    """Puts an empty, migrated database into a folder, and says its address."""
    empty = tmp_path_factory.mktemp("empty") / "supportbot.db"
    upgrade(f"sqlite:///{empty}")

    def database(folder: Path) -> str:
        file = shutil.copy(empty, folder / empty.name)
        return f"sqlite:///{file}"

    return database


@pytest.fixture
def fresh_postgres(
    postgres_database: Callable[[Callable[[str], None]], str],
) -> FreshDatabase:
    """The like on Postgres, where the folder does not matter."""
    return lambda _: postgres_database(upgrade)
