"""`supportbot simulate` at the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.entrypoints.command_line import ALWAYS_ON, answer, run, write_playbooks

SCENARIO = """\
start: 2026-11-24T14:05Z
until: 2026-11-24T15:05Z
events:
  - {at: 2026-11-24T14:10Z, message: {from: mara, text: login fails}}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_playbooks(tmp_path / "playbooks", rotations=ALWAYS_ON)
    Path("s.yaml").write_text(SCENARIO, encoding="utf-8")


def test_programs_read_the_timeline_as_json() -> None:
    pages = [row for row in answer("simulate", "s.yaml") if row["kind"] == "page"]
    assert pages[0] == {
        "at": "2026-11-24T14:10:00+00:00",
        "to": "noor",
        "channel": "slack",
        "kind": "page",
        "ticket": "SUP-1",
        "step": 1,
        "reason": pages[0]["reason"],
    }


def test_people_read_a_table() -> None:
    told = run("simulate", "s.yaml").stdout
    assert told.startswith("AT (UTC)")
    assert "slack page" in told
    assert run("simulate", "-", stdin=SCENARIO).stdout == told


def test_nothing_of_it_stays() -> None:
    before = sorted(path.name for path in Path.cwd().iterdir())
    run("simulate", "s.yaml")
    assert sorted(path.name for path in Path.cwd().iterdir()) == before


def test_other_playbooks_may_be_tried(tmp_path: Path) -> None:
    other = write_playbooks(tmp_path / "other", rotations=ALWAYS_ON.replace("pavel", "quinn"))
    assert run("simulate", "s.yaml", "--playbooks", other).exit_code == 0


def test_a_faulty_scenario_is_refused_with_every_fault() -> None:
    Path("s.yaml").write_text(SCENARIO.replace("mara", "marra").replace("until", "untill"))
    result = run("simulate", "s.yaml")
    assert result.exit_code == 1
    assert "s.yaml:2:1: unknown key 'untill' — did you mean 'until'?" in result.stderr


def test_a_scenario_that_is_not_there_is_said() -> None:
    result = run("simulate", "none.yaml")
    assert result.exit_code == 2
    assert "none.yaml cannot be read" in result.stderr
