"""Which rules and conditions tests have tried."""

from __future__ import annotations

from supportbot.application.expectations import Case, Result, judge
from supportbot.application.rule_cover import RuleCover, rule_cover
from supportbot.domain.triage.rule import ALWAYS, All, AnyOf, Not, Rule, Where
from tests.domain.samples import NOON, Phrases, fact, message, playbooks, rule, text_is

WORDS = Phrases("text:login", "text:reset", "text:class", "text:slow")
LOGIN, RESET, CLASS, SLOW = (
    text_is(number, word) for number, word in enumerate(("login", "reset", "class", "slow"))
)
REST = rule("rest", ALWAYS, severity="P3")


def covered(rules: tuple[Rule, ...], *texts: str) -> RuleCover:
    policy = playbooks(rules=rules, matcher=WORDS)
    results: list[Result] = []
    for text in texts:
        case = Case(text, Where("tests/a.yaml", 1), message(text), NOON, {})
        results.append(judge(case, message(text), policy, NOON))
    return rule_cover(results, policy)


def never_true(cover: RuleCover) -> list[tuple[str, str]]:
    return [(untried.rule.name, untried.condition) for untried in cover.never_true]


def test_rules_that_decided_or_went_on_are_hit() -> None:
    rules = (
        rule("adds", CLASS, goes_on=True, labels=("class",)),
        rule("login", LOGIN, severity="P1"),
        rule("slow", SLOW, severity="P2"),
        REST,
    )
    cover = covered(rules, "class login", "hello")
    assert [rule.name for rule in cover.never_hit] == ["slow"]
    assert cover.rules == 4
    assert never_true(cover) == [("slow", "text")]


def test_a_rule_behind_the_one_that_decided_was_not_asked() -> None:
    rules = (rule("login", LOGIN, severity="P1"), rule("slow", SLOW, severity="P2"), REST)
    assert never_true(covered(rules, "login slow")) == [("slow", "text")]
    assert never_true(covered(rules, "login", "slow")) == []


def test_each_alternative_is_to_be_true_once() -> None:
    both = All((LOGIN, fact("source", "mail")))
    rules = (rule("it", AnyOf((CLASS, both)), severity="P1"), REST)
    cover = covered(rules, "class", "login")
    assert cover.conditions == 4
    assert [(u.condition, u.expected) for u in cover.never_true] == [
        ("text", "any of: login and source mail"),
        ("source", "mail"),
    ]


def test_an_exception_is_tried_when_it_holds() -> None:
    rules = (rule("it", All((LOGIN, Not(RESET))), severity="P1"), REST)
    assert never_true(covered(rules, "login")) == [("it", "not text")]
    assert never_true(covered(rules, "login", "login reset")) == []


def test_without_tests_nothing_is_tried() -> None:
    cover = covered((rule("it", LOGIN, severity="P1"), REST))
    assert [rule.name for rule in cover.never_hit] == ["it", "rest"]
    assert (cover.conditions, len(cover.never_true)) == (1, 1)
