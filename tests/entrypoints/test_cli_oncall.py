"""`supportbot oncall`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.entrypoints.command_line import ROTATIONS, SHIPPED, TUESDAY, answer, run, write_playbooks


@pytest.fixture(autouse=True)
def _in_a_folder_with_playbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_playbooks(Path("playbooks"))


def test_one_rotation_is_answered_in_the_shape_that_programs_know() -> None:
    assert answer("oncall", "first-line", "--at", TUESDAY) == {
        "rotation": "first-line",
        "at": "2026-11-24T14:05:00+00:00",
        "on_call": [
            {
                "person": "noor",
                "from": "2026-11-23T08:00:00+00:00",
                "until": "2026-11-30T08:00:00+00:00",
                "layer": "first-line",
                "reason": "week 1 of 2 in first-line, since Monday 2026-11-23 09:00 Europe/Berlin",
            }
        ],
        "reason": "first-line is on",
    }


def test_every_rotation_is_answered_in_a_list() -> None:
    told = answer("oncall", "--at", TUESDAY)
    assert [one["rotation"] for one in told] == ["first-line", "second-line"]
    assert [len(one["on_call"]) for one in told] == [1, 0]
    assert "outside its hours" in told[1]["reason"]


@pytest.mark.parametrize(
    ("at", "person"),
    [
        ("2026-11-30T07:59:59Z", "noor"),
        ("2026-11-30T08:00Z", "pavel"),
        ("2026-11-30T09:00+01:00", "pavel"),
        ("2026-11-30T08:59+01:00", "noor"),
        ("2026-07-06T06:59:59Z", "pavel"),
        ("2026-07-06T07:00Z", "noor"),
    ],
    ids=str,
)
def test_the_hand_off_is_at_nine_in_berlin_in_winter_and_summer(at: str, person: str) -> None:
    on_call = answer("oncall", "first-line", "--at", at)["on_call"]
    assert [one["person"] for one in on_call] == [person]


def test_those_who_follow_along_are_shown_beside_those_on_call() -> None:
    shadows = "    shadows: [{name: newcomers, people: pavel}]\n"
    text = ROTATIONS.replace("  second-line:", f"{shadows}  second-line:")
    write_playbooks(Path("playbooks"), rotations=text)
    told = answer("oncall", "first-line", "--at", TUESDAY)
    assert [one["person"] for one in told["on_call"]] == ["noor"]
    assert [(one["person"], one["layer"]) for one in told["shadowing"]] == [("pavel", "newcomers")]
    assert told["shadowing"][0]["reason"].startswith("week 1 of 1 in newcomers")
    assert "first-line, shadow" in run("oncall", "--at", TUESDAY).stdout


def test_without_a_time_it_is_now() -> None:
    before = datetime.now(UTC)
    told = datetime.fromisoformat(answer("oncall", "first-line")["at"])
    assert timedelta(0) <= told - before < timedelta(hours=1)
    assert told.utcoffset() == timedelta(0)


def test_people_read_names_and_the_clock_on_their_own_wall() -> None:
    result = run("oncall", "--at", TUESDAY)
    assert result.exit_code == 0
    when, blank, header, first, second = result.stdout.splitlines()
    assert (when, blank) == ("Tuesday 2026-11-24 14:05 UTC", "")
    assert header.startswith("ROTATION")
    assert "Noor Haddad (noor)" in first
    assert "Tuesday 2026-11-24 15:05 Europe/Berlin" in first
    assert "Monday 2026-11-30 09:00 Europe/Berlin" in first
    assert "nobody" in second
    assert "second-line is outside its hours until Wednesday 2026-11-25 00:00 UTC" in second


def test_an_unknown_rotation_is_told_the_nearest() -> None:
    result = run("oncall", "firstline")
    assert result.exit_code == 2
    assert result.stderr == "Error: there is no rotation 'firstline': did you mean first-line?\n"


def test_where_none_is_near_all_are_named() -> None:
    assert "rotations are first-line, second-line" in run("oncall", "xyz").stderr


@pytest.mark.parametrize(
    ("at", "mend"),
    [
        ("2026-11-24T14:05", "add Z for UTC"),
        ("2026-11-24", "add Z for UTC"),
        ("yesterday", "write 2026-11-24T14:05Z"),
        ("", "write 2026-11-24T14:05Z"),
        ("0001-01-01T00:00+14:00", "check it"),
        ("9999-12-31T23:59-14:00", "check it"),
        ("2026-13-01T00:00Z", "write 2026-11-24T14:05Z"),
    ],
)
def test_a_time_that_is_none_is_refused_in_one_line_with_the_mend(at: str, mend: str) -> None:
    result = run("oncall", "--at", at)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: --at: ")
    assert mend in result.stderr
    assert result.stderr.count("\n") == 1


def test_faulty_playbooks_are_not_asked() -> None:
    write_playbooks(Path("broken"), rotations=ROTATIONS.replace("noor", "nour"))
    result = run("oncall", "--playbooks", "broken")
    assert result.exit_code == 1
    assert "rotations.yaml:3:" in result.stderr
    assert result.stdout == ""


def test_the_playbooks_that_ship_have_somebody_on_call_at_any_hour() -> None:
    for hour in range(0, 24 * 7, 11):
        at = (datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hour)).isoformat()
        told = answer("oncall", "--playbooks", SHIPPED, "--at", at)
        assert all(one["on_call"] for one in told), at
