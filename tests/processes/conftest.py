"""Fresh databases for stories that are told again and again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from supportbot.adapters.db.migrate import upgrade
from tests.conftest import FreshDatabase


@pytest.fixture
def fresh_postgres(
    postgres_database: Callable[[Callable[[str], None]], str],
) -> FreshDatabase:
    """The like of `fresh_sqlite` on Postgres, where the folder does not matter."""
    return lambda _: postgres_database(upgrade)
