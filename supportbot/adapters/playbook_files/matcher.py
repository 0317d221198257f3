"""Every word list and pattern of the rules, looked for in one pass of RE2, in linear time.

Phrases are literal and match whole words. Both run over folded text (see `folding`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import re2

from supportbot.adapters.playbook_files.faults import Unreadable
from supportbot.adapters.playbook_files.folding import (
    fold,
    fold_pattern,
    mark_phrase,
    mark_stem,
    mark_words,
)
from supportbot.domain.triage.rule import Field

MOST_PATTERNS = 20_000
LONGEST_PATTERN = 1_000

LARGEST_PROGRAM = 2_000
"""Instructions of RE2 that one regular expression may come to; `.{0,100}` takes about 700."""

# Ceilings on memory, most of it a cache that only hostile texts ever fill.
_PHRASES_MEMORY = 64 << 20
_REGEXES_MEMORY = 16 << 20
_ONE_MEMORY = 1 << 20

# No folded text holds it. (The empty phrase would do, but match after each letter again.)
_END = "\x02"

# A longer text can overflow the cache of many expressions at once; one by one is then faster.
_SHORT_TEXT = 8_000


class PatternRefused(Unreadable):
    """A phrase or pattern that cannot be looked for."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Something to look for in a field: a phrase as marked words, or a regular expression."""

    field: Field
    literal: bool
    source: str


class PatternBook:
    """Collects patterns and gives each its number; the same pattern gets the same number."""

    def __init__(self) -> None:
        self._numbers: dict[Pattern, int] = {}

    def phrase(self, where: Field, phrase: str) -> int:
        """The number of a phrase. Raises PatternRefused when nothing of it can be looked for."""
        folded = fold(phrase)
        if not folded:
            raise PatternRefused("it is blank", "write a word")
        return self._number(Pattern(where, True, mark_phrase(folded)))

    def stem(self, where: Field, phrase: str) -> int:
        """The number of a phrase whose first or last word may go on where it has a `*`.

        Raises PatternRefused when nothing of it can be looked for.
        """
        folded = fold(phrase.strip("*"))
        if not folded:
            raise PatternRefused("it is blank", "write a word")
        source = mark_stem(folded, before=phrase.startswith("*"), after=phrase.endswith("*"))
        return self._number(Pattern(where, True, source))

    def regex(self, where: Field, expression: str) -> int:
        """The number of a regular expression. Raises PatternRefused when RE2 does not take it."""
        source = fold_pattern(expression)
        if _compiled(source).programsize > LARGEST_PROGRAM:
            raise PatternRefused("it is too large", "shorten its repetitions such as {0,500}")
        return self._number(Pattern(where, False, source))

    def matcher(self) -> Re2Matcher:
        return Re2Matcher(tuple(self._numbers))

    def _number(self, pattern: Pattern) -> int:
        if len(pattern.source) > LONGEST_PATTERN:
            raise PatternRefused(f"it is longer than {LONGEST_PATTERN} characters", "shorten it")
        if len(self._numbers) >= MOST_PATTERNS and pattern not in self._numbers:
            raise PatternRefused(f"there are {MOST_PATTERNS} phrases and patterns before it")
        return self._numbers.setdefault(pattern, len(self._numbers))


@dataclass(frozen=True, slots=True)
class Re2Matcher:
    """A `supportbot.domain.triage.rule.Matcher`; two with the same patterns are equal."""

    patterns: tuple[Pattern, ...]
    _sets: dict[tuple[Field, bool], _Set] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        groups: dict[tuple[Field, bool], dict[int, str]] = {}
        for number, pattern in enumerate(self.patterns):
            groups.setdefault((pattern.field, pattern.literal), {})[number] = pattern.source
        sets = {key: _Set(found, literal=key[1]) for key, found in groups.items()}
        object.__setattr__(self, "_sets", sets)

    def hits(self, field: Field, text: str) -> frozenset[int]:
        """The numbers of the patterns on `field` that occur in the first 100,000 characters."""
        phrases, regexes = self._sets.get((field, True)), self._sets.get((field, False))
        if not phrases and not regexes:
            return frozenset()
        folded = fold(text)
        found = phrases.hits(mark_words(folded)) if phrases else frozenset()
        return found | regexes.hits(folded) if regexes else found

    def phrases_in(self, field: Field, marked: str) -> frozenset[int]:
        """The numbers of the phrases on `field` in a text with its words marked."""
        phrases = self._sets.get((field, True))
        return phrases.hits(marked) if phrases else frozenset()


class _Set:
    """Patterns of one kind, by their numbers. Raises PatternRefused when together too large."""

    def __init__(self, sources: dict[int, str], *, literal: bool) -> None:
        self._numbers = tuple(sources)
        self._sources = tuple(sources.values())
        self._literal = literal
        memory = _PHRASES_MEMORY if literal else _REGEXES_MEMORY
        self._set = re2.Set.SearchSet(_options(literal=literal, memory=memory))
        for source in self._sources:
            self._set.Add(source)
        # RE2 may answer "nothing" when it runs out of memory (re2/set.h). The end is in every
        # text: where even that is missing, the answer is void, and could hide an outage.
        self._always = self._set.Add(_END if literal else r"\z")
        try:
            self._set.Compile()
        except re2.error as error:
            raise PatternRefused("together the patterns of the rules are too large") from error

    def hits(self, text: str) -> frozenset[int]:
        if not self._literal and len(text) > _SHORT_TEXT:
            return frozenset(self._one_by_one(text))
        found = self._set.Match(text + _END if self._literal else text) or ()
        if self._always not in found:
            return frozenset(self._one_by_one(text))
        return frozenset(self._numbers[index] for index in found if index != self._always)

    def _one_by_one(self, text: str) -> Iterable[int]:
        # Alone, a pattern that outgrows its memory goes on by a slower way, and still answers.
        for number, source in zip(self._numbers, self._sources, strict=True):
            if source in text if self._literal else _compiled(source).search(text):
                yield number


def _compiled(source: str) -> re2._Regexp:
    try:
        return re2.compile(source, _options(literal=False, memory=_ONE_MEMORY))
    except re2.error as error:
        mend = "patterns are RE2 (github.com/google/re2/wiki/Syntax); any_of takes plain words"
        raise PatternRefused(_reason(error), mend) from error


def _reason(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _options(*, literal: bool, memory: int) -> re2.Options:
    options = re2.Options()
    options.literal = literal
    options.case_sensitive = literal
    options.max_mem = memory
    options.never_capture = True
    options.log_errors = False
    return options
