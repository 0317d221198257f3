"""What a reporter's own words say: what fails, for how many, since when, always or sometimes.

A text is looked at sentence by sentence. The words are known outside, in the playbooks: a sentence
comes with the topics of the words that it holds, and what they mean together is decided here. It
errs to the worse side: what cannot be told is unknown, and asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, Protocol

from supportbot.domain import wall_clock

Capability = Literal["reach", "login", "start", "run", "compute", "storage"]
UsersAffected = Literal["one", "several", "all", "unknown"]

# A disk this full (in per cent) fails somebody already, or within the hour.
_AS_GOOD_AS_FULL = 95
# A day named without a year is the next of its kind, if that is not nearly a year away.
_DATES_LOOK_AHEAD = timedelta(days=300)


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
        if self.topics or self.question or self.dates:
            return False
        return self.people is self.percent is self.ago is self.clock is None


class SentenceReader(Protocol):
    """Knows the words of the playbooks."""

    def sentences(self, text: str) -> Sequence[Sentence]:
        """The sentences of a text, in their order."""


@dataclass(frozen=True, slots=True)
class Words:
    """What was understood of a message.

    `capability` is what fails; `trouble` says that something does, whatever it be. `since` is aware
    UTC where the words settle it, `since_words` are the words. `always` is False for "sometimes".
    `later` says that it is about a day to come, `resolved` that the reporter took it back.
    `unclear`: several people and one of the six things are spoken of, and it is not understood why.
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
    unclear: bool = False


def understood(sentences: Sequence[Sentence], at: datetime, zone: str) -> Words:
    """What the sentences of a message of `at` (aware) say, read on the clocks of `zone`."""
    today = at.astimezone(wall_clock.zone(zone)).date()
    sentences = [sentence for sentence in sentences if not sentence.is_silent]
    standing = _standing(sentences)
    fails = [
        (sentence, failing(sentence)) for sentence in standing if not _to_come(sentence, today)
    ]
    capability = next((found for _, found in fails if found), None)
    since, since_words = _since(standing, at, zone)
    users, number = _users(standing)
    return Words(
        capability=capability,
        trouble=capability is not None or any(_troubled(sentence) for sentence, _ in fails),
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
        unclear=_unclear(sentences, users, today),
    )


def _standing(sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """What holds yet: whatever comes before "it works again" is over."""
    for place in range(len(sentences) - 1, -1, -1):
        if sentences[place].any("resolved") and not sentences[place].any("not_resolved"):
            return sentences[place + 1 :]
    return sentences


def failing(sentence: Sentence) -> Capability | None:
    """What fails by this sentence: a phrase that names it, or words that go together."""
    if sentence.any("hypothetical"):
        return None
    return _named(sentence) or _combined(sentence)


def _named(sentence: Sentence) -> Capability | None:
    """By a phrase that names it: "kernel died", "no space left"."""
    has = sentence.any
    if has("login_fails"):
        return "login"
    if has("compute_fails"):
        return "compute"
    if has("storage_fails") or (has("storage") and _full(sentence)):
        return "storage"
    if has("run_fails") and not has("package"):
        return "run"
    if has("start_fails"):
        return "start"
    if has("reach_fails") and not has("log_in", "excuse"):
        return "start" if has("notebook") and has("open", "start") else "reach"
    return None


def _full(sentence: Sentence) -> bool:
    if sentence.percent is not None:
        return sentence.percent >= _AS_GOOD_AS_FULL
    return sentence.any("full") and not sentence.any("nearly", "wish")


@dataclass(frozen=True, slots=True)
class _Pair:
    """`thing` (and `too`, if that is named) fails: by a strong word, or by "not" beside a verb."""

    capability: Capability
    thing: str
    too: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ("package",)

    def fails(self, sentence: Sentence, *, strong: bool) -> bool:
        has = sentence.any
        if not has(self.thing) or has(*self.unless) or (self.too and not has(*self.too)):
            return False
        return strong or has(*self.verbs)


# The first that fits is it: a kernel that cannot start is a kernel, a full disk that stops a server
# from starting is a disk, and only what is nothing else is the hub.
_PAIRS = (
    _Pair("login", "log_in", verbs=("log_in",), unless=("run",)),
    _Pair("compute", "compute", verbs=("start", "execute", "open"), unless=()),
    _Pair("run", "run", verbs=("start", "execute", "open")),
    _Pair("storage", "storage", verbs=("open",), unless=()),
    _Pair("start", "start", too=("reach", "notebook"), verbs=("start",)),
    _Pair("start", "notebook", too=("open",), verbs=("open",)),
    _Pair("run", "notebook"),
    _Pair("reach", "reach", verbs=("open",)),
    _Pair("run", "execute", too=("code",)),
    _Pair("start", "start", unless=("package", "more")),
)


def _combined(sentence: Sentence) -> Capability | None:
    """By something that fails, or that one cannot do."""
    has = sentence.any
    if has("excuse"):
        return None
    denied = has("not") and not has("no_matter", "wish")
    # "It hangs, could you restart it" is a wish with a failure; "could you shut it down" is none.
    broken = has("failing") and (has("cannot", "not") or not has("wish"))
    strong = broken or has("cannot")
    if not strong and not denied:
        return None
    fits = (pair.capability for pair in _PAIRS if pair.fails(sentence, strong=strong))
    return next(fits, None)


def _troubled(sentence: Sentence) -> bool:
    """Whether something fails that has no name. The net is wide: what it catches wakes nobody."""
    has = sentence.any
    if has("hypothetical", "package") or (has("excuse") and not has("all")):
        return False
    lasts = has("since", "now", "always", "sometimes")
    if has("wish"):
        return lasts and has("all")
    if has("trouble", "cannot", "failing"):
        return True
    if has("no_matter", "planned", "later"):
        return False
    if has("not") and has("open"):
        return True
    return has(*_OURS) and (has("problem", "not", "all") or (lasts and not sentence.question))


_OURS = ("reach", "log_in", "start", "notebook", "run", "compute", "storage")


def _unclear(sentences: Sequence[Sentence], users: UsersAffected, today: date) -> bool:
    meant = ("wish", "package", "more", "excuse", "hypothetical", "resolved", "planned", "thanks")
    if any(sentence.any(*meant) or _to_come(sentence, today) for sentence in sentences):
        return False
    return users in ("several", "all") and any(sentence.any(*_OURS) for sentence in sentences)


def _to_come(sentence: Sentence, today: date) -> bool:
    """Whether it speaks of a day to come; "cannot" and "down" of today are not put off by that."""
    planned = sentence.any("planned") or not sentence.any("cannot", "failing")
    return planned and (sentence.any("later") or any(_ahead(d, today) for d in sentence.dates))


def _ahead(said: tuple[int, int, int], today: date) -> bool:
    year, month, day = said
    try:
        found = date(year or today.year, month, day)
        if not year and found < today:
            found = found.replace(year=today.year + 1)
    except ValueError:  # the 31st of a short month
        return False
    return timedelta(days=1) < found - today and (bool(year) or found - today < _DATES_LOOK_AHEAD)


def _users(sentences: Sequence[Sentence]) -> tuple[UsersAffected, int | None]:
    """How many: one's own words of being alone hold against all but "not only me"."""
    has = frozenset[str]().union(*(sentence.topics for sentence in sentences))
    number = next((s.people for s in sentences if s.people is not None), None)
    if "not_only_one" in has:
        return "several", number
    if "one" in has or number == 1:
        return "one", 1
    if "all" in has:
        return "all", number
    if "one_other" in has:
        return "one", 1
    return ("several" if number or "several" in has else "unknown"), number


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
