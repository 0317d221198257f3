"""known_problems.yaml: what a message must look like, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from supportbot.domain.triage.decision import triage
from supportbot.domain.triage.known_problem import Often
from supportbot.domain.triage.message import InboundMessage, Sender
from tests.adapters.playbook_files_base import BASE, faults_of, loaded_from, with_rule

FILE = "known_problems.yaml"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PROBLEMS = """\
known_problems:
  arrays:
    title: Kernels die on large arrays
    when: {capability: run, text: large array}
    workaround: take the larger server
    open_issue: {times: 3, within: 7 days}
  cookie:
    title: An old cookie
    when: {text: redirect loop}
    issue: https://github.com/acme/hub/issues/7
"""
RULES = "rules/10-rules.yaml"


def known_problem_of(text: str, when: str = "{text: nothing}") -> tuple[str | None, str]:
    files = {**BASE, FILE: PROBLEMS, RULES: with_rule(f"when: {when}", "then: {severity: P1}")}
    message = InboundMessage("mail", "k", Sender(mail="x@else.example"), text, NOON)
    found = triage(message, loaded_from(files), NOON)
    return found.facts.known_problem, found.decision.rule


def test_a_problem_is_read_as_it_is_written() -> None:
    arrays, cookie = loaded_from({**BASE, FILE: PROBLEMS}).known_problems.values()
    assert (arrays.key, arrays.title) == ("arrays", "Kernels die on large arrays")
    assert (arrays.workaround, arrays.issue) == ("take the larger server", None)
    assert arrays.often == Often(3, timedelta(days=7), "7 days")
    assert (cookie.issue, cookie.often) == ("https://github.com/acme/hub/issues/7", None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("The kernel died over a large array", "arrays"),
        ("How do I load a large array?", None),
        ("redirect loop", "cookie"),
        ("The kernel died over a large array. A redirect loop, too", "arrays"),
        ("hello", None),
    ],
)
def test_the_first_problem_that_a_message_looks_like_is_it(text: str, problem: str | None) -> None:
    assert known_problem_of(text)[0] == problem


@pytest.mark.parametrize(
    ("when", "text", "hit"),
    [
        ("{known_problem: yes}", "redirect loop", True),
        ("{known_problem: yes}", "hello", False),
        ("{known_problem: no}", "hello", True),
        ("{known_problem: [cookie]}", "redirect loop", True),
        ("{known_problem: arrays}", "redirect loop", False),
    ],
)
def test_a_rule_may_ask_for_a_known_problem(when: str, text: str, hit: bool) -> None:
    assert (known_problem_of(text, when)[1] == "it") is hit


BOTH = "{title: It, when: {text: a}, open_issue: {times: 2, within: 1 day}"
FAULTS = [
    ("{title: It, when: {text: a}}", "nothing would come of knowing this problem — add workaround"),
    ("{title: It, when: {text: a}, issue: acme/hub#7}", "'acme/hub#7' is no link to an issue"),
    (f"{BOTH}, issue: 'https://a.example'}}", "it has an issue already"),
    ("{title: It, when: {known_problem: yes}, workaround: x}", "cannot ask for known problems"),
    ("{title: It, when: {textt: a}, workaround: x}", "did you mean 'text'?"),
    ("{title: It, when: {text: a}, open_issue: {times: 2, within: 1 year}}", "'1 year'"),
    ("{title: It, workaround: x}", "the key 'when' is missing"),
]


@pytest.mark.parametrize(("problem", "fault"), FAULTS)
def test_a_mistake_is_told_with_its_mend(problem: str, fault: str) -> None:
    (found,) = faults_of({**BASE, FILE: f"known_problems:\n  it: {problem}\n"})
    assert found.startswith(f"{FILE}:2:")
    assert fault in found


def test_a_rule_that_asks_for_a_problem_nobody_knows_is_told_the_nearest() -> None:
    rules = with_rule("when: {known_problem: [cookies]}", "then: {severity: P1}")
    (found,) = faults_of({**BASE, FILE: PROBLEMS, RULES: rules})
    assert "did you mean 'cookie'?" in found
