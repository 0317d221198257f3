"""`supportbot check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.entrypoints.command_line import PEOPLE, SHIPPED, answer, run, write_playbooks


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_sound_playbooks_are_summed_up_in_a_line() -> None:
    write_playbooks(Path("playbooks"))
    result = run("check")
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "Sound: 1 community, 5 people, 2 rotations, 2 severities, 2 rules. Version "
    )


def test_the_playbooks_that_ship_are_sound() -> None:
    assert answer("check", "--playbooks", SHIPPED)["communities"] == 5


def test_the_version_is_the_same_for_the_same_words() -> None:
    first, second = write_playbooks(Path("one")), write_playbooks(Path("two"))
    versions = {answer("check", "--playbooks", each)["version"] for each in (first, second)}
    assert len(versions) == 1


def test_each_fault_is_a_line_with_its_place_and_its_mend() -> None:
    broken = PEOPLE.replace("Europe/Berlin", "Europe/Berlim").replace("U0MARA", "mara")
    folder = write_playbooks(Path("broken"), people=broken)
    result = run("check", "--playbooks", folder)
    assert result.exit_code == 1
    first, second = result.stdout.splitlines()
    assert first.startswith("people.yaml:2:")
    assert first.endswith("did you mean 'Europe/Berlin'?")
    assert second.startswith("people.yaml:5:")
    assert result.stderr == "2 faults.\n"


def test_faults_in_json_say_the_same() -> None:
    folder = write_playbooks(Path("broken"), people=PEOPLE.replace("Berlin", "Berlim"))
    result = run("check", "--playbooks", folder, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["sound"] is False
    (fault,) = told["faults"]
    assert (fault["file"], fault["line"]) == ("people.yaml", 2)
    assert set(fault) == {"file", "line", "column", "message", "mend"}


def test_a_folder_that_is_not_there_is_told_with_the_ways_to_name_one() -> None:
    result = run("check", "--playbooks", "nowhere")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "nowhere" in result.stderr
    assert "SUPPORTBOT_PLAYBOOKS" in result.stderr


def test_the_folder_of_the_settings_is_checked() -> None:
    write_playbooks(Path("policy"))
    assert answer("check", PLAYBOOKS="policy")["sound"] is True
    Path(".env").write_text("SUPPORTBOT_PLAYBOOKS=policy\n")
    assert answer("check")["sound"] is True


def test_a_wrong_setting_is_named_unless_the_folder_is_given() -> None:
    write_playbooks(Path("playbooks"))
    result = run("check", PLAYBOKS="elsewhere")
    assert result.exit_code == 2
    assert "SUPPORTBOT_PLAYBOOKS?" in result.stderr
    assert run("check", "--playbooks", "playbooks", PLAYBOKS="elsewhere").exit_code == 0


def test_an_empty_folder_has_faults_and_no_traceback() -> None:
    Path("empty").mkdir()
    result = run("check", "--playbooks", "empty")
    assert result.exit_code == 1
    assert "people.yaml:1:1: this file is missing" in result.stdout


def test_faults_cannot_command_the_terminal() -> None:
    rules = 'rules:\n  - {rule: "a\\e[31mb", then: {severity: "P\\e[2J9"}}\n'
    folder = write_playbooks(Path("broken"), rules=rules)
    result = run("check", "--playbooks", folder)
    assert result.exit_code == 1
    assert "\x1b" not in result.stdout
