"""One sentence of a message, as the words of the playbooks make it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Literal, Protocol

Capability = Literal["reach", "login", "start", "run", "compute", "storage"]


# Words that mean nothing without another.
MUTE = frozenset({"it", "self", "able", "well", "too", "open"})


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: the topics of its words, and the numbers in it with what they count.

    `people` is a number of people, `percent` the highest percentage, `ago` how long since,
    `clock` a time of day on the reporter's clocks, `dates` days as year (0: not said), month, day;
    `when` are the words of time, as written in the playbooks.
    """

    topics: frozenset[str]
    question: bool = False
    people: int | None = None
    percent: int | None = None
    ago: timedelta | None = None
    clock: time | None = None
    dates: tuple[tuple[int, int, int], ...] = ()
    when: tuple[str, ...] = ()

    def any(self, *topics: str) -> bool:
        return not self.topics.isdisjoint(topics)

    @property
    def is_silent(self) -> bool:
        """Whether nothing in it is understood."""
        if self.question or self.dates or not self.topics <= MUTE:
            return False
        return all(n is None for n in (self.people, self.percent, self.ago, self.clock))


class SentenceReader(Protocol):
    """Knows the words of the playbooks."""

    def sentences(self, text: str) -> Sequence[Sentence]:
        """The sentences of a text, in their order."""
