"""docs/rotations.md: each example loads, and who is on call is as the page says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from supportbot.domain.on_call.rotation import Answer, who
from tests.adapters.playbook_files_base import BASE, faults_of, loaded_from

PAGE = Path(__file__).parents[2] / "docs" / "rotations.md"
PEOPLE = "people: {ines: {}, tomasz: {}, akira: {}, wanjiru: {}}\n"
_BLOCKS = re.compile(r"```(yaml|ics|console)\n(.*?)```", re.DOTALL)
Files = dict[str, str]


def _folders() -> list[tuple[Files, list[str]]]:
    """The files of each example of the page, and the questions with their answers below it."""
    found: list[tuple[Files, list[str]]] = []
    for kind, block in _BLOCKS.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "yaml":
            found.append(({"rotations.yaml": block}, []))
        elif kind == "ics":
            name, _, text = block.removeprefix("# ").partition("\n")
            found[-1][0][name] = text
        else:
            found[-1][1].extend(block.removeprefix("$ ").split("\n$ "))
    return found


@pytest.mark.parametrize("files", [files for files, _ in _folders()])
def test_the_examples_are_rotations_without_fault(files: Files) -> None:
    assert faults_of({**BASE, "people.yaml": PEOPLE, **files}) == []


@pytest.mark.parametrize(
    ("files", "asked"), [(files, one) for files, asked in _folders() for one in asked]
)
def test_on_call_is_who_the_page_says(files: Files, asked: str) -> None:
    question, _, expected = asked.partition("\n")
    _, name, at = question.split()
    rotation = loaded_from({**BASE, "people.yaml": PEOPLE, **files}).rotations[name]
    assert _told(who(rotation, datetime.fromisoformat(at))) == expected.strip()


def _told(answer: Answer) -> str:
    rows = [
        f"{one.person} until {one.until.astimezone(UTC):%Y-%m-%dT%H:%MZ}: {one.reason}"
        for one in answer.on_call
    ]
    rows += [f"{one.person} follows along: {one.reason}" for one in answer.shadowing]
    return "\n".join(rows or [f"nobody: {answer.reason}"])
