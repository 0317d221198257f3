"""`supportbot rota propose`: what it writes is sound, and gives the turns that it told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.command_line import PEOPLE, ROTATIONS, answer, run, write_playbooks

# Pavel is on leave in a turn of his own.
AWAY = PEOPLE.replace("U0PAVEL,", "U0PAVEL, away: {from: 2027-01-06, to: 2027-01-08},")
TURNS = ROTATIONS.replace("[noor, pavel]", "[noor, pavel, quinn]")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_playbooks(tmp_path / "playbooks", people=AWAY, rotations=TURNS)


def propose(*options: str) -> Any:
    return answer("rota", "propose", "--quarter", "2027Q1", *options)


def on_call(at: datetime) -> list[str]:
    told = answer("oncall", "first-line", "--at", at.isoformat())
    return [one["person"] for one in told["on_call"]]


def test_what_is_written_passes_the_check_and_gives_the_turns_proposed(folder: Path) -> None:
    (proposal,) = propose("--write", "playbooks/rotations.yaml")["rotations"]
    (layer,) = proposal["layers"]
    assert layer["changes"] == len(proposal["overrides"]) > 0
    assert run("check", "--no-cover").exit_code == 0
    for turn in layer["turns"]:
        middle = datetime.fromisoformat(turn["from"]) + timedelta(days=3)
        assert on_call(middle) == [turn["person"]]
    again = propose()["rotations"][0]
    assert [one["person"] for one in again["layers"][0]["turns"]] == [
        one["person"] for one in layer["turns"]
    ]


def test_people_read_who_has_which_turn_why_and_what_to_write(folder: Path) -> None:
    told = run("rota", "propose", "--quarter", "2027Q1", "--rotation", "first-line").stdout
    assert "first-line, 2027Q1: 2 of 13 turns otherwise than usual; times of Europe/Berlin." in told
    assert "pavel is away from 2027-01-06 to 2027-01-08" in told
    assert "In rotations.yaml:\n\n  first-line:\n    overrides:\n      - {from: 2027-01-" in told


@pytest.mark.parametrize("source", ["load.json", "db"])
def test_the_past_is_read_from_a_file_or_from_the_desk(folder: Path, source: str) -> None:
    people = [{"person": "noor", "interruptions": 9, "nights": 2}]
    Path("load.json").write_text(json.dumps({"people": people}), encoding="utf-8")
    (proposal,) = propose("--from-load", source)["rotations"]
    noor = proposal["layers"][0]["people"][0]
    assert noor["interruptions_before"] == (9 if source == "load.json" else 0)


def said(**more: object) -> Mapping[str, object]:
    return {"people": [{"person": "noor", "interruptions": 1, "nights": 0, **more}]}


@pytest.mark.parametrize(
    "content", [[], {}, "[" * 5000, said(nights=-1), said(nights=True), said(interruptions="1")]
)
def test_a_load_that_is_none_is_refused(folder: Path, content: object) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    Path("load.json").write_text(text, encoding="utf-8")
    refused = run("rota", "propose", "--quarter", "2027Q1", "--from-load", "load.json")
    assert refused.exit_code == 2
    assert "is not what `supportbot load --json` writes" in refused.output


def test_another_file_is_never_written_over(folder: Path) -> None:
    Path("other.yaml").write_text("mine", encoding="utf-8")
    refused = run("rota", "propose", "--quarter", "2027Q1", "--write", "other.yaml")
    assert (refused.exit_code, Path("other.yaml").read_text(encoding="utf-8")) == (2, "mine")
    unknown = run("rota", "propose", "--quarter", "2027Q1", "--rotation", "first")
    assert "did you mean first-line?" in unknown.output
