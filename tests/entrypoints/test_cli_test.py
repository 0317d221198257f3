"""`supportbot test`: what passes, what differs and why, for people, programs and CI."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.entrypoints.command_line import SHIPPED, answer, run, write_playbooks

PAGE = (SHIPPED.parent / "docs" / "playbook-tests.md").read_text(encoding="utf-8")
PASSES = """\
- name: nobody gets in
  message: {from: mara, text: "We cannot log in"}
  at: 2026-11-24T14:05Z
  expect: {severity: P1, symptom: login, first_line: noor}
"""
FAILS = """\
- message: {channel: "#northfield-support", text: "It is slow <for> & all"}
  at: 2026-11-24T14:05Z
  expect: {severity: P1, rule: people cannot log in}
"""


@pytest.fixture(autouse=True)
def _in_a_folder_with_playbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_playbooks(Path("playbooks"))
    Path("playbooks/tests").mkdir()


def write(name: str, text: str) -> None:
    Path("playbooks/tests", name).write_text(text, encoding="utf-8")


def failed(*arguments: str) -> Any:
    result = run("test", *arguments, "--json")
    assert result.exit_code == 1, result.output
    return json.loads(result.stdout)


def test_the_shipped_playbooks_pass_their_own_tests() -> None:
    told = answer("test", "--playbooks", SHIPPED)
    assert told["failed"] == 0
    assert told["tests"] >= 60
    assert told["cover"]["never_hit"] == []


def test_the_tests_on_their_page_pass() -> None:
    shutil.copytree(SHIPPED, "shipped")
    yaml = PAGE.partition("```yaml\n")[2].partition("```")[0]
    Path("shipped/tests/page.yaml").write_text(yaml, encoding="utf-8")
    told = answer("test", "--playbooks", "shipped", "tests/page.yaml")
    assert (told["tests"], told["failed"]) == (4, 0)


def test_tests_that_pass_are_counted() -> None:
    write("a.yaml", PASSES)
    result = run("test")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("1 test, all passed.\n1 of 2 rules hit, 1 of 1 conditions")
    assert "  never hit: “everything else” (rules/10-rules.yaml:5)" in result.stdout


def test_a_difference_is_told_with_the_rule_that_decided_and_the_one_that_should_have() -> None:
    write("a.yaml", PASSES + FAILS)
    result = run("test")
    assert result.exit_code == 1
    login = "“people cannot log in” (rules/10-rules.yaml:2)"
    assert result.stdout.splitlines()[:6] == [
        "FAILED tests/a.yaml:5  It is slow <for> & all",
        "    severity: expected P1, got P3",
        "    rule: expected people cannot log in, got everything else",
        f"    did not hit: {login}, which wants text any of: cannot log in, login fails",
        "    because of “everything else” (rules/10-rules.yaml:5)",
        "2 tests, 1 failed.",
    ]


def test_programs_get_every_result_and_the_cover() -> None:
    write("a.yaml", PASSES)
    write("b.yaml", FAILS)
    told = failed()
    assert (told["tests"], told["failed"]) == (2, 1)
    good, bad = told["results"]
    assert (good["passed"], good["differences"], good["rules"]) == (True, [], [])
    assert (bad["file"], bad["line"]) == ("tests/b.yaml", 1)
    assert bad["differences"][0] == {"key": "severity", "expected": ["P1"], "got": "P3"}
    assert [rule["hit"] for rule in bad["rules"]] == [False, True]
    assert told["cover"] == {"rules": 2, "never_hit": [], "conditions": 1, "never_true": []}


def test_a_condition_that_no_test_makes_true_is_named() -> None:
    rules = """\
rules:
  - rule: people cannot log in
    when: {text: cannot log in, not: {text: password reset}}
    then: {severity: P1, symptom: login, incident: yes}
  - rule: everything else
    then: {severity: P3}
"""
    write_playbooks(Path("playbooks"), rules=rules)
    write("a.yaml", PASSES)
    place = "“people cannot log in” (rules/10-rules.yaml:2)"
    line = f"  never true: {place}, not text any of: password reset\n"
    assert line in run("test").stdout
    (untried,) = answer("test")["cover"]["never_true"]
    assert untried["condition"] == "not text"


@pytest.mark.parametrize("only", ["NOBODY", "a.yaml:1", "a.yaml"])
def test_a_part_of_the_tests_is_chosen_by_name_or_place(only: str) -> None:
    write("a.yaml", PASSES)
    write("b.yaml", FAILS)
    told = answer("test", only)
    assert [result["name"] for result in told["results"]] == ["nobody gets in"]
    assert told["cover"] is None
    assert "rules hit" not in run("test", only).stdout


def test_several_filters_choose_what_any_of_them_chooses() -> None:
    write("a.yaml", PASSES)
    write("b.yaml", FAILS)
    assert len(failed("nobody", "slow")["results"]) == 2


def test_ci_reads_the_results_as_junit_xml() -> None:
    write("a.yaml", PASSES + FAILS)
    assert run("test", "--junit", "out/junit.xml").exit_code == 1
    suites = ElementTree.parse("out/junit.xml").getroot()  # noqa: S314
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    (suite,) = suites
    good, bad = suite
    assert (good.get("classname"), good.get("name")) == ("tests/a.yaml", "nobody gets in (line 1)")
    assert bad.get("name") == "It is slow <for> & all (line 5)"
    (failure,) = bad
    assert failure.get("message", "").startswith("severity: expected P1, got P3; rule: ")
    assert "because of “everything else”" in (failure.text or "")


def test_characters_that_xml_has_no_place_for_are_replaced() -> None:
    write("a.yaml", FAILS.replace("It is slow", r"It\u0007\uFFFE is slow \U0001F600 \" ]]>"))
    assert run("test", "--junit", "junit.xml").exit_code == 1
    suites = ElementTree.parse("junit.xml").getroot()  # noqa: S314
    assert (
        suites[0][0].get("name") == 'It\ufffd\ufffd is slow \U0001f600 " ]]> <for> & all (line 1)'
    )


def test_what_was_written_cannot_command_the_terminal() -> None:
    write("a.yaml", FAILS.replace("It is slow", r"\e]0;x\a slow"))
    assert "\x1b" not in run("test").stdout


MAIL = """\
From: mara@northfield.example
Subject: help
Date: Tue, 24 Nov 2026 15:05:00 +0100
{}
We cannot log in
"""


def test_a_mail_is_judged_as_the_desk_reads_it_at_its_own_time() -> None:
    write("a.yaml", "- {message: a.eml, expect: {severity: P1, source: mail, first_line: noor}}")
    write("a.eml", MAIL.format(""))
    assert answer("test")["failed"] == 0
    later = "- {message: a.eml, at: 2026-12-01T14:05Z, expect: {first_line: pavel}}"
    write("a.yaml", later)
    assert answer("test")["failed"] == 0


def test_a_mail_that_goes_into_quarantine_is_expected_to() -> None:
    write("a.eml", MAIL.format("Auto-Submitted: auto-replied\n"))
    write("a.yaml", "- {message: a.eml, expect: {severity: P1}}")
    (result,) = failed()["results"]
    (difference,) = result["differences"]
    assert (difference["key"], difference["got"]) == ("quarantine", "automatic-reply")
    write("a.yaml", "- {message: a.eml, expect: {quarantine: automatic-reply}}")
    assert answer("test")["failed"] == 0


def test_a_mail_without_a_date_needs_a_time() -> None:
    write("a.eml", "From: mara@northfield.example\n\nhello")
    write("a.yaml", "- {message: a.eml, expect: {severity: P3}}")
    result = run("test")
    assert result.exit_code == 2
    assert "tests/a.yaml:1: the mail has no date: add `at: " in result.stderr


def test_a_fault_in_a_test_is_told_with_its_place() -> None:
    write("a.yaml", PASSES.replace("severity", "sevrity"))
    result = run("test")
    assert result.exit_code == 1
    assert "tests/a.yaml:4:12: unknown key 'sevrity' — did you mean 'severity'?" in result.stderr


def test_no_tests_are_no_success() -> None:
    result = run("test")
    assert result.exit_code == 2
    assert "there are no tests in playbooks/tests" in result.stderr
    write("a.yaml", PASSES)
    result = run("test", "everybody")
    assert result.exit_code == 2
    assert "no test has 'everybody' in its name or place" in result.stderr


def test_a_file_that_cannot_be_written_is_named() -> None:
    write("a.yaml", PASSES)
    Path("file").write_text("x")
    result = run("test", "--junit", "file/junit.xml")
    assert result.exit_code == 2
    assert "file/junit.xml cannot be written" in result.stderr


def test_tests_are_no_part_of_the_policy() -> None:
    before = answer("check")["version"]
    write("a.yaml", "anything: [")
    assert answer("check")["version"] == before
