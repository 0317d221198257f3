"""`supportbot deliveries`, `supportbot parked`, `supportbot db`, `supportbot backup`."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.entrypoints.command_line import answer, run, write_playbooks
from tests.entrypoints.desk import HandClock, arrive, desk, park_a_message, send_into_nothing

DATABASE = Path("var/supportbot.db")


@pytest.fixture(autouse=True)
def _in_a_folder_with_playbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_playbooks(Path("playbooks"))


@pytest.fixture
def dead() -> list[int]:
    """The ids of what could not be sent for a ticket."""
    with desk() as context:
        arrive(context)
        send_into_nothing(context)
    return [row["id"] for row in answer("deliveries", "--state", "dead")]


@pytest.fixture
def parked_message() -> int:
    clock = HandClock(datetime(2026, 11, 24, 14, 5, tzinfo=UTC))
    with desk(clock) as context:
        park_a_message(context, clock)
    (item,) = answer("parked")
    return int(item["id"])


def test_nothing_was_sent_yet() -> None:
    assert answer("deliveries") == []
    assert run("deliveries").stdout == "No deliveries.\n"


def test_deliveries_are_listed_for_programs(dead: list[int]) -> None:
    rows = answer("deliveries")
    assert {row["id"] for row in rows} >= set(dead)
    row = next(row for row in rows if row["kind"] == "slack.root")
    assert set(row) == {
        "id",
        "key",
        "kind",
        "ticket",
        "state",
        "attempts",
        "due",
        "error",
        "sent_at",
    }
    assert row["ticket"] == "SUP-1"
    assert row["state"] == "dead"
    assert row["attempts"] == 1
    assert row["due"].endswith("+00:00")
    assert row["error"] == "slack is not connected"


def test_deliveries_are_listed_for_people(dead: list[int]) -> None:
    header, first, *_ = run("deliveries", "--state", "dead").stdout.splitlines()
    assert header.split()[:4] == ["ID", "STATE", "WHAT", "TICKET"]
    assert "slack is not connected" in first


def test_dead_deliveries_are_tried_again(dead: list[int]) -> None:
    told = answer("deliveries", "retry", *map(str, dead[:2]))
    assert told == {"waiting": dead[:2], "not_dead": []}
    left = [row["id"] for row in answer("deliveries", "--state", "dead")]
    assert left == dead[2:]


def test_what_is_not_dead_is_refused_and_the_rest_is_done(dead: list[int]) -> None:
    result = run("deliveries", "retry", str(dead[0]), "999999")
    assert result.exit_code == 1
    assert result.stdout == f"Delivery {dead[0]} is tried again.\n"
    assert result.stderr == "Refused: there is no dead delivery 999999.\n"


@pytest.mark.parametrize("wrong", ["x", "0", "-1", str(2**63), "1.5"])
def test_an_id_that_is_none_is_refused(wrong: str) -> None:
    assert run("deliveries", "retry", "--", wrong).exit_code == 2
    assert run("parked", "retry", "timer", "--", wrong).exit_code == 2


def test_an_unknown_state_is_refused_with_those_there_are() -> None:
    result = run("deliveries", "--state", "lost")
    assert result.exit_code == 2
    assert "'dead'" in result.stderr


def test_nothing_is_parked() -> None:
    assert answer("parked") == []
    assert run("parked").stdout == "Nothing is parked.\n"


def test_a_parked_message_is_listed_and_tried_again(parked_message: int) -> None:
    (item,) = answer("parked")
    assert item["what"] == "inbox"
    assert item["ticket"] is None
    assert item["error"].startswith("ValueError: cannot read")
    assert "\x1b" not in run("parked").stdout
    told = answer("parked", "retry", "inbox", str(parked_message))
    assert told == {"retried": {"what": "inbox", "id": parked_message}}
    assert answer("parked") == []


def test_a_parked_timer_is_listed_and_tried_again() -> None:
    with desk() as context:
        arrive(context)
        tomorrow = context.clock.now() + timedelta(days=1)
        (timer,) = context.store.write(lambda uow: uow.timers.claim_due(tomorrow, 1))
        context.store.write(lambda uow: uow.timers.failed(timer, "KeyError: 'x'", None))
    (item,) = answer("parked")
    assert (item["what"], item["ticket"]) == ("timer", "SUP-1")
    assert run("parked", "retry", "timer", str(item["id"])).exit_code == 0
    assert answer("parked") == []


def test_what_is_not_parked_is_refused() -> None:
    result = run("parked", "retry", "timer", "7")
    assert result.exit_code == 1
    assert result.stderr == "Refused: there is no parked timer 7.\n"
    result = run("parked", "retry", "inbox", "7", "--json")
    assert result.exit_code == 1
    assert "refused" in json.loads(result.stdout)


def test_the_database_is_made_and_migrated_and_a_second_time_changes_nothing() -> None:
    first = answer("db", "upgrade")
    assert DATABASE.exists()
    assert answer("db", "upgrade") == first
    assert f"at migration {first['revision']}" in run("db", "upgrade").stdout


def test_a_backup_is_a_whole_database() -> None:
    with desk() as context:
        arrive(context)
        told = answer("backup", "copies/desk.db")
    assert told["bytes"] > 0
    with closing(sqlite3.connect("copies/desk.db")) as copy:
        assert copy.execute("SELECT number FROM tickets").fetchall() == [(1,)]


def test_a_backup_overwrites_nothing() -> None:
    run("db", "upgrade")
    Path("there.db").write_text("precious")
    result = run("backup", "there.db")
    assert result.exit_code == 2
    assert "overwrites nothing" in result.stderr
    assert Path("there.db").read_text() == "precious"


def test_a_backup_of_nothing_makes_nothing() -> None:
    result = run("backup", "copy.db")
    assert result.exit_code == 1
    assert "there is no database" in result.stderr
    assert not Path("copy.db").exists()
    assert not DATABASE.exists()


def test_what_is_no_database_is_told_in_a_line() -> None:
    Path("var").mkdir()
    DATABASE.write_text("these are the minutes of a meeting, and no database at all" * 100)
    for command in (["tickets", "list"], ["deliveries"], ["db", "upgrade"], ["backup", "c.db"]):
        result = run(*command)
        assert result.exit_code == 1, command
        assert result.stderr.count("\n") == 1
        assert "file is not a database" in result.stderr


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/d", "nonsense", ""]
)
def test_a_database_of_another_kind_is_refused_without_telling_its_password(url: str) -> None:
    for command in (["tickets", "list"], ["db", "upgrade"], ["backup", "c.db"]):
        result = run(*command, DATABASE=url)
        assert result.exit_code == 2, command
        assert result.stderr.startswith("Error: SUPPORTBOT_DATABASE: ")
        assert "secret" not in result.output


def test_a_database_that_is_away_is_told_in_a_line() -> None:
    away = "postgresql://desk:secret@127.0.0.1:9/desk"
    for command in (["tickets", "list"], ["db", "upgrade"]):
        result = run(*command, DATABASE=away)
        assert result.exit_code == 1, command
        assert "the database does not work" in result.stderr
        assert result.stderr.count("\n") == 1
        assert "secret" not in result.output


def test_postgres_is_migrated_by_the_command_and_backed_up_by_its_own_tools(
    postgres_url: str,
) -> None:
    before = run("tickets", "list", DATABASE=postgres_url)
    assert before.exit_code == 1
    assert "run supportbot db upgrade" in before.stderr
    assert "run `supportbot db upgrade`" in run("doctor", "--offline", DATABASE=postgres_url).stdout
    answer("db", "upgrade", DATABASE=postgres_url)
    assert answer("tickets", "list", DATABASE=postgres_url) == []
    copied = run("backup", "copy.db", DATABASE=postgres_url)
    assert copied.exit_code == 1
    assert "pg_dump" in copied.stderr
