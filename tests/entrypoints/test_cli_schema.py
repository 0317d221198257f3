"""`supportbot schema`: for editors, printed or written beside the playbooks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supportbot.adapters.playbook_files.schema import hint
from tests.entrypoints.command_line import answer, run, write_playbooks


@pytest.fixture(autouse=True)
def _in_a_folder_with_playbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_playbooks(tmp_path / "playbooks")


@pytest.mark.parametrize(
    "said", ["rules", "rules/20-outages.yaml", "playbooks/rules/20-outages.yaml"]
)
def test_a_kind_of_file_is_named_by_itself_or_by_one_of_its_files(said: str) -> None:
    found = json.loads(run("schema", said).stdout)
    assert found["title"] == "rules/*.yaml of supportbot's playbooks"
    assert "rules" in found["properties"]


def test_a_file_that_is_none_of_the_playbooks_is_told_the_nearest() -> None:
    told = run("schema", "severites.yaml")
    assert told.exit_code == 2
    assert "did you mean severities?" in told.stderr


def test_they_are_written_where_they_are_wanted_and_who_does_not_name_them_is_told() -> None:
    first = run("schema", "--write", "playbooks/.schema")
    assert first.exit_code == 0
    assert "people.json" in first.stdout
    assert Path("playbooks/.schema/tests.json").is_file()
    line = "# yaml-language-server: $schema=../.schema/rules.json"
    assert f"begin playbooks/rules/10-rules.yaml with the line `{line}`." in first.stdout

    for file in Path("playbooks").rglob("*.yaml"):
        named = hint(file.relative_to("playbooks").as_posix())
        file.write_text(f"{named}\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    assert run("schema", "--write", "playbooks/.schema").stdout == (
        "playbooks/.schema: nothing changed.\n"
    )
    assert answer("check", "--no-cover", "--playbooks", "playbooks")["sound"]


def test_elsewhere_nothing_is_said_of_files() -> None:
    assert run("schema", "--write", "out/schemas").stdout.count("\n") == 1


def test_what_cannot_be_written_is_told() -> None:
    Path("taken").write_text("", encoding="utf-8")
    assert run("schema", "--write", "taken").exit_code == 2
    told = run("schema", "people", "--write", "out")
    assert told.exit_code == 2
    assert "leave out FILE" in told.stderr
