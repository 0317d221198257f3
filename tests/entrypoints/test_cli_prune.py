"""`supportbot prune`."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from supportbot.adapters.files import FileStore
from tests.entrypoints.command_line import answer, run, write_playbooks
from tests.entrypoints.desk import HandClock, arrive, desk, send_into_nothing

PARTS = {
    "inbox",
    "messages",
    "timers",
    "deliveries",
    "lanes",
    "playbook_versions",
    "files",
    "contents",
    "unfinished",
}


@pytest.fixture(autouse=True)
def _in_a_folder_with_playbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_playbooks(Path("playbooks"))


@pytest.fixture
def old_desk() -> int:
    """A desk to which nothing happened for a hundred days; the number of its dead deliveries."""
    with desk(HandClock(datetime.now(UTC) - timedelta(days=100))) as context:
        arrive(context)
        send_into_nothing(context)
        return len(context.store.read(lambda uow: uow.deliveries.listing("dead")))


def test_there_is_nothing_to_clear_away_yet() -> None:
    told = answer("prune")
    assert told == {"dry_run": False, "pruned": dict.fromkeys(PARTS, 0)}


def test_a_dry_run_counts_and_changes_nothing(old_desk: int) -> None:
    told = answer("prune", "--dry-run")
    assert told["dry_run"]
    assert told["pruned"]["inbox"] == 1
    assert told["pruned"]["deliveries"] == old_desk > 0
    assert answer("prune", "--dry-run") == told
    assert answer("prune")["pruned"] == told["pruned"]
    assert set(answer("prune")["pruned"].values()) == {0}
    assert answer("deliveries", "--state", "dead") == []
    assert answer("tickets", "show", "SUP-1")["words"].startswith("Since 9 nobody gets in")
    assert answer("explain", "SUP-1")["matches"]


def test_how_long_is_a_setting(old_desk: int) -> None:
    longer = {"KEEP__MESSAGES": "101", "KEEP__ROWS": "101"}
    assert answer("prune", "--dry-run", **longer)["pruned"]["inbox"] == 0
    assert answer("prune", **longer)["pruned"]["deliveries"] == 0
    result = run("prune", KEEP__ROWS="0")
    assert result.exit_code == 2
    assert "SUPPORTBOT_KEEP__ROWS" in result.stderr


def test_contents_without_a_ticket_go_from_the_folder_of_files() -> None:
    content = b"nobody's"
    sha256 = hashlib.sha256(content).hexdigest()
    store = FileStore(Path("attached"))
    store.keep(sha256, content)
    assert answer("prune", FILES="attached")["pruned"]["contents"] == 0
    os.utime(store.path(sha256), (0, 0))
    assert answer("prune", "--dry-run", FILES="attached")["pruned"]["contents"] == 1
    assert store.path(sha256).exists()
    assert answer("prune", FILES="attached")["pruned"]["contents"] == 1
    assert not store.path(sha256).exists()


def test_people_see_what_went(old_desk: int) -> None:
    header, first, *_ = run("prune", "--dry-run").stdout.splitlines()
    assert header.split(maxsplit=2) == ["WOULD", "GO", "WHAT"]
    assert first.split(maxsplit=1) == ["1", "messages, with their keys"]
    header, first, *rest = run("prune").stdout.splitlines()
    assert header.split() == ["GONE", "WHAT"]
    assert len(rest) == len(PARTS) - 1
