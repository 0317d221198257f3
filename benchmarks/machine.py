"""The machine and the versions that a table was measured with, and how quick its disk is."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

_COMMITS = 300
_LIBRARIES = ("slack-bolt", "SQLAlchemy", "APScheduler", "roundup", "fast-mail-parser")
# Unlike /tmp it is never in memory, where a durable commit would cost nothing.
_ON_DISK = Path("/var/tmp")


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder on a disk."""
    place = _ON_DISK if _ON_DISK.is_dir() else None
    with TemporaryDirectory(prefix="supportbot-bench-", dir=place) as path:
        yield Path(path)


def describe() -> str:
    """Cores, load, versions, and how many durable commits of one row SQLite does in a second."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), load {os.getloadavg()[0]:.1f};"
        f" {platform.system()}, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}, {libraries};"
        f" {_durable_commits():,.0f} durable commits a second, one row each"
    )


def _durable_commits() -> float:
    with folder() as place, closing(sqlite3.connect(place / "floor.db")) as connection:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE rows (number INTEGER)")
        began = time.perf_counter()
        for number in range(_COMMITS):
            connection.execute("INSERT INTO rows VALUES (?)", (number,))
        return _COMMITS / (time.perf_counter() - began)
