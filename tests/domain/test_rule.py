"""Conditions hold or not, and say what they expected and what they saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from supportbot.domain.triage.rule import ALWAYS, All, AnyOf, Condition, Is, Not, Text, Verdict


@dataclass
class Seen:
    patterns: frozenset[int] = frozenset()
    facts: dict[str, str | bool | None] = field(default_factory=dict)

    def value(self, fact: str) -> str | bool | None:
        return self.facts.get(fact)

    def header(self, name: str) -> str | None:
        return None

    def times(self, symptom: str | None, within: timedelta) -> int:
        return 1


DOWN = Text("text", ("down", "away"), (1, 2))
SLACK = Is("source", frozenset({"slack", "mail"}))
OURS = Is("community", frozenset({"lake"}))
EVENT = Is("event", frozenset({True}))
SEEN = Seen(frozenset({2, 9}), {"source": "slack", "event": False})


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        pytest.param(
            DOWN, Verdict("text", "any of: down, away", "away", True), id="a phrase that occurs"
        ),
        pytest.param(
            Text("subject", ("up",), (3,)),
            Verdict("subject", "any of: up", "none", False),
            id="a phrase that does not",
        ),
        pytest.param(
            SLACK, Verdict("source", "mail or slack", "slack", True), id="a fact that is so"
        ),
        pytest.param(OURS, Verdict("community", "lake", "unknown", False), id="an unknown fact"),
        pytest.param(EVENT, Verdict("event", "yes", "no", False), id="a fact of yes or no"),
        pytest.param(
            AnyOf((DOWN, OURS)),
            Verdict("any", "text any of: down, away; community lake", "text: away", True),
            id="any: what hit is seen",
        ),
        pytest.param(
            AnyOf((OURS, EVENT)),
            Verdict("any", "community lake; event yes", "none", False),
            id="any: nothing hit",
        ),
        pytest.param(
            AnyOf((All((DOWN, OURS)), SLACK)),
            Verdict(
                "any",
                "text any of: down, away and community lake; source mail or slack",
                "source: slack",
                True,
            ),
            id="any: half of a part is no hit",
        ),
        pytest.param(
            AnyOf((All((DOWN, SLACK)), OURS)),
            Verdict(
                "any",
                "text any of: down, away and source mail or slack; community lake",
                "text: away and source: slack",
                True,
            ),
            id="any: all of a part is one",
        ),
        pytest.param(
            Not(DOWN), Verdict("not", "text any of: down, away", "text: away", False), id="not"
        ),
        pytest.param(
            Not(All((DOWN, OURS))),
            Verdict(
                "not",
                "text any of: down, away and community lake",
                "text: away and community: unknown",
                True,
            ),
            id="not both",
        ),
        pytest.param(AnyOf(()), Verdict("any", "", "none", False), id="any of nothing is never so"),
    ],
)
def test_a_condition_says_what_it_expected_and_saw(condition: Condition, verdict: Verdict) -> None:
    assert list(condition.verdicts(SEEN)) == [verdict]
    assert condition.holds(SEEN) is verdict.hit


@pytest.mark.parametrize(
    ("parts", "hits"),
    [((DOWN, SLACK), [True, True]), ((DOWN, OURS), [True, False]), ((), [])],
    ids=["all are so", "one is not", "nothing is asked"],
)
def test_all_shows_each_of_its_parts(parts: tuple[Condition, ...], hits: list[bool]) -> None:
    condition = All(parts)
    assert [verdict.hit for verdict in condition.verdicts(SEEN)] == hits
    assert condition.holds(SEEN) is all(hits)


def test_a_rule_without_conditions_always_holds_and_has_nothing_to_explain() -> None:
    assert ALWAYS.holds(Seen())
    assert list(ALWAYS.verdicts(Seen())) == []


@pytest.mark.parametrize("condition", [DOWN, SLACK, Not(DOWN), AnyOf((OURS, EVENT)), ALWAYS])
def test_twice_not_is_so(condition: Condition) -> None:
    assert Not(Not(condition)).holds(SEEN) is condition.holds(SEEN)
