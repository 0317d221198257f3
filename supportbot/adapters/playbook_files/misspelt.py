"""Words that people write in haste: one letter left out, doubled, or in its neighbour's place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

# In shorter words, a slip makes another word too often: "sever", "lunch".
SHORTEST = 6

_LONG_WORD = re.compile(rf"[^\W\d_]{{{SHORTEST - 1},}}")


def slips_of(words: Iterable[str], known: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each slip with the word that is meant by it, unless it is one of the `known` words itself."""
    taken = frozenset(part for phrase in known for part in _LONG_WORD.findall(phrase))
    for word in words:
        for slip in _slips(word) if len(word) >= SHORTEST else ():
            if slip not in taken:
                yield slip, word


def mended(text: str, slips: Mapping[str, str]) -> str:
    """The text with the words meant in place of those written."""
    return _LONG_WORD.sub(lambda written: slips.get(written[0], written[0]), text)


def _slips(word: str) -> Iterator[str]:
    # The first letter is seldom wrong, and an ending may be another form of the word.
    for at in range(1, len(word) - 1):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at] + word[at:]
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
