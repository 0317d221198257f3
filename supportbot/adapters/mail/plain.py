"""Text as it may stand in a mail of ours: nothing in it acts, hides, or breaks a line unasked."""

from __future__ import annotations

import unicodedata

_CUT = "…"
# Direction overrides make text read otherwise than it is written (Unicode TR36, 3.1.2); a byte
# order mark within a text is nothing at all.
_HIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_LINES = str.maketrans({"\r": "\n", "\u2028": "\n", "\u2029": "\n"})


def clean(text: str) -> str:
    """Without control characters, lone surrogates and direction overrides; `\\n` ends lines."""
    if text.isascii() and text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").translate(_LINES)
    return "".join(c for c in lines if c in "\n\t" or _seen(c))


def _seen(character: str) -> bool:
    return character not in _HIDDEN and unicodedata.category(character) not in ("Cc", "Cs")


def cut(text: str, limit: int) -> str:
    """`text` within `limit` characters; an ellipsis shows that some is gone."""
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT


def one_line(text: str, limit: int) -> str:
    """Cleaned, without line breaks, within `limit` characters."""
    # Cut once before as well: cleaning is slow, and nobody bounds what strangers send.
    return cut(" ".join(clean(text[: 20 * limit]).split()), limit)
