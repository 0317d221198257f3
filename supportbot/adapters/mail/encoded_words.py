"""Header texts: RFC 2047 encoded words, raw 8-bit bytes, and what programs make of both."""

from __future__ import annotations

import binascii

from supportbot.adapters.mail.charsets import decode_text

_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_HEX = frozenset("0123456789abcdefABCDEF")
_LONGEST_CHARSET = 60


def header_text(raw: bytes, charset: str | None = None) -> str:
    """An unstructured header's value on one line, decoded; `charset` is a guess for 8-bit bytes."""
    unfolded = raw.replace(b"\r", b"").replace(b"\n", b"")
    return decode_words(eight_bit_text(unfolded, charset)).strip()


def eight_bit_text(raw: bytes, charset: str | None) -> str:
    """Raw bytes of a header, which are UTF-8 (RFC 6532) whatever the body is in, if they can be."""
    try:
        return raw.decode("utf-8").replace("\0", "")
    except UnicodeDecodeError:
        return decode_text(raw, charset)


def decode_words(text: str) -> str:
    """`text` with its encoded words decoded (RFC 2047); what is none stays as it is.

    Words that touch, or have only blanks between them, are joined before they are decoded: many
    programs cut a character of several bytes in two.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    pending: tuple[str, bytes] | None = None
    at = 0
    while (start := text.find("=?", at)) >= 0:
        word = _word(text, start)
        between = text[at:start]
        if word is None:
            out.append(_flushed(pending) + between + "=?")
            pending, at = None, start + 2
            continue
        charset, raw, at = word
        if pending is not None and not between.strip():
            if pending[0] == charset:
                pending = (charset, pending[1] + raw)
                continue
            between = ""
        out.append(_flushed(pending) + between)
        pending = (charset, raw)
    out.append(_flushed(pending) + text[at:])
    return "".join(out)


def _flushed(pending: tuple[str, bytes] | None) -> str:
    return decode_text(pending[1], pending[0]) if pending is not None else ""


def _word(text: str, start: int) -> tuple[str, bytes, int] | None:
    """Charset, bytes and end of the word that begins at `start`, if it is one."""
    first = text.find("?", start + 2, start + 2 + _LONGEST_CHARSET)
    if first < 0 or text[first + 2 : first + 3] != "?":
        return None
    charset = text[start + 2 : first].partition("*")[0].casefold()  # RFC 2231: charset*language
    kind = text[first + 1 : first + 2].casefold()
    end = text.find("?=", first + 3)
    if end < 0 or kind not in ("b", "q"):
        return None
    body = text[first + 3 : end].encode("utf-8", "replace")
    raw = base64_bytes(body) if kind == "b" else quoted_bytes(body.replace(b"_", b" "))
    return charset, raw, end + 2


def base64_bytes(body: bytes) -> bytes:
    """What base64 holds, letting foreign characters, missing padding and a cut end pass."""
    try:
        return binascii.a2b_base64(body)
    except binascii.Error:
        kept = bytes(filter(_BASE64.__contains__, body))
        kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def quoted_bytes(body: bytes) -> bytes:
    """What quoted-printable holds (RFC 2045 6.7); a broken escape stays as it is written."""
    return binascii.a2b_qp(body)


def percent_bytes(value: str) -> bytes:
    """What RFC 2231's %-escapes hold."""
    head, *rest = value.split("%")
    out = bytearray(head.encode("utf-8", "replace"))
    for piece in rest:
        if len(piece) >= 2 and piece[0] in _HEX and piece[1] in _HEX:
            out.append(int(piece[:2], 16))
            piece = piece[2:]
        else:
            out += b"%"
        out += piece.encode("utf-8", "replace")
    return bytes(out)
