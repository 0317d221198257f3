"""A Postgres of our own that keeps what it says it has kept."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.peers.postgres import PostgresServer, find_postgres, running_postgres

# The tests' server is quick rather than durable.
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
# It takes note of new settings some time after it was told to.
_PATIENCE = 10.0


def is_there() -> bool:
    return find_postgres() is not None


@contextmanager
def durable_postgres(folder: Path) -> Iterator[PostgresServer]:
    """A running server that keeps its data in `folder`, on disk."""
    programs = find_postgres()
    if programs is None:
        raise FileNotFoundError("no Postgres here; on Debian: apt install postgresql")
    # Its user is another one than ours when we are root.
    folder.chmod(0o755)
    before, tempfile.tempdir = tempfile.tempdir, os.fspath(folder)
    try:
        with running_postgres(programs) as server:
            _make_durable(server.create_database())
            yield server
    finally:
        tempfile.tempdir = before


def _make_durable(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in _DURABLE:
            connection.execute(text(f"ALTER SYSTEM SET {name} = on"))
        connection.execute(text("SELECT pg_reload_conf()"))
    with engine.connect() as connection:
        deadline = time.monotonic() + _PATIENCE
        while not all(
            connection.execute(text(f"SHOW {name}")).scalar() == "on" for name in _DURABLE
        ):
            if time.monotonic() > deadline:
                raise RuntimeError("Postgres does not want to be durable")
            time.sleep(0.05)
    engine.dispose()
