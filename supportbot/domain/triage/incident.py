"""The objective test: two or more people cannot reach the hub, log in, start a server, run code,
compute, or store files. When unsure, and always during an event, the worse reading holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from supportbot.domain.triage.extraction import Words
from supportbot.domain.triage.sentence import Sentence, SentenceReader

Missing = Literal["hub", "users_affected", "since", "always", "capability"]


class _KnowsNoWords:
    def sentences(self, text: str) -> Sequence[Sentence]:
        return ()


@dataclass(frozen=True, slots=True)
class IncidentTest:
    """The words by which messages are understood, and the questions for what they do not say."""

    reader: SentenceReader = field(default_factory=_KnowsNoWords)
    questions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it is an incident; `unsure` while the reporter has to be asked. With the reason."""

    incident: bool
    reason: str
    unsure: bool = False


def is_incident(words: Words, *, event: str | None) -> Answer:
    """Hold the test to what was understood. `event` is the event that is on, if one is.

    How urgent the reporter feels has no say in it.
    """
    if not words.trouble:
        reason = "it is not understood" if words.unclear else "nothing is said to fail"
        return Answer(words.unclear, reason, unsure=words.unclear)
    if event:
        return Answer(True, f"{event} is on")
    alone = words.users_affected == "one"
    if alone and not words.exam:
        return Answer(False, "one person alone, by their own words")
    if words.capability is None:
        return Answer(True, "something fails, and it is not said what", unsure=True)
    if words.users_affected == "unknown" or alone or not words.certain:
        return Answer(True, f"{words.capability} fails, maybe for several", unsure=True)
    return Answer(True, f"{words.capability} fails for more than one")


def missing(words: Words, *, hub: str | None) -> tuple[Missing, ...]:
    """The facts that the test needs and nobody said, in the order in which one asks."""
    said: dict[Missing, object] = {
        "hub": hub,
        "capability": words.capability,
        "users_affected": None if words.users_affected == "unknown" else True,
        "since": words.since or words.since_words,
        "always": None if words.always is None else True,
    }
    return tuple(fact for fact, value in said.items() if value is None)
