"""Every mistake is told by its file, line and column, with the mend; all of them at once."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.adapters.playbook_files_base import BASE, faults_in, faults_of, with_rule

PEOPLE = "people.yaml"
SEVERITIES = "severities.yaml"
RULES = "rules/10-rules.yaml"

BLANK = "nothing is written here — write a value or delete the key"


class Case(NamedTuple):
    file: str
    text: str
    fault: str


def _cases() -> list[Case]:
    """The cases of playbook_files_faults.txt, the mark in each turned into line and column."""
    table = Path(__file__).with_name("playbook_files_faults.txt").read_text(encoding="utf-8")
    cases = []
    for entry in table.split("\n== ")[1:]:
        file, _, rest = entry.partition("\n")
        marked, _, message = rest.partition("\n-- ")
        before, mark, after = marked.partition("▸")
        assert mark, f"no mark in {marked}"
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        fault = f"{file}:{line}:{column}: {message.strip()}"
        cases.append(Case(file, before + after, fault))
    return cases


def test_the_small_folder_is_without_fault() -> None:
    assert faults_of(BASE) == []


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.fault.split(" — ")[0])
def test_one_mistake_makes_one_fault_with_its_mend(case: Case) -> None:
    assert faults_in(case.file, case.text) == [case.fault]


SHAPES = [
    ("", f"1:1: {BLANK}"),
    ("people:\n", f"1:1: {BLANK}"),
    ("people:\n  ines:\n    slack: # U0\n", f"3:5: {BLANK}"),
    ("x", "1:1: keys and values are wanted here, not a single text — write `key: value`"),
    ("people: [ines]", "1:9: keys and values are wanted here, not a list — write `key: value`"),
    ("people:\n  ines: [a]", "2:9: keys and values are wanted here, not a list — write `key:"),
    ("people:\n  ines: {slak: U0INES}", "2:10: unknown key 'slak' — did you mean 'slack'?"),
    ("people:\n  ines: {phone: 1}", "2:10: unknown key 'phone' — possible here are "),
    ("people:\n  ines: {name: [a]}", "2:16: a single text is wanted here, not a list"),
    ("people:\n  ines: {}\n  ines: {}\n", "3:3: 'ines' stands here a second time, first in"),
    ("people:\n  in es: {}\n", "2:3: 'in es' cannot be a name — names are made of letters"),
]


@pytest.mark.parametrize(("text", "fault"), SHAPES)
def test_a_wrong_shape_is_told_at_its_place(text: str, fault: str) -> None:
    assert any(found.startswith(f"{PEOPLE}:{fault}") for found in faults_in(PEOPLE, text))


@pytest.mark.parametrize("file", [PEOPLE, SEVERITIES])
def test_a_missing_file_is_the_one_fault(file: str) -> None:
    rest = {name: text for name, text in BASE.items() if name != file}
    (found,) = faults_of(rest)
    assert found.startswith(f"{file}:1:1: this file is missing — ")


def test_without_a_rule_nothing_could_be_decided() -> None:
    without_file = {name: text for name, text in BASE.items() if name != RULES}
    for files in ({**BASE, RULES: "rules: []"}, without_file):
        (found,) = faults_of(files)
        assert found.startswith("rules/:1:1: there is no rule — add rules/10-rules.yaml with")


def test_every_fault_of_every_file_is_told_in_the_order_of_the_files() -> None:
    found = faults_of(
        {
            **BASE,
            PEOPLE: "people:\n  ines: {slack: ines}\n  tomasz: {slack: U0TOMASZ}\n",
            "rotations.yaml": "rotations:\n  first-line: {people: [inse], hours: whenever}\n",
            RULES: with_rule("when: {text: x, hub: lib}", "then: {severity: P4, owner: bob}"),
            "replies/receipt.md": "We have it.\n{reference} {who}",
        }
    )
    assert [line.split(": ")[0] for line in found] == [
        "people.yaml:2:17",
        "replies/receipt.md:2:13",
        "rotations.yaml:2:25",
        "rotations.yaml:2:39",
        "rules/10-rules.yaml:3:26",
        "rules/10-rules.yaml:4:22",
        "rules/10-rules.yaml:4:33",
    ]


def test_a_file_that_is_no_yaml_hides_no_faults_of_others_and_makes_none() -> None:
    found = faults_of({**BASE, PEOPLE: "people: {\n  }}", RULES: with_rule("then: {severity: P9}")})
    assert [line.split(": ")[0] for line in found] == [
        f"{PEOPLE}:2:4",
        f"{RULES}:2:5",
        f"{RULES}:3:22",
    ]


def test_an_entry_with_a_fault_hides_no_faults_of_its_neighbours() -> None:
    found = faults_in(
        RULES,
        "rules:\n"
        "  - {rule: a, whem: {text: x}, then: {severity: P1}}\n"
        "  - {rule: b, when: {text: x}, then: {severity: P7}}\n"
        "  - {rule: c, then: {severity: P1}}\n",
    )
    assert [line.split(": ")[0] for line in found] == [f"{RULES}:2:15", f"{RULES}:3:49"]


@pytest.mark.parametrize("field", ["subject", "text", "body", "title", "answer", "means"])
def test_an_issue_can_never_show_what_the_reporter_wrote(field: str) -> None:
    (found,) = faults_in("issues/incident.md", f"# {{reference}}\n\nIt says {{{field}}}\nx")
    assert found.startswith(f"issues/incident.md:3:9: unknown field '{field}'")
