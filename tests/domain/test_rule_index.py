"""Rules that cannot hold are not asked; whatever can hold is, in its order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from supportbot.domain.triage.rule import (
    All,
    AnyOf,
    Condition,
    Consequence,
    Is,
    Not,
    Rule,
    Text,
    Where,
)
from supportbot.domain.triage.rule_index import index_of


@dataclass(frozen=True)
class Seen:
    patterns: frozenset[int]

    def value(self, fact: str) -> str:
        return "slack"

    def header(self, name: str) -> str | None:
        return None

    def times(self, symptom: str | None, within: timedelta) -> int:
        return 1


NUMBERS = st.integers(0, 5)
LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.lists(NUMBERS, max_size=3).map(lambda them: Text("text", ("…",) * len(them), tuple(them))),
    st.sampled_from(["slack", "mail"]).map(lambda source: Is("source", frozenset({source}))),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=6,
)


def rules_of(*conditions: Condition) -> tuple[Rule, ...]:
    return tuple(
        Rule(str(place), Where("rules/10.yaml", place), when, Consequence())
        for place, when in enumerate(conditions)
    )


@given(st.lists(CONDITIONS, max_size=8), st.frozensets(NUMBERS))
def test_whatever_holds_is_asked_and_in_order(
    conditions: list[Condition], patterns: frozenset[int]
) -> None:
    rules, seen = rules_of(*conditions), Seen(patterns)
    asked = list(index_of(rules).candidates(patterns))
    assert [rule for rule in asked if rule.when.holds(seen)] == [
        rule for rule in rules if rule.when.holds(seen)
    ]
    assert asked == [rule for rule in rules if rule in asked]


def test_a_rule_that_waits_for_words_is_asked_only_where_they_are() -> None:
    waits = Text("text", ("down",), (1,))
    mail = Is("source", frozenset({"mail"}))
    rules = rules_of(waits, All((mail, waits)), AnyOf((waits, Text("text", ("up",), (2,)))), mail)
    index = index_of(rules)
    assert [rule.name for rule in index.candidates(frozenset())] == ["3"]
    assert [rule.name for rule in index.candidates(frozenset({2}))] == ["2", "3"]
    assert [rule.name for rule in index.candidates(frozenset({1, 7}))] == ["0", "1", "2", "3"]


def test_many_playbooks_are_told_apart() -> None:
    each = [rules_of(Text("text", ("…",), (number,))) for number in range(20)]
    for number, rules in enumerate(each):
        assert list(index_of(rules).candidates(frozenset({number}))) == list(rules)
        assert not list(index_of(rules).candidates(frozenset({number + 1})))
