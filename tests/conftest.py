"""Loads what every test may use; the outside programs they talk to are started in tests/peers/."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

FreshDatabase = Callable[[Path], str]
"""Puts an empty, migrated database into a folder, and says its address."""

pytest_plugins = [
    "tests.peers.wanting",
    "tests.peers.postgres",
    "tests.peers.emulate",
    "tests.peers.dovecot",
]

# The same examples on every machine, however slow: a red run is then a change of ours.
settings.register_profile("same everywhere", deadline=None, derandomize=True)
settings.load_profile("same everywhere")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The kill harness first: its tests are the longest, and nobody is to wait for one alone."""
    items.sort(key=lambda item: "processes" not in item.path.parts)


@pytest.fixture(scope="session")
def fresh_sqlite(tmp_path_factory: pytest.TempPathFactory) -> FreshDatabase:
    """SQLite in `supportbot.db`: a copy takes a millisecond, the migrations a hundred."""
    # Loaded here: most tests, and whoever runs a few of them, need no database.
    from supportbot.adapters.db.migrate import upgrade

    empty = tmp_path_factory.mktemp("empty") / "supportbot.db"
    upgrade(f"sqlite:///{empty}")

    def database(folder: Path) -> str:
        folder.mkdir(exist_ok=True)
        file = shutil.copy(empty, folder / empty.name)
        return f"sqlite:///{file}"

    return database
