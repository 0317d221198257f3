"""Subjects of answers: one `Re:`, however many there were, and no reference but our own."""

from __future__ import annotations

from supportbot.adapters.mail.plain import one_line
from supportbot.domain.ticket.ticket import number_of

_LONGEST = 2_000
# What mail programs of many languages put before the subject of an answer.
_ANSWERS = frozenset({
    "re", "aw", "antw", "antwort", "sv", "vs", "rif", "res", "odp", "ynt", "απ",
    "回复", "答复", "回覆", "返信",
})  # fmt: skip
_COUNTERS = "0123456789[]()^ "  # `Re[2]:`, `RE(3):`, `Re^4:`
_LONGEST_PREFIX = 12


def answer_subject(subject: str, limit: int) -> str:
    """The subject of an answer to a mail with that subject, one clean line, without our tag."""
    bare = one_line(_bare(one_line(subject, _LONGEST)), limit)
    return f"Re: {bare}" if bare else "Your request"


def _bare(subject: str) -> str:
    while (less := _without_prefix(_without_tags(subject))) != subject:
        subject = less
    return subject


def _without_tags(subject: str) -> str:
    """Without `[SUP-42]`: a second one would lead an answer to another ticket."""
    first, *others = subject.split("[")
    return " ".join((first + "".join(_after_tag(each) for each in others)).split())


def _after_tag(piece: str) -> str:
    inside, closed, rest = piece.partition("]")
    return rest if closed and number_of(inside) is not None else f"[{piece}"


def _without_prefix(subject: str) -> str:
    for colon in (":", "："):  # noqa: RUF001 - the colon of East Asian programs
        prefix, found, rest = subject[:_LONGEST].partition(colon)
        word = prefix.strip().casefold().rstrip(_COUNTERS)
        if found and len(prefix) <= _LONGEST_PREFIX and word in _ANSWERS:
            return rest.strip()
    return subject
