"""Address lists as people's programs write them (RFC 5322 3.4, and worse)."""

from __future__ import annotations

from dataclasses import dataclass

from supportbot.adapters.mail.encoded_words import decode_words

_LONGEST_ADDRESS = 320  # RFC 3696: 64 + 1 + 255
_LONGEST_HEADER = 100_000
_BLANKS = str.maketrans("", "", " \t\r\n")


@dataclass(frozen=True, slots=True)
class Address:
    """`email` as written, without blanks; `name` decoded, empty when there is none."""

    email: str
    name: str = ""


def addresses(text: str, most: int) -> list[Address]:
    """The first `most` addresses of a header's value, encoded words not yet decoded.

    Quotes, comments, groups and angle brackets are heard; what holds no `@` is no address.
    """
    found: list[Address] = []
    for piece in _entries(text[:_LONGEST_HEADER]):
        address = _address(piece)
        if address is not None:
            found.append(address)
            if len(found) >= most:
                break
    return found


def _entries(text: str) -> list[str]:
    """Cut at each comma or semicolon outside quotes, brackets and comments; group names go."""
    entries: list[str] = []
    start, closes, escaped, depth = 0, "", False, 0
    for at, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\" and closes:
            escaped = True
        elif closes:
            depth += (character == "(") if closes == ")" else 0
            if character == closes:
                depth -= 1
                closes = closes if depth > 0 else ""
        elif character in '"(<':
            closes, depth = {'"': '"', "(": ")", "<": ">"}[character], 1
        elif character in ",;":
            entries.append(text[start:at])
            start = at + 1
        elif character == ":" and "@" not in text[max(start, at - 200) : at]:
            start = at + 1
    return [*entries, text[start:]]


def _address(entry: str) -> Address | None:
    entry = entry.strip()
    opened = entry.rfind("<")
    if opened >= 0:
        inner, _, after = entry[opened + 1 :].partition(">")
        email, name = _angle(inner), _name(entry[:opened]) or _name(after)
    elif "<" in (decoded := decode_words(entry)):
        return _address(decoded)  # some programs encode name and address in one word
    else:
        bare, comment = _without_comment(entry)
        email, name = _email(bare), _name(comment)
    return Address(email, name) if email else None


def _angle(text: str) -> str:
    """What stands in angle brackets: comments, blanks and a route (RFC 5322 4.4) are left out."""
    text, _ = _without_comment(text)
    if text.startswith("@"):
        text = text.rpartition(":")[2]
    return _email(text if '"' in text else text.translate(_BLANKS))


def _email(text: str) -> str:
    text = decode_words(text).strip()
    if text.casefold().startswith("mailto:"):
        text = text[7:]
    if " " in text and '"' not in text:
        # Blanks may stand around the dots of a domain (RFC 5322 4.4).
        _, _, domain = text.partition("@")
        if " " in domain and not domain.replace(" .", ".").replace(". ", ".").count(" "):
            text = text.replace(" .", ".").replace(". ", ".")
        text = next((word for word in text.split() if "@" in word), "")
    text = text.strip("'").translate(_BLANKS) if '"' not in text else text
    return text if "@" in text and len(text) <= _LONGEST_ADDRESS else ""


def _name(text: str) -> str:
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    text = text.replace('\\"', '"').replace("\\\\", "\\")
    return " ".join(decode_words(text).replace("\r", "").replace("\n", "").strip(" \t").split())


def _without_comment(entry: str) -> tuple[str, str]:
    """The entry without its comments, and the first of them."""
    if "(" not in entry or entry.startswith('"'):
        return entry, ""
    bare, comments, depth = "", [""], 0
    for character in entry:
        depth += character == "("
        if depth:
            comments[-1] += character
        else:
            bare += character
        if character == ")" and depth:
            depth -= 1
            comments += [""] if not depth else []
    return bare, comments[0]
