"""What may stand in an issue: marks that let us find it again, lengths, and text that does nothing.

Limits: title 256, body 65,536, label 50 characters, 10 assignees
(https://docs.github.com/en/rest/issues/issues#create-an-issue).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

TITLE_LIMIT = 256
BODY_LIMIT = 65_536
LABEL_LIMIT = 50
ASSIGNEE_LIMIT = 10

_NOTHING = "\u200b"  # zero width space: seen by GitHub's parsers, not by people
_CUT = "…"
_MARK = "<!-- supportbot:"

# Direction overrides make text read otherwise than it is written (Unicode TR36, 3.1.2).
_HIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# A backslash before ASCII punctuation makes it plain (CommonMark 2.4). Mentions and references are
# looked for in the rendered text, where a backslash is gone: those need a character in between.
_PLAIN = {
    **{mark: "\\" + mark for mark in "\\`*_[]{}~$!|"},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "@": "@" + _NOTHING,
    "#": "#" + _NOTHING,
}
_TABLE = str.maketrans(_PLAIN)

# Links that GitHub makes of bare text: addresses, and GH-12 for issue 12.
_LINKS = ("://", "www.", "GH-", "gh-", "Gh-", "gH-")


def marker(key: str) -> str:
    """The hidden comment that names a delivery; `--` would end a comment early."""
    return f"{_MARK}{quote(key, safe=':').replace('--', '-%2D')} -->"


def stamped(body: str, key: str) -> str:
    """`body` with the marker of `key` at its end, cut so that the marker always fits.

    A marker that is in `body` already is broken: text we quote must not pass for another delivery.
    """
    tail = "\n\n" + marker(key)
    return cut(clean(body).replace(_MARK, "<!- supportbot:"), BODY_LIMIT - len(tail)) + tail


def title(text: str) -> str:
    """One line of at most 256 characters, never empty."""
    return cut(" ".join(clean(text).split()), TITLE_LIMIT) or "(no title)"


def labels(names: Iterable[str]) -> list[str]:
    """Names of at most 50 characters, each once (GitHub ignores their case), none empty."""
    short = (cut(" ".join(clean(name).split()), LABEL_LIMIT) for name in names)
    return list({name.casefold(): name for name in short if name}.values())


def assignees(logins: Iterable[str]) -> list[str]:
    """The first ten different logins, without a leading @."""
    names = (clean(login).strip().removeprefix("@") for login in logins)
    return list({name.casefold(): name for name in names if name}.values())[:ASSIGNEE_LIMIT]


def cut(text: str, limit: int) -> str:
    """`text` within `limit` characters; an ellipsis shows that some is gone."""
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT


def clean(text: str) -> str:
    """Without control characters, lone surrogates and direction overrides."""
    return "".join(each for each in text.replace("\r\n", "\n") if each in "\n\t" or _seen(each))


def _seen(character: str) -> bool:
    return character not in _HIDDEN and unicodedata.category(character) not in ("Cc", "Cs")


def inert(text: str) -> str:
    """Text from outside, so that GitHub shows it and does nothing with it.

    It pings nobody, refers to nothing, links nowhere, hides nothing in comments and has no markup;
    it reads the same. For a paragraph or a line, not inside a code block.
    """
    text = clean(text)
    for link in _LINKS:
        text = text.replace(link, link[:1] + _NOTHING + link[1:])
    return "\n".join(_unmarked(line.translate(_TABLE)) for line in text.split("\n"))


def _unmarked(line: str) -> str:
    """No heading, list, rule, table or indented code: those need their mark to come first."""
    return _NOTHING + line if line and not line[0].isalpha() else line
