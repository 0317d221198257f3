"""`supportbot replay`: past tickets under edited playbooks, and only what changes."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.entrypoints.command_line import ALWAYS_ON, RULES, answer, run, write_playbooks
from tests.entrypoints.desk import HandClock, arrive, desk

QUIETER = RULES.replace("severity: P1", "severity: P3")
AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
SINCE = ("--since", "2026-11-01T00:00Z")


@pytest.fixture(autouse=True)
def _past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tickets of a Tuesday: people cannot log in, and a question."""
    monkeypatch.chdir(tmp_path)
    write_playbooks(tmp_path / "playbooks", rotations=ALWAYS_ON)
    with desk(HandClock(AT)) as context:
        arrive(context)
        arrive(context, "How do I install a package?", "2")


def edit(folder: str = "playbooks", rules: str = QUIETER) -> Path:
    return write_playbooks(Path(folder), rotations=ALWAYS_ON, rules=rules)


def git(*arguments: str) -> None:
    who = ("-c", "user.name=Noor", "-c", "user.email=noor@example.org")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def commit() -> None:
    git("init", "-q", "-b", "main")
    git("add", "playbooks")
    git("commit", "-q", "-m", "as it was")


def test_the_same_playbooks_change_nothing() -> None:
    told = run("replay", *SINCE)
    assert told.exit_code == 0
    assert told.stdout.startswith("2 past tickets since 2026-11-01: nothing changes")


def test_an_edit_shows_what_would_have_been_decided_and_the_rules_at_fault() -> None:
    edit()
    (changed,) = answer("replay", *SINCE)["changed"]
    assert changed["ticket"] == "SUP-1"
    assert changed["changes"]["severity"] == {"old": "P1", "new": "P3"}
    page = changed["changes"]["first_page"]
    assert page == {"old": "2026-11-24T14:05:00+00:00", "new": None}
    rule = {"rule": "people cannot log in", "file": "rules/10-rules.yaml", "line": 2}
    assert changed["rule"] == {"old": rule, "new": rule}


def test_another_rule_in_front_is_named_with_its_place() -> None:
    front = '  - {rule: not so bad, when: {text: "9"}, then: {severity: P3, incident: no}}\n'
    edit(rules=RULES.replace("rules:\n", f"rules:\n{front}"))
    told = run("replay", *SINCE).stdout
    assert "people cannot log in (rules/10-rules.yaml:2) → not so bad (rules/10-rules.yaml:2)" in (
        " ".join(told.split())
    )
    assert "incident yes no" in " ".join(told.split())


def test_other_owners_are_a_change() -> None:
    write_playbooks(Path("playbooks"), rotations=ALWAYS_ON.replace("quinn", "pavel"))
    for changed in answer("replay", *SINCE)["changed"]:
        assert changed["changes"] == {"second_line": {"old": ["quinn"], "new": ["pavel"]}}


def test_an_edit_is_compared_with_a_revision() -> None:
    commit()
    edit()
    (changed,) = answer("replay", *SINCE, "--against", "main")["changed"]
    assert changed["changes"]["severity"] == {"old": "P1", "new": "P3"}
    git("commit", "-q", "-a", "-m", "quieter")
    assert answer("replay", *SINCE, "--against", "main")["changed"] == []
    assert len(answer("replay", *SINCE, "--against", "HEAD~1")["changed"]) == 1


def test_inside_a_hook_the_revision_is_still_the_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    commit()
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    edit()
    assert len(answer("replay", *SINCE, "--against", "HEAD")["changed"]) == 1


def test_an_edit_is_compared_with_another_folder() -> None:
    edit("quieter")
    (changed,) = answer("replay", *SINCE, "--against", "quieter")["changed"]
    assert changed["changes"]["severity"] == {"old": "P3", "new": "P1"}


@pytest.mark.parametrize("name", ["nothing", "--help", "main:playbooks", "HEAD..HEAD"])
def test_what_is_neither_a_folder_nor_a_revision_is_refused(name: str) -> None:
    commit()
    result = run("replay", f"--against={name}")
    assert result.exit_code == 2
    assert "no revision" in result.stderr


def test_a_revision_with_faults_is_refused() -> None:
    edit(rules="rules: nonsense")
    commit()
    edit()
    result = run("replay", "--against", "HEAD")
    assert result.exit_code == 1
    assert "rules/10-rules.yaml:1" in result.stderr


def test_a_comment_has_a_table_and_none_of_the_reporters_words() -> None:
    edit(rules=QUIETER.replace("people cannot log in", '"log in | <b> @all"'))
    told = run("replay", *SINCE, "--markdown").stdout
    assert told.startswith("### 2 past tickets since 2026-11-01: 1 changes\n")
    assert "| SUP-1 | severity | P1 | P3 |" in told
    assert "log in \\| \\<b\\>" in told
    assert "@all" not in told
    assert "nobody gets in" not in told


def test_only_tickets_since_then_are_judged() -> None:
    assert answer("replay", "--since", "2026-11-25T00:00Z")["tickets"] == 0


@pytest.mark.parametrize("since", ["90d", "12 weeks", "4 hours"])
def test_a_span_counts_back_from_now(since: str) -> None:
    assert answer("replay", "--since", since)["changed"] == []


def test_a_span_that_is_none_is_refused() -> None:
    assert run("replay", "--since", "lately").exit_code == 2


def test_programs_learn_what_was_compared() -> None:
    summary = json.loads(run("replay", *SINCE, "--json").stdout)
    assert set(summary) == {"since", "tickets", "old", "new", "changed"}
    assert (summary["tickets"], summary["old"]) == (2, "as decided then")
