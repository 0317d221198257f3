"""The new words of a message: without what it quotes, signatures, and what programs append."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from supportbot.adapters.mail import quote_words as words
from supportbot.adapters.mail import quotes

_MOST_LINES = 20_000
_LONGEST_SIGNATURE = 12
_LONGEST_FOOTER = 90
_LIST_RULE = 20

# A line is the writer's own, quoted, or what introduces a quote.
_OWN, _QUOTED, _INTRODUCTION = "own", "quoted", "introduction"


def new_words(text: str) -> str:
    """What the writer of `text` added. Answers between quotes keep the quotes they answer;
    a forwarded message stays, being the context of what is asked."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:_MOST_LINES]
    kept = _without_signature(_kept(_classified(lines)))
    # Below a signature's place there may be a quote that nobody answered.
    while kept and (quotes.is_quoted(kept[-1]) or not kept[-1].strip()):
        kept.pop()
    return "\n".join(kept).strip("\n")


def _classified(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Each line and its kind, up to where all that follows is somebody else's."""
    out: list[tuple[str, str]] = []
    followed = _followed_by_quote(lines)
    for at, line in enumerate(lines):
        if quotes.is_quoted(line):
            out.append((_QUOTED, line))
        elif quotes.is_forward(line):
            return [*out, *((_OWN, rest) for rest in lines[at:])]
        elif quotes.is_original(line) or quotes.is_block(lines, at):
            return _without_rules(out)
        elif (found := quotes.attribution(lines, at)) is not None:
            start, before = found
            del out[len(out) - (at - start) :]
            if before:
                out.append((_OWN, before))
            if not followed[at]:
                return _without_rules(out)
            out.append((_INTRODUCTION, line))
        elif followed[at] and quotes.ends_like_attribution(line):
            out.append((_INTRODUCTION, line))
        else:
            out.append((_OWN, line))
    return out


def _followed_by_quote(lines: Sequence[str]) -> list[bool]:
    """For each line, whether the next that is not blank is a quote."""
    out, quoted = [False] * len(lines), False
    for at in range(len(lines) - 1, -1, -1):
        out[at] = quoted
        if lines[at].strip():
            quoted = quotes.is_quoted(lines[at])
    return out


def _without_rules(out: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the blank lines and the line drawn across that led over to the quote."""
    while out and (not out[-1][1].strip() or quotes.is_rule(out[-1][1])):
        out.pop()
    return out


def _kept(classified: Sequence[tuple[str, str]]) -> list[str]:
    """The writer's own lines, and the quotes between them where they are answered one by one."""
    blocks = _blocks(classified)
    while blocks and blocks[-1][0] != _OWN:
        blocks.pop()
    answered = sum(before[0] == _QUOTED and after[0] == _OWN for before, after in pairwise(blocks))
    interleaved = answered >= 2
    wanted = (_OWN, _QUOTED) if interleaved else (_OWN,)
    kept: list[str] = []
    for kind, lines in blocks:
        if kind in wanted:
            kept += lines
    return kept


def _blocks(classified: Sequence[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Runs of lines of one kind; blank lines belong to the run before them."""
    blocks: list[tuple[str, list[str]]] = []
    for kind, line in classified:
        if blocks and (blocks[-1][0] == kind or not line.strip()):
            blocks[-1][1].append(line)
        else:
            blocks.append((kind, [line]))
    return blocks


def _without_signature(lines: list[str]) -> list[str]:
    kept = _without_blank_end(_without_list_footer(lines))
    while kept and _is_footer(kept[-1]):
        kept = _without_blank_end(kept[:-1])
    at = _signature(kept)
    kept = _without_blank_end(kept[:at]) if at is not None else kept
    while kept and (_is_footer(kept[-1]) or quotes.is_rule(kept[-1])) and len(kept) > 1:
        kept = _without_blank_end(kept[:-1])
    return kept


def _without_list_footer(lines: list[str]) -> list[str]:
    """Without what a mailing list appends below a long rule."""
    for at in range(len(lines) - 1, max(0, len(lines) - _LONGEST_SIGNATURE), -1):
        if quotes.is_rule(lines[at]) and len(lines[at].strip()) >= _LIST_RULE:
            below = " ".join(lines[at + 1 :])[:1000].casefold()
            listed = any(word in below for word in ("mailing list", "listinfo", "unsubscribe"))
            return lines[:at] if listed else lines
    return lines


def _signature(lines: Sequence[str]) -> int | None:
    """Where the signature begins: at the first `-- ` (RFC 3676 4.3) that few lines follow."""
    first = max(1, len(lines) - 2 * _LONGEST_SIGNATURE)
    for at in range(first, len(lines)):
        if lines[at].strip() in ("--", "—", "––", "__", "---"):
            follows = [line for line in lines[at + 1 :] if line.strip()]
            own_words = any(line.strip() for line in lines[:at])
            if own_words and len(follows) <= _LONGEST_SIGNATURE:
                return at
    return None


def _is_footer(line: str) -> bool:
    """`Sent from my phone`, in any language: short, or somebody wrote it."""
    bare = line.strip(" *_-<>\t\xa0").casefold()
    if not bare or len(bare) > _LONGEST_FOOTER or ", " in bare:
        return False
    framed = any(bare.startswith(a) and bare.endswith(z) for a, z in words.FRAMED_FOOTERS)
    return framed or bare.startswith(words.FOOTERS)


def _without_blank_end(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]
