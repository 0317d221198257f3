"""Brings a database to the tables of this version; safe when two processes start at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, func, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from supportbot.adapters.db.schema import HEAD
from supportbot.adapters.db.sqlite import (
    beside,
    create_file,
    locked,
    path_of,
    reading_engine,
    writing_engine,
)
from supportbot.adapters.db.urls import parse_url

# Any number that nothing else in the database locks.
_ONE_AT_A_TIME = 0x5355505F4D494752
_SCRIPTS = Path(__file__).parent / "migrations"


def current_revision(url: str) -> str | None:
    """The newest migration that the database has; None when it has none, or is not there."""
    target = parse_url(url)
    if target.get_backend_name() == "sqlite" and not path_of(target).exists():
        return None
    with _connected(target, write=False) as connection:
        return _revision(connection)


def pending(url: str) -> bool:
    """Whether the database lacks a migration of this version."""
    return current_revision(url) != HEAD


def upgrade(url: str) -> None:
    """Run the migrations that the database lacks; another process that does so is waited for."""
    target = parse_url(url)
    with _only_one(target):
        if pending(url):
            with _connected(target) as connection:
                _run(connection)


def _run(connection: Connection) -> None:
    # Loaded here: a start that finds everything done needs neither its time nor its memory.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _only_one(url: URL) -> Iterator[None]:
    """Wait until no other process migrates this database: by a lock file, or Postgres's lock."""
    if url.get_backend_name() == "sqlite":
        path = path_of(url)
        create_file(path)
        with locked(beside(path, ".migrating"), wait=True):
            yield
    else:
        with _connected(url) as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
            yield


@contextmanager
def _connected(url: URL, *, write: bool = True) -> Iterator[Connection]:
    """One transaction on a connection of its own."""
    engine = _engine(url, write=write)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _engine(url: URL, *, write: bool) -> Engine:
    if url.get_backend_name() == "sqlite":
        return writing_engine(url) if write else reading_engine(url)
    return create_engine(url, poolclass=NullPool)
