"""Playbooks are named by the commit they are at, where git can say, and what differs from it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from supportbot.adapters.playbook_files.revision import with_commit
from supportbot.adapters.playbook_files.running import RunningPlaybooks
from supportbot.adapters.playbook_files.source import read_playbooks
from tests.adapters.playbook_files_base import BASE

RECEIPT = "replies/receipt.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The playbooks as a part of a larger repository, not yet in a commit."""
    for name, text in BASE.items():
        put(tmp_path / "desk" / "playbooks", name, text)
    return tmp_path / "desk" / "playbooks"


def put(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Noor", "-c", "user.email=noor@example.org")
    command = ["git", "-C", str(folder.parent), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "an edit")
    return git(folder, "rev-parse", "HEAD")[:12]


def name_of(folder: Path) -> str:
    return with_commit(folder, read_playbooks(folder)).commit


def test_the_name_is_the_commit_while_the_folder_is_as_committed(folder: Path) -> None:
    assert name_of(folder) == ""
    first = commit(folder)
    assert name_of(folder) == first
    # What the desk does not read is no change of its policy.
    put(folder, "tests/more.yaml", "[]")
    put(folder, ".notes.yaml", "later: maybe")
    put(folder.parent, "README.md", "our desk")
    assert name_of(folder) == first

    put(folder, RECEIPT, "We have {reference}.")
    assert name_of(folder) == f"{first} + local changes"
    second = commit(folder)
    git(folder, "pack-refs", "--all")
    assert name_of(folder) == second != first


def test_what_stands_in_a_faulty_commit_does_not_name_what_was_mended(folder: Path) -> None:
    put(folder, "people.yaml", "people: \x00")
    broken = commit(folder)
    put(folder, "people.yaml", BASE["people.yaml"])
    assert name_of(folder) == f"{broken} + local changes"


def test_a_folder_that_git_does_not_keep_is_named_by_its_contents_alone(folder: Path) -> None:
    put(folder.parent, ".gitignore", "playbooks/\n")
    commit(folder)
    assert name_of(folder) == ""


def test_without_the_program_the_contents_alone_are_the_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(folder)
    monkeypatch.setenv("PATH", str(folder))
    assert name_of(folder) == ""
    assert RunningPlaybooks(folder).current.version


def test_a_git_that_does_not_answer_is_not_waited_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(folder)
    put(tmp_path / "bin", "git", "#!/bin/sh\nexec sleep 600\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert with_commit(folder, read_playbooks(folder), seconds=0.1).commit == ""


def test_a_commit_of_what_is_in_force_gives_it_a_name_and_is_no_news(folder: Path) -> None:
    first = commit(folder)
    running = RunningPlaybooks(folder)
    assert running.current.commit == first
    put(folder, RECEIPT, "We have {reference}.")
    running.refresh()
    assert running.current.commit == f"{first} + local changes"

    second = commit(folder)
    assert running.refresh() is None
    assert running.current.commit == second
    assert running.current.named == f"{second} (version {running.current.version})"
