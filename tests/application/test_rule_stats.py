"""How the rules fared: hits, what was added, and what people changed by hand."""

from __future__ import annotations

from dataclasses import replace

from supportbot.application.explain import record_of
from supportbot.application.ports import QuarantinedRow
from supportbot.application.replay import Past
from supportbot.application.rule_stats import RuleStats, rule_stats
from supportbot.domain.ticket.events import SeverityChanged
from supportbot.domain.triage.decision import triage
from supportbot.domain.triage.rule import ALWAYS, Where
from tests.domain.samples import (
    HOUR,
    NOON,
    P1,
    P2,
    Phrases,
    message,
    playbooks,
    rule,
    severity,
    step,
    text_is,
)

P3 = severity("P3", step("first-line"))
LOGIN = rule("login", text_is(0, "login"), severity="P1")
CLASS = rule("class", text_is(1, "class"), goes_on=True, labels=("class",))
SLOW = rule("slow", text_is(2, "slow"), severity="P3")
REST = replace(rule("rest", ALWAYS, severity="P3"), where=Where("rules/90.yaml", 7))
POLICY = playbooks(
    rules=(CLASS, LOGIN, SLOW, REST),
    matcher=Phrases("text:login", "text:class", "text:slow"),
    severities={"P1": P1, "P2": P2, "P3": P3},
)


def past(*texts: str) -> list[Past]:
    """A ticket for each text, from 1 on, an hour apart."""
    found = []
    for number, text in enumerate(texts, start=1):
        said, at = message(text), NOON + number * HOUR
        found.append((number, record_of(said, triage(said, POLICY, at), POLICY, at)))
    return found


def to(terms: object, reason: str = "", by: str = "ines") -> SeverityChanged:
    known = {"P1": P1, "P2": P2, "P3": P3}[str(terms)]
    return SeverityChanged(at=NOON, by=by, terms=known, reason=reason, raised=False)


def test_each_rule_is_told_with_its_place_whether_it_decided_or_added_and_when_it_last_hit() -> (
    None
):
    found = rule_stats(past("login class", "login", "hello", "class"), {}, POLICY)
    assert [(r.rule, r.hits, r.decided, r.added, r.goes_on) for r in found] == [
        ("class", 2, 0, 2, True),
        ("login", 2, 2, 0, False),
        ("rest", 2, 2, 0, False),
        ("slow", 0, 0, 0, False),
    ]
    assert [r.last_hit for r in found] == [NOON + 4 * HOUR, NOON + 2 * HOUR, NOON + 4 * HOUR, None]
    assert next(r.where for r in found if r.rule == "rest") == Where("rules/90.yaml", 7)


def test_what_a_rule_keeps_in_quarantine_is_a_hit_of_it() -> None:
    at = NOON + 5 * HOUR
    reasons = ("rule: slow", "rule: slow", "bounce", "rule: gone")
    kept = [QuarantinedRow(n, NOON, at, reason, "x", "y") for n, reason in enumerate(reasons)]
    found = by_name(rule_stats(past("slow"), {}, POLICY, kept))
    assert (found["slow"].hits, found["slow"].decided, found["slow"].last_hit) == (3, 3, at)
    assert (found["gone"].hits, found["gone"].in_force) == (1, False)
    assert "bounce" not in found


def test_the_most_overridden_come_first_with_what_people_made_of_it_and_why() -> None:
    changes = {
        1: [to("P2", "one user"), to("P3", "solved itself")],
        3: [to("P1", "a whole class", by="akira")],
        4: [to("P1", "an exam")],
    }
    first, second, *others = rule_stats(past("login", "login", "slow", "slow"), changes, POLICY)
    assert (first.rule, first.overridden) == ("slow", 2)
    assert (second.rule, second.overridden) == ("login", 1)
    assert [(o.ticket, o.old, o.new, o.reason) for o in second.overrides] == [
        (1, "P1", "P2", "one user"),
        (1, "P2", "P3", "solved itself"),
    ]
    assert [(o.by, o.old, o.new) for o in first.overrides] == [
        ("akira", "P3", "P1"),
        ("ines", "P3", "P1"),
    ]
    assert not any(r.overrides for r in others)


def test_what_only_added_to_a_decision_is_not_overridden_with_it() -> None:
    found = by_name(rule_stats(past("login class"), {1: [to("P3", "no")]}, POLICY))
    assert found["login"].overridden == 1
    assert found["class"].overridden == 0


def test_a_rule_that_is_gone_is_told_with_where_it_stood() -> None:
    without = replace(POLICY, rules=(CLASS, REST))
    found = by_name(rule_stats(past("login"), {}, without))
    assert not found["login"].in_force
    assert (found["login"].hits, found["login"].where) == (1, LOGIN.where)
    assert found["rest"].in_force


def by_name(found: tuple[RuleStats, ...]) -> dict[str, RuleStats]:
    return {stats.rule: stats for stats in found}
