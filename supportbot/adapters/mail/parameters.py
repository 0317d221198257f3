"""`value; name=value; …` of Content-Type and Content-Disposition (RFC 2045 5.1, RFC 2231)."""

from __future__ import annotations

from supportbot.adapters.mail.charsets import decode_text
from supportbot.adapters.mail.encoded_words import decode_words, percent_bytes

_LONGEST = 20_000
_MOST = 100


def value_and_parameters(text: str) -> tuple[str, dict[str, str]]:
    """The value in lower case, and its parameters by name in lower case, decoded.

    Continuations (`name*0*=`) are joined in the order of their numbers; encoded words inside
    quotes, which RFC 2047 forbids and half the world writes, are read as well.
    """
    value, *pieces = _pieces(text[:_LONGEST])
    plain: dict[str, str] = {}
    extended: dict[str, list[tuple[int, bool, str]]] = {}
    for piece in pieces[:_MOST]:
        name, sign, given = piece.partition("=")
        name, given = name.strip().casefold(), _unquoted(given.strip())
        if not sign or not name:
            continue
        if "*" in name:
            base, number, percent = _section(name)
            extended.setdefault(base, []).append((number, percent, given))
        else:
            plain.setdefault(name, decode_words(given))
    joined = {name: _joined(sections) for name, sections in extended.items()}
    return value.strip().casefold(), {**plain, **joined}


def _pieces(text: str) -> list[str]:
    """Cut at each semicolon that stands outside quotes."""
    pieces: list[str] = []
    start, quoted, escaped = 0, False, False
    for at, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\" and quoted:
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            pieces.append(text[start:at])
            start = at + 1
    return [*pieces, text[start:]]


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    end = value.rfind('"')
    inner = value[1:end] if end > 0 else value[1:]
    return inner.replace('\\"', '"').replace("\\\\", "\\")


def _section(name: str) -> tuple[str, int, bool]:
    base, _, rest = name.partition("*")
    number = rest.rstrip("*")
    is_number = number.isascii() and number.isdigit() and len(number) < 4
    return base, int(number) if is_number else 0, rest == "" or rest.endswith("*")


def _joined(sections: list[tuple[int, bool, str]]) -> str:
    charset, raw = "utf-8", b""
    for position, (_, percent, given) in enumerate(sorted(sections, key=lambda s: s[0])):
        value = given
        if percent and position == 0 and given.count("'") >= 2:
            charset, _, value = given.split("'", 2)
        raw += percent_bytes(value) if percent else value.encode("utf-8", "replace")
    return decode_words(decode_text(raw, charset))
