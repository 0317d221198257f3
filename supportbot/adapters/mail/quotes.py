# ruff: noqa: RUF001
"""Where the words of somebody else begin: the lines that mail programs put there."""

from __future__ import annotations

from collections.abc import Sequence

from supportbot.adapters.mail import quote_words as words

_LONGEST_LINE = 400
_LONGEST_RULED = 120
_DIGITS_OF_A_MOMENT = 8
_JOINED = 5
_BLOCK = 8
_MARKS = "*_-=— \t\xa0\u200e\u200f\u200b"


def is_quoted(line: str) -> bool:
    """Whether a `>` begins it; an arrow such as `>>> x <<<` is no quote."""
    return line.lstrip(" \xa0").startswith(">") and not line.rstrip().endswith("<<<")


def attribution(lines: Sequence[str], end: int) -> tuple[int, str] | None:
    """If a line such as `On …, Ada wrote:` ends at `end`: the line it begins on, and what of that
    line comes before it (an answer may share the line)."""
    last = _bare(lines[end])
    if not last or len(last) > _LONGEST_LINE or not _may_end(last):
        return None
    joined = ""
    for start in range(end, max(-1, end - _JOINED), -1):
        line = lines[start]
        if not line.strip() or (is_quoted(line) and start != end) or len(line) > _LONGEST_LINE:
            break
        joined = f"{_bare(line)} {joined}".strip()
        if _is_attribution(joined):
            return start, ""
        shared = _shared(line.casefold())
        if shared and _is_attribution(f"{line[shared:].casefold()} {joined[len(_bare(line)) :]}"):
            return start, line[:shared].rstrip(" -_\t")
    return None


def ends_like_attribution(line: str) -> bool:
    """`Ada wrote:`, without a date: it says nothing unless a quote follows."""
    bare = _bare(line)
    return len(bare) <= _LONGEST_LINE and _ends_with_verb(bare)


def is_block(lines: Sequence[str], at: int) -> bool:
    """Whether Outlook's `From: … Sent: … To: … Subject: …` begins here."""
    first = _label(lines[at])
    if first not in words.FIRST_LABELS and first not in words.DATE_LABELS:
        return False
    seen = {first}
    for line in lines[at + 1 : at + _BLOCK]:
        label = _label(line)
        if label in words.MORE_LABELS:
            seen.add(label)
    # Someone may well write "To:" and "Date:"; not with a sender, too, or an address.
    enough = 2 if first in words.DATE_LABELS or _has_address(lines[at : at + 2]) else 3
    return len(seen) >= enough


def is_original(line: str) -> bool:
    """`-----Original Message-----`, in any language."""
    return _is_ruled(line, words.ORIGINALS)


def is_forward(line: str) -> bool:
    """`---------- Forwarded message ----------`, in any language."""
    return _is_ruled(line, words.FORWARDS)


def is_rule(line: str) -> bool:
    """A line drawn across, with nothing else on it."""
    bare = line.strip()
    return len(bare) >= 3 and not bare.strip("_-=—* ")


def _is_ruled(line: str, phrases: tuple[str, ...]) -> bool:
    bare = _bare(line)
    if not bare or len(bare) > _LONGEST_RULED:
        return False
    ruled = line.strip()[:1] in "-_=*#" or bare.endswith(":")
    return bare.startswith(phrases) if ruled else bare in phrases


def _bare(line: str) -> str:
    return line[: _LONGEST_LINE + 1].strip(_MARKS).casefold()


def _may_end(bare: str) -> bool:
    return bare[-1] in ":：>" or _ends_with_verb(bare)


def _ends_with_verb(bare: str) -> bool:
    return bare.rstrip(" :：\xa0").endswith(words.VERBS_AT_END)


def _is_attribution(joined: str) -> bool:
    if len(joined) > 2 * _LONGEST_LINE or not _has_digit(joined):
        return False
    if _ends_with_verb(joined):
        # Without its colon, "On 5 May the form was sent" is a sentence: ask for a whole date.
        sure = joined.endswith((":", "：")) or "@" in joined
        if not sure and sum(map(str.isdigit, joined)) < _DIGITS_OF_A_MOMENT:
            return False
        return joined.startswith(words.OPENERS) or _is_dated(joined) or _is_east_asian(joined)
    if joined.rstrip().endswith((":", "：")) and any(verb in joined for verb in words.VERBS_INSIDE):
        return joined.startswith(words.OPENERS) or _is_dated(joined)
    return _is_date_and_address(joined)


def _is_date_and_address(joined: str) -> bool:
    """`2011/4/7 Ada <ada@…>` and `26.06.2014, 14:41, "Ada" <ada@…>:`, which have no verb."""
    if "@" not in joined or not joined.rstrip(": ").endswith((">", ")")):
        return False
    head = joined[:40]
    dated = _is_date(head.split()[0])
    timed = ":" in head and sum(map(str.isdigit, head)) >= 8
    return dated or (timed and joined.rstrip().endswith(":"))


def _is_dated(joined: str) -> bool:
    """Whether it begins with a day, as in `26 June 2026` and `2026年6月26日`."""
    word = joined.split()[0].rstrip(".,")
    day = (word.isdigit() and len(word) <= 2) or "年" in word
    return _is_date(word) or (day and sum(map(str.isdigit, joined)) >= 4)


def _is_date(word: str) -> bool:
    """`2011/4/7`, `26.06.2014,` or `2026-11-24`."""
    numbers = word.strip(",.").replace("/", ".").replace("-", ".").split(".")
    return len(numbers) == 3 and all(number.isdigit() for number in numbers)


def _shared(line: str) -> int:
    """Where `On <weekday, month or number>` begins within a line, or 0."""
    at = line.rfind(" on ")
    dashes = line.rfind("-on ")
    at = max(at, dashes)
    if at <= 0:
        return 0
    following = line[at + 4 : at + 7]
    return at + 1 if following[:1].isdigit() or following in _DAYS_AND_MONTHS else 0


_DAYS_AND_MONTHS = frozenset((
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr", "may", "jun",
    "jul", "aug", "sep", "oct", "nov", "dec",
))  # fmt: skip


def _is_east_asian(text: str) -> bool:
    return any("\u3040" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" for c in text)


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _has_address(lines: Sequence[str]) -> bool:
    return any("@" in line[:_LONGEST_LINE] for line in lines)


def _label(line: str) -> str:
    """The label of `From: …`, `*From:* …` or `> From : …`, in lower case."""
    head = line[:40].lstrip("*_>| \t\xa0").casefold().replace("：", ":")
    label, colon, _ = head.partition(":")
    return label.rstrip("* \t\xa0") if colon else ""
