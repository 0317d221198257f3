"""Which rules are worth asking of a message: a thousand rules wait for words that it does not hold.

A rule whose condition needs one of its patterns, none of which hit, cannot hold, and is not asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from supportbot.domain.triage.rule import All, AnyOf, Condition, Rule, Text

# Those in force, the ones before them, and what `explain` reads of old tickets.
_KEPT = 8
# By identity: comparing a thousand rules costs more than asking them. The rules are held beside
# their index, so their id cannot be given to others.
_indexes: dict[int, RuleIndex] = {}


@dataclass(frozen=True, slots=True)
class RuleIndex:
    """Places in `rules`: of those that may hold without any pattern, and by pattern of the others.

    Rules are never changed: the same tuple has the same index for ever.
    """

    rules: tuple[Rule, ...]
    always: tuple[int, ...]
    by_pattern: dict[int, tuple[int, ...]]

    def candidates(self, hits: frozenset[int]) -> Iterator[Rule]:
        """In their order, every rule that can hold where these patterns hit, and maybe others."""
        places = set(self.always)
        for number in hits:
            places.update(self.by_pattern.get(number, ()))
        return (self.rules[place] for place in sorted(places))


def index_of(rules: tuple[Rule, ...]) -> RuleIndex:
    """The index of these rules, made once."""
    known = _indexes.get(id(rules))
    if known is None:
        if len(_indexes) >= _KEPT:
            _indexes.clear()
        known = _indexes[id(rules)] = _index(rules)
    return known


def _index(rules: tuple[Rule, ...]) -> RuleIndex:
    always: list[int] = []
    by_pattern: dict[int, list[int]] = defaultdict(list)
    for place, rule in enumerate(rules):
        needed = _needed(rule.when)
        if needed is None:
            always.append(place)
        for number in needed or ():
            by_pattern[number].append(place)
    return RuleIndex(rules, tuple(always), {n: tuple(at) for n, at in by_pattern.items()})


def _needed(condition: Condition) -> frozenset[int] | None:
    """Patterns of which one must hit for the condition to hold; None: it may hold without any."""
    match condition:
        case Text(numbers=numbers):
            return frozenset(numbers)
        case All(parts=parts):
            # Each is needed: any will do, and the one with the fewest patterns is asked least.
            found = [needed for part in parts if (needed := _needed(part)) is not None]
            return min(found, key=len, default=None)
        case AnyOf(parts=parts):
            every = [_needed(part) for part in parts]
            if not all(needed is not None for needed in every):
                return None
            return frozenset().union(*(needed or () for needed in every))
        case _:
            return None
