"""What a reporter's own words say: what fails, for how many, since when, always or sometimes.

A text is looked at sentence by sentence. The words are known outside, in the playbooks: a sentence
comes with the topics of the words that it holds, and what they mean together is decided here. It
errs to the worse side: what cannot be told is unknown, and asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from supportbot.domain.on_call import wall_clock
from supportbot.domain.triage.failing import (
    LASTS,
    OURS,
    failing,
    is_certain,
    is_shared,
    is_troubled,
)
from supportbot.domain.triage.sentence import Capability, Sentence

UsersAffected = Literal["one", "several", "all", "unknown"]

# A day named without a year is the next of its kind, if that is not nearly a year away.
_DATES_LOOK_AHEAD = timedelta(days=300)


@dataclass(frozen=True, slots=True)
class Words:
    """What was understood of a message.

    `capability` is what fails; `trouble` says that something does, whatever it be. `since` is aware
    UTC where the words settle it, `since_words` are the words. `always` is False for "sometimes".
    `later` says that it is about a day to come, `resolved` that the reporter took it back.
    `certain`: nothing in the message lets one think that it is about the writer alone, or harmless.
    `unclear`: several people or one of the six things are spoken of, and it is not understood why.
    """

    capability: Capability | None = None
    trouble: bool = False
    users_affected: UsersAffected = "unknown"
    users_number: int | None = None
    since: datetime | None = None
    since_words: str | None = None
    always: bool | None = None
    later: bool = False
    resolved: bool = False
    question: bool = False
    exam: bool = False
    not_urgent: bool = False
    certain: bool = False
    unclear: bool = False


def understood(sentences: Sequence[Sentence], at: datetime, zone: str) -> Words:
    """What the sentences of a message of `at` (aware) say, read on the clocks of `zone`."""
    today = at.astimezone(wall_clock.zone(zone)).date()
    sentences = [sentence for sentence in sentences if not sentence.is_silent]
    harmless = [sentence for sentence in sentences if _harmless(sentence, today)]
    about_us = not harmless or any(sentence.any(*OURS) for sentence in sentences)
    standing = _standing(sentences)
    present = [sentence for sentence in standing if not _to_come(sentence, today)]
    failed = [sentence for sentence in present if failing(sentence)]
    troubled = [s for s in present if s in failed or is_troubled(s, about_us=about_us)]
    since, since_words = _since(standing, at, zone)
    users, number = _users(standing, troubled)
    return Words(
        capability=failing(failed[0]) if failed else None,
        trouble=bool(troubled),
        users_affected=users,
        users_number=number,
        since=since,
        since_words=since_words,
        always=_always(standing),
        later=any(_to_come(sentence, today) for sentence in sentences),
        resolved=bool(sentences) and len(standing) < len(sentences),
        question=any(sentence.question for sentence in sentences),
        exam=any(sentence.any("exam") for sentence in sentences),
        not_urgent=any(sentence.any("no_matter") for sentence in sentences),
        certain=_certain(failed, sentences, harmless),
        unclear=not harmless and _unclear(sentences),
    )


def _certain(
    failed: Sequence[Sentence], sentences: Sequence[Sentence], harmless: Sequence[Sentence]
) -> bool:
    if any(sentence.any("noise") for sentence in sentences):
        return False
    return any(
        is_certain(sentence, doubted=any(other is not sentence for other in harmless))
        for sentence in failed
    )


def _standing(sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """What holds yet: whatever comes before "it works again" is over, and so is what is quoted."""
    for place in range(len(sentences) - 1, -1, -1):
        said = sentences[place]
        if said.any("resolved") and not said.any("not_resolved", "quoted"):
            return [later for later in sentences[place + 1 :] if not later.any("quoted")]
    return sentences


_MEANT = ("package", "more", "excuse", "hypothetical", "resolved", "praise", "noise")


def _unclear(sentences: Sequence[Sentence]) -> bool:
    """Whether something of ours or several people are spoken of, more than asked about."""
    told = [s for s in sentences if not s.question or is_shared(s)]
    return any((s.any(*OURS) or is_shared(s)) and not s.any("elsewhere") for s in told)


def _harmless(sentence: Sentence, today: date) -> bool:
    wished = sentence.any("wish") and not sentence.any("look")
    planned = sentence.any("planned") and not sentence.question and not sentence.any(*LASTS)
    return wished or planned or sentence.any(*_MEANT) or _to_come(sentence, today)


def _to_come(sentence: Sentence, today: date) -> bool:
    """Whether it speaks of a day to come; "cannot" and "down" of today are not put off by that."""
    has = sentence.any
    if not sentence.dates and not has("planned", "later"):
        return False
    if has("planned") and has("weekday", "tomorrow") and not has("since", "now", "today"):
        return True
    planned = has("planned") or not has("cannot", "failing")
    return planned and (has("later") or any(_ahead(d, today) for d in sentence.dates))


def _ahead(said: tuple[int, int, int], today: date) -> bool:
    year, month, day = said
    try:
        found = date(year or today.year, month, day)
        if not year and found < today:
            found = found.replace(year=today.year + 1)
    except ValueError:  # the 31st of a short month
        return False
    return timedelta(days=1) < found - today and (bool(year) or found - today < _DATES_LOOK_AHEAD)


def _users(
    sentences: Sequence[Sentence], troubled: Sequence[Sentence]
) -> tuple[UsersAffected, int | None]:
    """How many: one's own words of being alone hold against all but "not only me"."""
    has = frozenset[str]().union(*(sentence.topics for sentence in sentences))
    number = next((s.people for s in sentences if s.people is not None), None)
    one_other = any(sentence.any("one_other") for sentence in troubled)
    if "not_only_one" in has or any(s.any("one_other") and s.any("too") for s in sentences):
        return "several", number
    if _alone(sentences, troubled) or number == 1:
        return "one", 1
    if "all" in has:
        return "all", number
    if one_other:
        return "one", 1
    return ("several" if number or "several" in has else "unknown"), number


def _alone(sentences: Sequence[Sentence], troubled: Sequence[Sentence]) -> bool:
    """Whether it is said to be one, or that the others are well; a question says nothing."""
    if any(sentence.any("one") and not sentence.question for sentence in sentences):
        return True
    others = [s for s in sentences if s.any("others") and s.any("well") and not s.any("too")]
    plural = any(map(is_shared, troubled)) or any(sentence.any("part") for sentence in others)
    return bool(others) and not plural and any(s.any("self") for s in (*troubled, *others))


def _always(sentences: Iterable[Sentence]) -> bool | None:
    topics = frozenset[str]().union(*(sentence.topics for sentence in sentences))
    if "sometimes" in topics:
        return False
    return True if "always" in topics else None


def _since(
    sentences: Iterable[Sentence], at: datetime, zone: str
) -> tuple[datetime | None, str | None]:
    """Since when, as an instant where that is certain, and the words for it."""
    for sentence in sentences:
        words = ", ".join(sentence.when) or None
        if sentence.ago is not None:
            return at - sentence.ago, words
        told = sentence.any("since", "today", "yesterday", "weekday", "now")
        if told and sentence.clock is not None:
            return _instant(sentence, sentence.clock, at, zone), words
        if sentence.any("since", "today", "yesterday", "now") and words:
            return (at if sentence.any("now") else None), words
    return None, None


def _instant(sentence: Sentence, clock: time, at: datetime, zone: str) -> datetime | None:
    day = at.astimezone(wall_clock.zone(zone)).date()
    if sentence.any("weekday"):
        return None
    if sentence.any("yesterday"):
        day -= timedelta(days=1)
    found = wall_clock.first_instant(datetime.combine(day, clock), zone)
    if found > at:
        found = wall_clock.first_instant(datetime.combine(day - timedelta(days=1), clock), zone)
    return found
