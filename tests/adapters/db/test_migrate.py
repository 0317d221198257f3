"""The migrations make the tables that the code knows, once, however many processes start."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from supportbot.adapters.db import migrate
from supportbot.adapters.db.schema import HEAD, metadata
from supportbot.adapters.db.store import NotMigrated, SqlStore, open_store
from supportbot.adapters.db.urls import parse_url
from tests.forked import FORKED


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables; SQLite's file is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/supportbot.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def test_the_migrations_make_what_the_code_describes(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_partial_indexes_have_the_same_conditions_in_both(engine: Engine) -> None:
    option = f"{engine.dialect.name}_where"
    found = {
        index["name"]: _words(str(index["dialect_options"][option]))
        for table in metadata.tables
        for index in inspect(engine).get_indexes(table)
        if index.get("dialect_options", {}).get(option) is not None
    }
    described = {
        index.name: _words(str(index.dialect_options["sqlite"]["where"]))
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert found == described


def _words(condition: str) -> set[str]:
    """The names and values of a condition; Postgres writes `x IN (…)` as `x = ANY (ARRAY[…])`."""
    plain = condition.replace("::text", "").replace("= ANY", "IN").replace("ARRAY", "")
    for mark in "()[],":
        plain = plain.replace(mark, " ")
    return {word for word in plain.split() if word not in ("IN", "=", "AND")}


def test_the_newest_migration_is_the_one_the_code_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_an_empty_database_is_pending_until_it_is_upgraded(empty_url: str) -> None:
    assert migrate.current_revision(empty_url) is None
    assert migrate.pending(empty_url)
    migrate.upgrade(empty_url)
    assert migrate.current_revision(empty_url) == HEAD
    assert not migrate.pending(empty_url)


def test_looking_at_a_database_that_is_not_there_makes_no_file(tmp_path: Path) -> None:
    assert migrate.pending(f"sqlite:///{tmp_path}/supportbot.db")
    assert list(tmp_path.iterdir()) == []


def test_three_processes_that_upgrade_at_once_upgrade_once(empty_url: str) -> None:
    with ProcessPoolExecutor(3, mp_context=FORKED) as pool:
        list(pool.map(migrate.upgrade, [empty_url] * 3))

    assert not migrate.pending(empty_url)


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    url = parse_url(empty_url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE timers (in_the_way INTEGER)"))

    with pytest.raises(Exception, match="timers"):
        migrate.upgrade(empty_url)

    assert inspect(engine).get_table_names() == ["timers"]
    engine.dispose()


def test_sqlite_is_migrated_when_it_is_opened(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/new/folder/supportbot.db") as store:
        assert isinstance(store, SqlStore)
        assert store.read(lambda unit: unit.tickets.get(1)) is None


def test_postgres_says_which_command_migrates_it(postgres_url: str) -> None:
    with pytest.raises(NotMigrated, match="supportbot db upgrade"):
        open_store(postgres_url)


def upgrade_to(revision: str, engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_tickets_of_before_say_whether_they_are_incidents_once_upgraded(empty_url: str) -> None:
    engine = create_engine(parse_url(empty_url))
    upgrade_to("0002", engine)
    columns = "number, version, state, severity, opened_at, changed_at, terms, data"
    insert = f"INSERT INTO tickets ({columns}) VALUES (:number, 1, 'new', 'P1', 0, 0, '', :data)"  # noqa: S608
    one, other = '{"kind":"x","incident":true,"v":1}', '{"title":"\\"incident\\":true,"}'
    with engine.begin() as connection:
        rows = [{"number": 1, "data": one}, {"number": 2, "data": other}]
        connection.execute(text(insert), rows)
    migrate.upgrade(empty_url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT number, incident FROM tickets ORDER BY number"))
        assert [tuple(row) for row in found] == [(1, 1), (2, 0)]
    engine.dispose()
