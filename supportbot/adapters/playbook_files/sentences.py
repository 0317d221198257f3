"""Sentences, the topics of their words, and the numbers in them: how the incident test reads.

The words are phrases like those of the rules, looked for in one pass over all sentences. Numbers
and dates are found by a few expressions of RE2, in linear time like the phrases.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from functools import lru_cache
from itertools import accumulate

import re2

from supportbot.adapters.playbook_files.folding import fold, fold_each, mark_words
from supportbot.adapters.playbook_files.matcher import PatternBook, Re2Matcher
from supportbot.adapters.playbook_files.misspelt import mended, slips_of
from supportbot.adapters.playbook_files.sentence_ends import cut
from supportbot.domain.triage.sentence import MUTE, Sentence

# Who has not said by then what fails will be asked; a hostile text costs no more than this.
MOST_CHARACTERS = 20_000
MOST_SENTENCES = 100

_MINUTES = {
    1: "min mins minute minutes minuten minuti minutos minuto minuut minuta",
    60: "h hr hrs hour hours stunde stunden heure heures hora horas ora ore uur uren",
    1440: "day days tag tage tagen jour jours dia dias giorno giorni dag dagen",
    10080: "week weeks woche wochen semaine semaines semana semanas settimana settimane weken",
}
_UNITS = {word: minutes for minutes, words in _MINUTES.items() for word in words.split()}
_MONTH_NAMES = (
    "january jan januar janvier enero gennaio janeiro januari",
    "february feb februar fevrier febrero febbraio fevereiro februari",
    "march mar marz mars marzo marco maart",
    "april apr avril abril aprile",
    "mai mayo maggio maio mei",
    "june jun juni juin junio giugno junho",
    "july jul juli juillet julio luglio julho",
    "august aug aout agosto augustus",
    "september sept sep septembre septiembre settembre setembro",
    "october oct oktober octobre octubre ottobre outubro",
    "november nov novembre noviembre novembro",
    "december dec dezember decembre diciembre dicembre dezembro",
)
_MONTHS = {name: n for n, names in enumerate(_MONTH_NAMES, 1) for name in names.split()} | {
    "may": 5
}

_units, _months = "|".join(_UNITS), "|".join(_MONTHS)
_PERCENT = re2.compile(r"\b(\d{1,3}) ?(?:%|percent|per cent|prozent|por ciento|pour cent)")
_AGO = re2.compile(
    rf"\b(?:(\d{{1,3}}) ({_units}) ago"
    rf"|(?:for|since|seit|vor|depuis|il y a|desde hace|hace|da|ha|sinds|al|for the last|for about)"
    rf" (?:about |over |more than |etwa |circa |mehr als |plus de )?(\d{{1,3}}) ({_units}))\b"
)
_CLOCK = re2.compile(
    r"\b(\d{1,2})(?:[:.h](\d{2}))? ?(am|pm|a\.m|p\.m|uhr|uur|h|o'clock)\b|\b(\d{1,2}):(\d{2})\b"
    r"|\b(?:since|seit|desde las|desde la|dalle|sinds)"
    r" (\d{1,2})(?:[:.h](\d{2}))?(?: ?(am|pm|a\.m|p\.m))?\b"
)
_ISO_DAY = re2.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_DAY_MONTH = re2.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|\.)? (?:of |de |di )?({_months})\b(?:,? (20\d\d)\b)?"
)
_MONTH_DAY = re2.compile(rf"\b({_months}) (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (20\d\d)\b)?")

# "gpu.longwave.example" speaks of an address, not of a GPU; what has fewer dots may be a file.
_ADDRESS = re2.compile(
    r"\bhttps?://\S*[^\s.,;:!?)]|\b[a-z0-9-]+(?:\.[a-z0-9-]+){2,}\b(?:/\S*[^\s.,;:!?)])?"
)

# A name and an office, below two dashes.
_SIGNATURE = re2.compile(r"\n--[ \t]*\n(?:[^\n]*[^\s][^\n]*(?:\n|$)){1,6}")

# All of them begin with one, or with a word before it.
_NUMBER = re.compile(r"[0-9](?<!\w[0-9])")
# So many phrases are found sooner by looking for each than by asking for all, line by line.
_FEW = 60

_NOTHING, _QUESTION = Sentence(frozenset()), Sentence(frozenset(), question=True)
_QUOTED = ("quoted", ">")
# Words for what the reader itself does.
_NO_TOPICS = ("people", "misspelt", "greeting")
_WHEN = frozenset({"now", "today", "yesterday", "weekday", "since"})


@dataclass(frozen=True, slots=True)
class Sentences:
    """A `supportbot.domain.triage.sentence.SentenceReader` for lists of phrases by their topics."""

    words: Mapping[str, tuple[str, ...]]
    _matcher: Re2Matcher = field(init=False, compare=False, repr=False)
    _topics: dict[int, tuple[tuple[str, str], ...]] = field(init=False, compare=False, repr=False)
    _greeting: re2._Regexp = field(init=False, compare=False, repr=False)
    _slips: Mapping[int, tuple[str, str]] = field(init=False, compare=False, repr=False)
    _people: re2._Regexp = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        book = PatternBook()
        topics: dict[int, list[tuple[str, str]]] = {}
        for topic, phrases in self.words.items():
            for phrase in phrases if topic not in _NO_TOPICS else ():
                topics.setdefault(book.stem("text", phrase), []).append((topic, phrase))
        often = [fold(word) for word in self.words.get("misspelt", ())]
        known = (fold(phrase) for phrases in self.words.values() for phrase in phrases)
        slips = {book.phrase("text", slip): (slip, w) for slip, w in slips_of(often, known)}
        object.__setattr__(self, "_slips", slips)
        object.__setattr__(self, "_matcher", book.matcher())
        object.__setattr__(self, "_topics", {n: tuple(found) for n, found in topics.items()})
        object.__setattr__(self, "_greeting", _greetings(self.words.get("greeting", ())))
        nouns = (
            "|".join(re2.escape(fold(noun)) for noun in self.words.get("people", ())) or "people"
        )
        object.__setattr__(
            self, "_people", re2.compile(rf"\b(\d{{1,5}})\+? (?:\w+ )?(?:{nouns})\b")
        )

    def sentences(self, text: str) -> tuple[Sentence, ...]:
        """The sentences of the head of a text."""
        # JSON can carry half of a surrogate pair, which is no character.
        head = text[:MOST_CHARACTERS].encode("utf-8", "ignore").decode("utf-8")
        head = self._greeting.sub(" ", _ADDRESS.sub(" url ", head.lower()))
        own, quoted = _apart(_SIGNATURE.sub("\n", head) if "\n--" in head else head)
        written = cut(own)
        cuts = (written + cut(quoted))[:MOST_SENTENCES]
        lines, found = self._read("\n".join(fold_each([said for said, _ in cuts])))
        folded = lines.split("\n")
        told = [_QUESTION if question else _NOTHING for _, question in cuts]
        for place in found.keys() | _with_numbers(lines, folded):
            said, question = folded[place], cuts[place][1]
            each = found.get(place, ())
            told[place] = self._sentence(
                said, question, each if place < len(written) else [*each, _QUOTED]
            )
        return tuple(told)

    def _read(self, lines: str) -> tuple[str, dict[int, list[tuple[str, str]]]]:
        """The lines as they were meant; the topics and phrases of each that holds any, by place."""
        marked = mark_words(lines)
        hits = self._matcher.phrases_in("text", marked)
        slips = [self._slips[number] for number in hits if number in self._slips]
        if slips:
            lines = mended(lines, dict(slips))
            marked = mark_words(lines)
            hits = self._matcher.phrases_in("text", marked)
        found: dict[int, list[tuple[str, str]]] = {}
        for number, place in self._hits(hits, marked):
            found.setdefault(place, []).extend(self._topics.get(number, ()))
        return lines, found

    def _hits(self, hits: frozenset[int], marked: str) -> Iterator[tuple[int, int]]:
        """The numbers of phrases, and the places of the lines that they are in."""
        lines = marked.split("\n")
        if len(hits) > _FEW:
            for place, line in enumerate(lines):
                for number in self._matcher.phrases_in("text", line):
                    yield number, place
            return
        ends = list(accumulate(len(line) + 1 for line in lines))
        for number in hits:
            source = self._matcher.patterns[number].source
            at = marked.find(source)
            while at >= 0:
                place = bisect_right(ends, at)
                yield number, place
                at = marked.find(source, ends[place])

    def _sentence(self, said: str, question: bool, found: Sequence[tuple[str, str]]) -> Sentence:
        topics = frozenset([topic for topic, _ in found])
        if topics <= MUTE and not _NUMBER.search(said):
            return _QUESTION if question else _NOTHING
        when: tuple[str, ...] = ()
        if not _WHEN.isdisjoint(topics):
            when = tuple(sorted({phrase for topic, phrase in found if topic in _WHEN}))
        if not _NUMBER.search(said):
            return Sentence(topics, question, when=when)
        return Sentence(
            topics,
            question,
            people=_number(self._people, said),
            percent=max((int(p[1]) for p in _PERCENT.finditer(said)), default=None),
            ago=_ago(said),
            clock=_clock(said),
            dates=tuple(_dates(said)),
            when=when,
        )


@lru_cache(maxsize=8)
def sentences_of(words: tuple[tuple[str, tuple[str, ...]], ...]) -> Sentences:
    """The reader for these words, compiled once: most teams change none of them."""
    return Sentences(dict(words))


def _apart(text: str) -> tuple[str, str]:
    """What was written, and the lines of an older message that it quotes."""
    if "\n>" not in text and not text.startswith(">"):
        return text, ""
    lines = text.split("\n")
    own = [line for line in lines if not line.startswith(">")]
    quoted = [line.lstrip("> ") for line in lines if line.startswith(">")]
    return "\n".join(own), "\n".join(quoted)


def _greetings(phrases: Sequence[str]) -> re2._Regexp:
    """What begins a line and addresses people, of whom it says nothing."""
    each = "|".join(re2.escape(phrase.lower()) for phrase in phrases) or "hello"
    return re2.compile(rf"(?m)^[ \t]*(?:{each})\b")


def _with_numbers(lines: str, each: Sequence[str]) -> set[int]:
    """The places of the lines with numbers in them; most texts have none."""
    if not _NUMBER.search(lines):
        return set()
    return {place for place, line in enumerate(each) if _NUMBER.search(line)}


def _number(expression: re2._Regexp, text: str) -> int | None:
    found = expression.search(text)
    return int(found[1]) if found else None


def _ago(text: str) -> timedelta | None:
    found = _AGO.search(text)
    if found is None:
        return None
    count, unit = (found[1], found[2]) if found[1] else (found[3], found[4])
    return timedelta(minutes=int(count) * _UNITS[unit])


def _clock(text: str) -> time | None:
    found = _CLOCK.search(text)
    if found is None:
        return None
    hour = int(found[1] or found[4] or found[6])
    minute = int(found[2] or found[5] or found[7] or 0)
    half = (found[3] or found[8] or "")[:1]
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _dates(text: str) -> Iterator[tuple[int, int, int]]:
    for iso in _ISO_DAY.finditer(text):
        yield int(iso[1]), int(iso[2]), int(iso[3])
    for said in _DAY_MONTH.finditer(text):
        yield int(said[3] or 0), _MONTHS[said[2]], int(said[1])
    for said in _MONTH_DAY.finditer(text):
        yield int(said[3] or 0), _MONTHS[said[1]], int(said[2])
