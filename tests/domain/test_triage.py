"""From a message and the playbooks to facts, a decision and its owners."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.triage.background import Background
from supportbot.domain.triage.decision import (
    Decision,
    Owner,
    on_call_for,
    title_of,
    triage,
    verdicts,
)
from supportbot.domain.triage.rule import ALWAYS, Rule, Verdict
from tests.domain.samples import (
    NOON,
    P1,
    SEVERITIES,
    Phrases,
    message,
    nobody_until,
    playbooks,
    rotation,
    rule,
    step,
    text_is,
)


def decided(*rules: Rule, text: str = "a", policy: Playbooks | None = None) -> Decision:
    phrases = Phrases("text:a", "text:b", "text:c")
    chosen = replace(policy or playbooks(), rules=rules, matcher=phrases)
    return triage(message(text), chosen, NOON).decision


A, B, C = (text_is(number, letter) for number, letter in enumerate("abc"))


def test_the_first_rule_that_hits_decides() -> None:
    decision = decided(
        rule("b", B, severity="P1"), rule("a", A, severity="P2"), rule("all", ALWAYS, severity="P4")
    )
    assert (decision.severity, decision.rule, decision.hits) == ("P2", "a", ("a",))


def test_rules_that_go_on_add_labels_and_questions_and_leave_the_decision_to_others() -> None:
    decision = decided(
        rule("one", A, goes_on=True, labels=("class", "night"), ask=("since when?",)),
        rule("not", B, goes_on=True, labels=("never",)),
        rule("two", A, severity="P2", labels=("outage", "class"), ask=("how many?",)),
        rule("late", A, severity="P4", labels=("late",)),
    )
    assert decision.labels == ("class", "night", "outage")
    assert decision.ask == ("since when?", "how many?")
    assert (decision.severity, decision.rule, decision.hits) == ("P2", "two", ("one", "two"))


def test_whichever_rule_speaks_first_of_a_matter_decides_it() -> None:
    decision = decided(
        rule("one", A, goes_on=True, symptom="login"),
        rule("two", A, severity="P3", symptom="reach", kind="outage", incident=True),
    )
    assert (decision.symptom, decision.kind, decision.incident) == ("login", "outage", True)


def test_when_no_rule_speaks_the_worst_severity_stands() -> None:
    decision = decided(rule("b", B, severity="P4"), rule("a", A, goes_on=True, labels=("x",)))
    assert (decision.severity, decision.rule, decision.hits) == ("P1", "no rule", ("a",))
    assert decided().severity == "P1"


def test_what_nobody_says_is_the_usual() -> None:
    decision = decided(rule("a", A, severity="P3"))
    assert (decision.kind, decision.incident, decision.reply) == ("request", False, "receipt")
    assert (decision.first_line, decision.second_line) == ("first-line", "second-line")
    assert (decision.github_issue, decision.tell, decision.symptom) == (
        "on_second_line",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("then", "field", "value"),
    [
        ({"reply": "none"}, "reply", None),
        ({"reply": "short"}, "reply", "short"),
        ({"github_issue": "never"}, "github_issue", "never"),
        ({"owner": "zoe", "second_line": "manager"}, "first_line", "zoe"),
        ({"owner": "zoe", "second_line": "manager"}, "second_line", "manager"),
        ({"tell": "#infra"}, "tell", "#infra"),
        ({"incident": False}, "incident", False),
    ],
)
def test_what_a_rule_says_is_decided(then: dict[str, Any], field: str, value: object) -> None:
    assert getattr(decided(rule("a", A, severity="P3", **then)), field) == value


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ((step("#ops", "owner", "zoe"), step("manager", "#ops")), ("zoe", "manager")),
        ((step("#ops"),), ("first-line", "second-line")),
        ((step("night-line"),), ("night-line", "night-line")),
    ],
    ids=["whoever the first and the last step reach", "nobody but channels", "one for both"],
)
def test_a_team_without_the_usual_rotations_has_lines_all_the_same(
    steps: tuple[object, ...], lines: tuple[str, str]
) -> None:
    severities = {**SEVERITIES, "P1": replace(P1, steps=steps)}  # type: ignore[arg-type]
    policy = playbooks(rotations={}, severities=severities)
    decision = decided(policy=policy)
    assert (decision.first_line, decision.second_line) == lines


@pytest.mark.parametrize(
    ("name", "owners"),
    [
        ("manager", (Owner("lucia", "is manager"),)),
        ("zoe", (Owner("zoe", "named by the rule"),)),
        ("gone", ()),
    ],
)
def test_who_stands_behind_a_name(name: str, owners: tuple[Owner, ...]) -> None:
    assert on_call_for(name, playbooks(), NOON) == owners


def test_owners_are_whoever_is_on_call_at_that_time_with_the_layer_that_names_them() -> None:
    found = triage(message(), playbooks(), NOON)
    ((ines,), (jonas,)) = found.first_line, found.second_line
    assert (ines.person, jonas.person) == ("ines", "jonas")
    assert ines.reason.startswith("week 1 of 2 in main")


def test_nobody_on_call_is_no_owner() -> None:
    empty = nobody_until("first-line", "ines", NOON.replace(hour=18))
    rotations = {"first-line": empty, "second-line": rotation("second-line", "jonas")}
    assert triage(message(), playbooks(rotations=rotations), NOON).first_line == ()


NOISE = (rule("noise", A, quarantine=True), rule("rest", ALWAYS, severity="P2"))


def test_noise_is_kept_aside_and_calls_and_answers_nobody() -> None:
    found = decided(*NOISE)
    assert (found.quarantine, found.rule, found.reply) == (True, "noise", None)
    assert (found.severity, found.github_issue, found.incident) == ("P4", "never", False)
    assert not decided(*NOISE, text="b").quarantine


def test_what_a_person_released_is_no_noise_any_more_and_the_explanation_says_so() -> None:
    policy = playbooks(rules=NOISE, matcher=Phrases("text:a"))
    found = triage(message("a"), policy, NOON, Background(released=True))
    assert (found.decision.quarantine, found.decision.rule) == (False, "rest")
    noise, rest = verdicts(found.facts, policy)
    assert (noise.hit, rest.hit) == (False, True)
    assert noise.conditions[-1] == Verdict(
        "quarantine", "not released by a person", "released", False
    )


def test_every_rule_is_explained_hit_or_miss_in_order() -> None:
    rules = (rule("a", A, severity="P2"), rule("b", B), rule("all", ALWAYS))
    policy = playbooks(rules=rules, matcher=Phrases("text:a", "text:b"))
    found = verdicts(triage(message("a"), policy, NOON).facts, policy)
    assert [(verdict.rule.name, verdict.hit) for verdict in found] == [
        ("a", True),
        ("b", False),
        ("all", True),
    ]


@pytest.mark.parametrize(
    ("subject", "text", "title"),
    [
        (None, "\n\n  it is down \nsince noon", "it is down"),
        ("Hub down", "text", "Hub down"),
        ("", "text", "text"),
        (None, " \n ", "(no text)"),
        (None, "\x1c\x1d", "(no text)"),
        (None, "a" * 80, "a" * 80),
        (None, "a" * 81, "a" * 79 + "…"),
        (None, "a" * 78 + " bcd", "a" * 78 + "…"),
    ],
)
def test_a_title_is_the_subject_or_the_first_line_and_short(
    subject: str | None, text: str, title: str
) -> None:
    assert title_of(message(text, subject=subject)) == title
