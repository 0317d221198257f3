"""docs/rotations.md: each example loads, and who is on call is as the page says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from supportbot.domain.on_call.rotation import Answer, who
from tests.adapters.playbook_files_base import loaded

PAGE = Path(__file__).parents[2] / "docs" / "rotations.md"
PEOPLE = "people: {ines: {}, tomasz: {}, akira: {}, wanjiru: {}}\n"
_BLOCKS = re.compile(r"```(yaml|console)\n(.*?)```", re.DOTALL)


def _asked() -> list[tuple[str, str, str]]:
    """The rotations.yaml before each question of the page, the question, and the answer."""
    found, text = [], ""
    for kind, block in _BLOCKS.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "yaml":
            text = block
        else:
            for entry in block.removeprefix("$ ").split("\n$ "):
                question, _, answer = entry.partition("\n")
                found.append((text, question, answer.strip()))
    return found


@pytest.mark.parametrize(
    "text", [block for kind, block in _BLOCKS.findall(PAGE.read_text("utf-8")) if kind == "yaml"]
)
def test_the_examples_are_rotations_without_fault(text: str) -> None:
    assert loaded(people=PEOPLE, rotations=text).rotations


@pytest.mark.parametrize(("text", "question", "expected"), _asked(), ids=lambda text: text[-40:])
def test_on_call_is_who_the_page_says(text: str, question: str, expected: str) -> None:
    _, name, at = question.split()
    rotation = loaded(people=PEOPLE, rotations=text).rotations[name]
    assert _told(who(rotation, datetime.fromisoformat(at))) == expected


def _told(answer: Answer) -> str:
    rows = [
        f"{one.person} until {one.until.astimezone(UTC):%Y-%m-%dT%H:%MZ}: {one.reason}"
        for one in answer.on_call
    ]
    rows += [f"{one.person} follows along: {one.reason}" for one in answer.shadowing]
    return "\n".join(rows or [f"nobody: {answer.reason}"])
