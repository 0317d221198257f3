"""`supportbot check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.entrypoints.command_line import (
    PEOPLE,
    ROTATIONS,
    RULES,
    SEVERITIES,
    SHIPPED,
    answer,
    run,
    write_playbooks,
)

FRIDAY = "2026-11-27T00:00Z"
OFFICE_HOURS = ROTATIONS.replace("second-line", "night-line").replace(
    "    swap_every", "    hours: Mon-Fri 09:00-17:00 Europe/Berlin\n    swap_every"
)
FIRST_LINE_ALONE = SEVERITIES.replace("      - {page: second-line, after: 10 minutes}\n", "")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_sound_playbooks_are_summed_up_in_a_line() -> None:
    write_playbooks(Path("playbooks"))
    result = run("check")
    assert result.exit_code == 0
    note, sound = result.stdout.splitlines()
    assert note.startswith("Note: people.yaml:6:3: ghost is used nowhere — ")
    assert sound.startswith(
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


def test_a_gap_in_the_cover_is_a_fault_at_its_severity() -> None:
    write_playbooks(Path("playbooks"), rotations=OFFICE_HOURS, severities=FIRST_LINE_ALONE)
    result = run("check", "--from", FRIDAY)
    assert result.exit_code == 1
    (fault,) = (line for line in result.stdout.splitlines() if not line.startswith("Note: "))
    assert fault.startswith(
        "severities.yaml:2:3: a ticket that opens as P1 at 2026-11-27 00:00 UTC pages nobody by"
        " 2026-11-27 00:30 UTC; so it is until 2026-11-27 07:30 UTC. Why: step 1: "
    )
    assert "Noor Haddad: Friday 2026-11-27 01:00 Europe/Berlin" in fault
    assert "Pavel Horak: Thursday 2026-11-26 19:00 America/Toronto" in fault


def test_a_gap_in_json_has_every_persons_clock() -> None:
    write_playbooks(Path("playbooks"), rotations=OFFICE_HOURS, severities=FIRST_LINE_ALONE)
    told = json.loads(run("check", "--from", FRIDAY, "--json").stdout)
    assert told["sound"] is False
    assert (told["cover"]["from"], told["cover"]["to"]) == (
        "2026-11-27T00:00:00+00:00",
        "2027-02-25T00:00:00+00:00",
    )
    (gap,) = told["cover"]["gaps"]
    assert (gap["severity"], gap["until"]) == ("P1", "2026-11-27T07:30:00+00:00")
    assert gap["local"] == {
        "noor": "2026-11-27T01:00:00+01:00",
        "pavel": "2026-11-26T19:00:00-05:00",
    }


def test_a_gap_where_nobody_is_woken_is_advice() -> None:
    asleep = FIRST_LINE_ALONE.replace(
        "    means: several", "    wake_people: no\n    means: several"
    )
    write_playbooks(Path("playbooks"), rotations=OFFICE_HOURS, severities=asleep)
    told = answer("check", "--from", FRIDAY)
    assert any("a ticket that opens as P1" in note["message"] for note in told["advice"])


def test_cover_can_be_left_out() -> None:
    write_playbooks(Path("playbooks"), rotations=OFFICE_HOURS, severities=FIRST_LINE_ALONE)
    told = answer("check", "--no-cover")
    assert told["faults"] == []
    assert "cover" not in told


def test_a_rule_that_never_runs_is_a_fault_at_its_line() -> None:
    late = "  - rule: too late\n    when: {text: [login fails]}\n    then: {severity: P3}\n"
    rules = RULES.replace("  - rule: everything", f"{late}  - rule: everything")
    write_playbooks(Path("playbooks"), rules=rules)
    result = run("check")
    assert result.exit_code == 1
    assert (
        "rules/10-rules.yaml:5:1: the rule 'too late' never runs: 'people cannot" in result.stdout
    )


def test_idle_people_and_rotations_are_advice_at_their_keys() -> None:
    write_playbooks(Path("playbooks"), rotations=OFFICE_HOURS, severities=FIRST_LINE_ALONE)
    told = answer("check", "--no-cover")
    idle = {
        (note["file"], note["line"], note["column"], note["message"]) for note in told["advice"]
    }
    assert ("people.yaml", 6, 3, "ghost is used nowhere") in idle
    assert ("rotations.yaml", 8, 3, "the rotation night-line is used nowhere") in idle


def test_the_shipped_playbooks_page_somebody_for_every_p1() -> None:
    told = answer("check", "--playbooks", SHIPPED, "--from", FRIDAY)
    assert {gap["severity"] for gap in told["cover"]["gaps"]} == {"P2"}
