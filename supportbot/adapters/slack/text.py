"""Slack's text: read from mrkdwn, and written so that nobody's words do anything.

Formatting: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

_CUT = "…"
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_TABLE = str.maketrans(_ESCAPES)

# Direction overrides make text read otherwise than it is written (Unicode TR36, 3.1.2).
_HIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

Naming = Callable[[str], str | None]


def clean(text: str) -> str:
    """Without control characters (Postgres takes no NUL), lone surrogates, direction overrides."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text.replace("\r\n", "\n") if c in "\n\t" or _seen(c))


def _seen(character: str) -> bool:
    return character not in _HIDDEN and unicodedata.category(character) not in ("Cc", "Cs")


def cut(text: str, limit: int) -> str:
    """`text` within `limit` characters; an ellipsis shows that some is gone."""
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT


def one_line(text: str, limit: int) -> str:
    """Cleaned, without line breaks, within `limit` characters."""
    return cut(" ".join(clean(text).split()), limit)


def escaped(text: str, limit: int) -> str:
    """Text for mrkdwn or a message's `text`: shown as it is, at most `limit` characters as sent.

    No `<!channel>`, `<@U1>` or `<https://…|bank>` survives. Never cut within an escape.
    """
    whole = clean(text).translate(_TABLE)
    if len(whole) <= limit:
        return whole
    room, kept = limit - len(_CUT), []
    for character in clean(text):
        shown = _ESCAPES.get(character, character)
        if len(shown) > room:
            break
        kept.append(shown)
        room -= len(shown)
    return "".join(kept) + _CUT


def is_id(text: str, kinds: str) -> bool:
    """Whether this has the shape of Slack's ids, with one of these letters first: `U0123ABCD`."""
    return (
        3 <= len(text) <= 21
        and text[0] in kinds
        and text.isascii()
        and text.isalnum()
        and text == text.upper()
    )


def mention(user: str | None, name: str) -> str:
    """A mention that rings, where the id is one; else the name in bold."""
    return f"<@{user}>" if user and is_id(user, "UW") else f"*{escaped(name, 100)}*"


def link(url: str, label: str) -> str:
    """A link in mrkdwn; the bare label where `url` is no plain web address."""
    shown = escaped(label, 200)
    web = url.startswith(("https://", "http://")) and len(url) <= 2000
    if not web or any(c in "|<> " or not c.isprintable() for c in url):
        return shown
    return f"<{url.replace('&', '&amp;')}|{shown}>"


def plain(text: str, user: Naming, channel: Naming) -> str:
    """What a person sees of Slack's text, as plain text.

    `user` and `channel` name an id, or give None. Links become their address.
    """
    parts: list[str] = []
    position = 0
    while (start := text.find("<", position)) >= 0 and (end := text.find(">", start)) >= 0:
        parts.append(unescaped(text[position:start]))
        parts.append(_spoken(text[start + 1 : end], user, channel))
        position = end + 1
    parts.append(unescaped(text[position:]))
    return clean("".join(parts)).strip()


def _spoken(inside: str, user: Naming, channel: Naming) -> str:
    body, _, label = inside.partition("|")
    label = unescaped(label)
    if body.startswith("@"):
        return "@" + (label.removeprefix("@") or user(body[1:]) or body[1:])
    if body.startswith("#"):
        return "#" + (label or channel(body[1:]) or body[1:]).removeprefix("#")
    if body.startswith("!"):
        return label or "@" + body[1:].partition("^")[0]
    return unescaped(body).removeprefix("mailto:").removeprefix("tel:")


def unescaped(text: str) -> str:
    """Slack's three escapes undone, and nothing else."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def joined(names: Iterable[str]) -> str:
    """`Ines`, `Ines and Jonas`, `Ines, Jonas and Amina`."""
    *others, last = list(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last
