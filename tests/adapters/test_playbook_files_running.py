"""An edit takes effect as a whole or not at all, and a faulty one is told once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from supportbot.adapters.playbook_files.faults import PlaybookFaults
from supportbot.adapters.playbook_files.running import Rejected, Reloaded, RunningPlaybooks
from tests.adapters.playbook_files_base import BASE

LONG_AGO = 1_700_000_000


def put(folder: Path, name: str, text: str, at: int = LONG_AGO) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (at, at))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in BASE.items():
        put(tmp_path, name, text)
    return tmp_path


def test_a_faulty_folder_does_not_start(folder: Path) -> None:
    put(folder, "people.yaml", "people: {")
    with pytest.raises(PlaybookFaults):
        RunningPlaybooks(folder)


def test_without_an_edit_nothing_changes(folder: Path) -> None:
    running = RunningPlaybooks(folder)
    first = running.current
    assert running.refresh() is None
    assert running.refresh() is None
    assert running.current == first
    assert running.files(first.version).version == first.version


def test_an_edit_takes_effect(folder: Path) -> None:
    running = RunningPlaybooks(folder)
    before = running.current
    put(folder, "people.yaml", BASE["people.yaml"] + "  boss: tomasz\n", LONG_AGO + 1)
    outcome = running.refresh()
    assert outcome == Reloaded(running.current.version)
    assert running.current.roles["boss"] == ("tomasz",)
    assert before.version != running.current.version
    assert running.refresh() is None


def test_a_new_file_and_a_deleted_one_are_edits(folder: Path) -> None:
    running = RunningPlaybooks(folder)
    put(folder, "replies/receipt.md", "We have {reference}.")
    assert isinstance(running.refresh(), Reloaded)
    assert running.current.replies["receipt"] == "We have {reference}."
    (folder / "replies/receipt.md").unlink()
    assert isinstance(running.refresh(), Reloaded)


def test_a_faulty_edit_changes_nothing_and_is_told_once(folder: Path) -> None:
    running = RunningPlaybooks(folder)
    before = running.current
    put(folder, "rotations.yaml", "rotations: {a", LONG_AGO + 1)
    outcome = running.refresh()
    assert isinstance(outcome, Rejected)
    assert outcome.faults == running.faults
    assert str(outcome.faults[0]).startswith("rotations.yaml:1:12: a mapping that begins here")
    assert running.current is before
    assert running.refresh() is None
    assert running.faults


def test_other_faults_are_told_anew(folder: Path) -> None:
    running = RunningPlaybooks(folder)
    put(folder, "rotations.yaml", "rotations: {a", LONG_AGO + 1)
    running.refresh()
    put(folder, "rotations.yaml", "rotations: [a", LONG_AGO + 2)
    assert isinstance(running.refresh(), Rejected)


def test_mending_is_told_even_when_it_leads_back(folder: Path) -> None:
    running = RunningPlaybooks(folder)
    put(folder, "rotations.yaml", "rotations: {a", LONG_AGO + 1)
    running.refresh()
    put(folder, "rotations.yaml", BASE["rotations.yaml"], LONG_AGO + 2)
    assert running.refresh() == Reloaded(running.current.version, mended=True)
    assert running.faults == ()


def test_a_folder_that_goes_away_is_a_fault_and_coming_back_mends_it(folder: Path) -> None:
    running = RunningPlaybooks(folder)
    before = running.current
    away = folder.with_name("away")
    folder.rename(away)
    outcome = running.refresh()
    assert isinstance(outcome, Rejected)
    assert "no such folder" in str(outcome.faults[0])
    assert running.current is before
    away.rename(folder)
    assert isinstance(running.refresh(), Reloaded)


def test_an_edit_that_leaves_the_stamp_as_it_is_shows_soon_after(folder: Path) -> None:
    # A file system with a coarse clock: two edits of one size within one tick.
    path = folder / "people.yaml"
    path.write_text(BASE["people.yaml"].replace("ines", "anna"), encoding="utf-8")
    stamp = path.stat().st_mtime_ns
    put(folder, "rotations.yaml", BASE["rotations.yaml"].replace("ines", "anna"))
    running = RunningPlaybooks(folder)
    running.refresh()
    path.write_text(BASE["people.yaml"].replace("ines", "anne"), encoding="utf-8")
    os.utime(path, ns=(stamp, stamp))
    assert isinstance(running.refresh(), Rejected)


def test_whoever_took_the_playbooks_just_before_an_edit_still_finds_their_text(
    folder: Path,
) -> None:
    running = RunningPlaybooks(folder)
    before = running.current
    for number in (1, 2):
        put(folder, "replies/receipt.md", f"We have {{reference}}, {number}.", LONG_AGO + number)
        running.refresh()
        if number == 1:
            assert "replies/receipt.md" not in running.files(before.version).files
    assert "replies/receipt.md" in running.files(running.current.version).files
    with pytest.raises(LookupError, match=before.version):
        running.files(before.version)


def test_whoever_asks_has_every_file_read_again_and_the_same_faults_are_told_once(
    folder: Path,
) -> None:
    running = RunningPlaybooks(folder)
    assert running.refresh() is None
    path = folder / "people.yaml"
    same_size = BASE["people.yaml"].replace("ines", "inse", 1)
    path.write_text(same_size, encoding="utf-8")
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert isinstance(running.refresh(anyway=True), Rejected)
    assert running.refresh(anyway=True) is None
    assert running.faults
