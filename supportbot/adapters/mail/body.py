"""Which parts of a message are its text, and which are files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from supportbot.adapters.mail.charsets import decode_text
from supportbot.adapters.mail.html_text import html_text
from supportbot.adapters.mail.mime import Leaf
from supportbot.adapters.mail.values import Attachment

LARGEST_TEXT = 1_000_000  # bytes of a part, and characters of a message


def body_text(leaves: Sequence[Leaf]) -> tuple[str, bool]:
    """The whole text of a message, and whether it was cut at the limit.

    Of alternatives the plain one is taken where it says anything (RFC 2046 5.1.4), else the HTML.
    HTML that stands by itself is left out where the plain text holds it already.
    """
    plain = {leaf.group for leaf in leaves if _is_plain(leaf) and leaf.content().strip()}
    pieces: list[str] = []
    cut = False
    for leaf in leaves:
        if not _is_text(leaf):
            continue
        if not _is_plain(leaf) and leaf.group is not None and leaf.group in plain:
            continue
        raw = leaf.content()
        cut = cut or len(raw) > LARGEST_TEXT
        text = _text(leaf, raw[:LARGEST_TEXT])
        if text.strip() and not _said_already(leaf, text, pieces):
            pieces.append(text)
    whole = "\n".join(pieces)
    return whole[:LARGEST_TEXT], cut or len(whole) > LARGEST_TEXT


def attachments(leaves: Sequence[Leaf]) -> tuple[Attachment, ...]:
    """Every leaf that is not text to be read, in order."""
    return tuple(_attachment(leaf) for leaf in leaves if not _is_text(leaf))


def _text(leaf: Leaf, raw: bytes) -> str:
    charset = leaf.parameters.get("charset")
    if _is_plain(leaf):
        return decode_text(raw, charset).replace("\r\n", "\n").replace("\r", "\n")
    return html_text(decode_text(raw, charset or _declared(raw)))


def _declared(raw: bytes) -> str | None:
    """The charset an HTML document names in its head, as browsers look for it."""
    head = raw[:2048].lower()
    at = head.find(b"charset=")
    if at < 0:
        return None
    value = head[at + 8 : at + 50].lstrip(b"\"' ").decode("latin-1")
    end = next((i for i, c in enumerate(value) if not (c.isalnum() or c in "-_:.")), len(value))
    return value[:end]


def _said_already(leaf: Leaf, text: str, pieces: Sequence[str]) -> bool:
    """Whether a program put the same into a second part, in HTML, and did not say so."""
    if _is_plain(leaf) or not pieces:
        return False
    sample = "".join(text.replace("> ", "").split())[:80]
    return any(sample in "".join(piece.split()) for piece in pieces)


def _is_plain(leaf: Leaf) -> bool:
    return leaf.content_type == "text/plain" and _is_text(leaf)


def _is_text(leaf: Leaf) -> bool:
    readable = leaf.content_type in ("text/plain", "text/html")
    return readable and leaf.disposition != "attachment" and not leaf.filename


def _attachment(leaf: Leaf) -> Attachment:
    content = leaf.content()
    inline = leaf.disposition == "inline" or (
        leaf.disposition != "attachment" and "content-id" in leaf.headers
    )
    return Attachment(
        filename=leaf.filename,
        content_type=leaf.content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        inline=inline,
        content=content,
    )
