"""Which rules and conditions the tests of the playbooks try, and which nobody would miss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from supportbot.application.expectations import Result
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.triage.facts import Facts
from supportbot.domain.triage.rule import All, AnyOf, Condition, Not, Rule


@dataclass(frozen=True, slots=True)
class Untried:
    """A condition that was true in no test that came as far as its rule."""

    rule: Rule
    condition: str
    expected: str


@dataclass(frozen=True, slots=True)
class RuleCover:
    """Of how many rules and conditions which were not tried, in the order of the rules."""

    rules: int
    never_hit: tuple[Rule, ...]
    conditions: int
    never_true: tuple[Untried, ...]


def rule_cover(results: Sequence[Result], playbooks: Playbooks) -> RuleCover:
    """What the results tried. A rule is tried where it decided, or hit and let others go on.

    Conditions are a word list, a pattern, a fact, and each alternative of `any`; of what stands in
    a `not`, the exception itself is to be true once.
    """
    hits = {name for result in results for name in result.found.decision.hits}
    points = [(rule, *point) for rule in playbooks.rules for point in _points(rule.when)]
    asked = _asked(results, playbooks)
    untried = tuple(
        Untried(rule, within + condition, expected)
        for rule, within, tried in points
        if not any(tried.holds(facts) for facts in asked[rule.name])
        for condition, expected in [_words(tried, results)]
    )
    never_hit = tuple(rule for rule in playbooks.rules if rule.name not in hits)
    return RuleCover(len(playbooks.rules), never_hit, len(points), untried)


def _asked(results: Sequence[Result], playbooks: Playbooks) -> dict[str, list[Facts]]:
    """The facts of the messages that came as far as each rule, which none before it decided."""
    asked: dict[str, list[Facts]] = {}
    waiting = [(result.found.decision.rule, result.found.facts) for result in results]
    for rule in playbooks.rules:
        asked[rule.name] = [facts for _, facts in waiting]
        waiting = [(decided_by, facts) for decided_by, facts in waiting if decided_by != rule.name]
    return asked


def _points(condition: Condition, within: str = "") -> Iterator[tuple[str, Condition]]:
    match condition:
        case All(parts=parts):
            for part in parts:
                yield from _points(part, within)
        case AnyOf(parts=parts):
            for part in parts:
                if isinstance(part, All):
                    yield within, part
                yield from _points(part, within)
        case Not(part=part):
            yield from _points(part, f"{within}not ")
        case _:
            yield within, condition


def _words(condition: Condition, results: Sequence[Result]) -> tuple[str, str]:
    """What it looks at, and for what."""
    if not results:
        return "", ""
    first, *further = condition.verdicts(results[0].found.facts)
    more = "".join(f" and {other.condition} {other.expected}" for other in further)
    return first.condition, first.expected + more
