"""What only SQLite has: a file of its own, a lock for its one process, a backup while in use."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from supportbot.adapters.db.store import (
    AlreadyRunning,
    SqlStore,
    acquire_run_lock,
    backup,
    open_store,
)
from supportbot.adapters.db.unit_of_work import SqlUnitOfWork
from supportbot.adapters.db.urls import parse_url
from supportbot.application.ports import UnitOfWork
from tests.adapters.db.groups import run_in_one_group
from tests.adapters.db.samples import open_ticket
from tests.forked import FORKED


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "supportbot.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_the_database_and_its_log_are_for_their_owner_only(url: str, path: Path) -> None:
    with open_store(url) as store:
        store.write(open_ticket)
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    assert modes.keys() >= {"supportbot.db", "supportbot.db-wal"}
    assert set(modes.values()) == {0o600}


def test_commits_are_durable_and_references_hold(url: str) -> None:
    with open_store(url) as store:

        def setting(name: str) -> object:
            return store.write(lambda unit: _connection(unit).exec_driver_sql(name).scalar())

        full = 2
        assert setting("PRAGMA synchronous") == full
        assert setting("PRAGMA foreign_keys") == 1
        assert setting("PRAGMA wal_autocheckpoint") == 0


def _connection(unit: UnitOfWork) -> Connection:
    assert isinstance(unit, SqlUnitOfWork)
    return unit.transaction.connection


def test_a_commit_that_fails_is_told_to_all_of_its_group_and_the_next_one_succeeds(
    url: str,
) -> None:
    def break_the_commit(unit: UnitOfWork) -> None:
        _connection(unit).exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        unit.threads.add("thread", 999)

    with open_store(url) as store, ThreadPoolExecutor(4) as pool:
        outcomes = run_in_one_group(store, pool, [open_ticket, break_the_commit, open_ticket])
        assert [type(outcome) for outcome in outcomes] == [IntegrityError] * 3
        assert store.write(open_ticket).number == 1


def test_a_transaction_that_sqlite_undid_by_itself_is_not_gone_on_with(url: str) -> None:
    def lose_the_transaction(unit: UnitOfWork) -> None:
        _connection(unit).exec_driver_sql("ROLLBACK")

    with open_store(url) as store, ThreadPoolExecutor(4) as pool:
        outcomes = run_in_one_group(store, pool, [open_ticket, lose_the_transaction, open_ticket])
        assert [type(outcome) for outcome in outcomes] == [RuntimeError] * 3
        assert store.write(open_ticket).number == 1


def test_a_writer_that_another_process_keeps_waiting_gets_its_turn(url: str, path: Path) -> None:
    with open_store(url) as store, ThreadPoolExecutor(1) as pool:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            ours = pool.submit(store.write, open_ticket)
            other.execute("COMMIT")
        assert ours.result(60).number == 1


def test_what_was_written_is_there_after_opening_again(url: str) -> None:
    with open_store(url) as store:
        ticket = store.write(open_ticket)
    with open_store(url) as store:
        assert store.read(lambda unit: unit.tickets.get(ticket.number)) == ticket


def test_a_closed_store_refuses_to_write(url: str) -> None:
    with open_store(url) as store:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        store.write(open_ticket)


def test_a_write_inside_a_write_is_refused_rather_than_waiting_for_itself(url: str) -> None:
    with open_store(url) as store, pytest.raises(RuntimeError, match="wait for itself"):
        store.write(lambda _: store.write(open_ticket))


def test_a_file_that_is_no_database_is_told_to_whoever_opens_it(url: str, path: Path) -> None:
    path.parent.mkdir()
    path.write_text("not a database, but long enough to be looked at as one. " * 40)
    with pytest.raises(Exception, match="not a database"):
        open_store(url)


def test_a_second_run_on_one_file_is_refused_until_the_first_ends(url: str) -> None:
    with ProcessPoolExecutor(1, mp_context=FORKED) as pool:
        with acquire_run_lock(url):
            assert pool.submit(_can_run, url).result() is False
        assert pool.submit(_can_run, url).result() is True


def _can_run(url: str) -> bool:
    try:
        with acquire_run_lock(url):
            return True
    except AlreadyRunning:
        return False


def test_any_number_may_run_on_postgres() -> None:
    with acquire_run_lock("postgresql://nowhere/db"), acquire_run_lock("postgresql://nowhere/db"):
        pass


def test_a_backup_made_while_others_write_is_whole(url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with open_store(url) as store:
        for _ in range(20):
            store.write(open_ticket)
        stop = threading.Event()
        writing = threading.Thread(target=_write_until, args=(store, stop))
        writing.start()
        try:
            backup(url, copy)
        finally:
            stop.set()
            writing.join()

    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with open_store(f"sqlite:///{copy}") as copied:
        ticket = copied.read(lambda unit: unit.tickets.get(20))
        assert ticket is not None
        assert copied.write(open_ticket).number > 20


def _write_until(store: SqlStore, stop: threading.Event) -> None:
    while not stop.is_set():
        store.write(open_ticket)


def test_a_backup_overwrites_nothing(url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("precious")
    with open_store(url), pytest.raises(FileExistsError, match="overwrites nothing"):
        backup(url, copy)
    assert copy.read_text() == "precious"


def test_a_backup_of_no_database_makes_none(url: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        backup(url, tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_that_fails_leaves_nothing_behind(url: str, path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.write_text("not a database, but long enough to be looked at as one. " * 40)
    with pytest.raises(sqlite3.DatabaseError):
        backup(url, tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == [path.parent]


def test_postgres_is_backed_up_by_its_own_tool(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pg_dump"):
        backup("postgresql://nowhere/db", tmp_path / "copy.db")


@pytest.mark.parametrize("url", ["", "mysql://x/y", "supportbot.db", "postgres:/x"])
def test_an_url_of_another_kind_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match="begins with sqlite:///"):
        parse_url(url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="needs a file"):
        open_store(url)


@pytest.mark.parametrize("url", ["postgresql://u@h/d", "postgresql+psycopg://u@h/d"])
def test_postgres_is_spoken_to_through_psycopg_3(url: str) -> None:
    assert parse_url(url).drivername == "postgresql+psycopg"


def test_the_log_goes_back_into_the_file_when_the_writer_is_idle(url: str, path: Path) -> None:
    with open_store(url) as store:
        for _ in range(50):
            store.write(open_ticket)
        pause = threading.Event()
        while _rows_in_the_file(path) < 50:
            pause.wait(0.02)


def _rows_in_the_file(path: Path) -> int:
    """Tickets in the main file, leaving out its log: as a copy without it would have them."""
    copy = path.with_name("without-log.db")
    copy.write_bytes(path.read_bytes())
    try:
        with closing(sqlite3.connect(copy)) as connection:
            return int(connection.execute("SELECT count(*) FROM tickets").fetchone()[0])
    finally:
        copy.unlink()
