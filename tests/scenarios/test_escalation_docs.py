"""docs/escalation.md: each example is played, and the pages are those that the page tells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.source import read_folder
from supportbot.sandbox.simulate.playing import play
from supportbot.sandbox.simulate.scenario_file import read_scenario
from supportbot.sandbox.simulate.timeline import Row

PAGE = Path(__file__).parents[2] / "docs" / "escalation.md"
PEOPLE = """\
people:
  ines: {slack: U0INES, time_zone: Europe/Madrid, hours: Mon-Fri 08:00-16:00}
  jonas: {slack: U0JONAS, hours: Mon-Fri 08:00-12:00 UTC}
  amina: {slack: U0AMINA, hours: Mon-Fri 12:00-20:00 UTC}
  beatriz: {slack: U0BEATRIZ}
roles: {manager: beatriz}
team_hours: Mon-Fri 09:00-17:00 Europe/Madrid
"""
ROTATIONS = """\
rotations:
  first-line: {people: ines}
  second-line:
    people: [jonas, amina]
    swap_every: 1 week
    hand_off: Monday 09:00 UTC
    starts: 2026-11-23
  nights: {people: jonas, hours: daily 20:00-06:00 UTC}
periods:
  evenings: {hours: Mon-Fri 19:00-22:00 UTC}
"""
RULES = "rules:\n  - {rule: everything, then: {severity: P1, owner: first-line}}\n"
SCENARIO = """\
start: 2026-11-24T14:00Z
until: {until}
events:
  - {{at: 2026-11-24T14:00Z, message: {{from: someone@northfield.example, text: it is down}}}}
"""
_EXAMPLE = re.compile(
    r"```yaml\n(?P<yaml>.*?)```\n\n(?:With `(?P<act>.*?)` at (?P<at>[\d:]+):\n\n)?"
    r"```timeline\n(?P<told>.*?)```",
    re.DOTALL,
)
EXAMPLES = list(_EXAMPLE.finditer(PAGE.read_text(encoding="utf-8")))


def played(
    folder: Path, files: dict[str, str], acts: str = "", until: str = "2 hours"
) -> list[Row]:
    (folder / "rules").mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return play(
        read_scenario("s.yaml", SCENARIO.format(until=until) + acts, parse(read_folder(folder))),
        folder,
    )


def pages(rows: list[Row]) -> list[str]:
    return [
        f"{row.at:%H:%M} page {row.to}" + (f" (step {row.step})" if row.step else "")
        for row in rows
        if row.kind == "page"
    ]


def test_every_example_of_the_page_is_played() -> None:
    assert len(EXAMPLES) == PAGE.read_text(encoding="utf-8").count("```yaml\n")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["told"].splitlines()[-1])
def test_the_pages_of_an_example_are_those_that_stand_below_it(
    example: re.Match[str], tmp_path: Path
) -> None:
    files = {
        "people.yaml": PEOPLE,
        "rotations.yaml": ROTATIONS,
        "severities.yaml": example["yaml"],
        "rules/10-rules.yaml": RULES,
    }
    acted = f"  - {{at: 2026-11-24T{example['at']}Z, {example['act']}}}\n"
    told = example["told"].splitlines()
    until = "21 hours" if told[-1] < "14" else "5 hours"
    rows = played(tmp_path, files, acted if example["at"] else "", until)
    assert pages(rows)[: len(told)] == told


def test_people_a_severity_and_a_rule_are_enough_to_play_a_policy(tmp_path: Path) -> None:
    files = {
        "people.yaml": "people: {ines: {slack: U0INES}, jonas: {slack: U0JONAS}}\n",
        "severities.yaml": "severities:\n  P1:\n    escalate:\n      - page: ines\n"
        "      - wait: 10 minutes\n      - {page: jonas, repeat: 1}\n",
        "rules/10-rules.yaml": RULES.replace("first-line", "ines"),
    }
    assert pages(played(tmp_path, files))[:4] == [
        "14:00 page ines (step 1)",
        "14:10 page jonas (step 2)",
        "14:20 page jonas (step 2)",
        "15:20 page ines (step 1)",
    ]
