"""Header lines, byte for byte: folded between words, and nothing in them can begin another line.

The standard library's `email.policy.SMTP` is not used for them. It turns long ids of References
into encoded words, which ends threads in every reader, and folds names differently from version to
version: a mail that is sent again must be the same.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator

_WIDTH = 76
_LONGEST_WORD = 70
_LONGEST_QUOTED = 60
_ROOM = 45  # bytes whose base64 fits into an encoded word's 75 characters (RFC 2047 2)
_ATOM = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"
)


def header(name: str, words: Iterable[str]) -> bytes:
    """One header with its line ends. `words` hold neither blanks that fold nor control characters;
    none is cut, and the first stays on the line of the name (some programs lose it elsewhere)."""
    lines = [f"{name}:"]
    for number, word in enumerate(words):
        if number and len(lines[-1]) + 1 + len(word) > _WIDTH:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join([*lines, ""]).encode()


def unstructured(text: str) -> list[str]:
    """The words of one clean line, as a Subject has them. What is not plain ASCII is encoded
    (RFC 2047), from the first such word to the last."""
    words = text.split()
    odd = [at for at, word in enumerate(words) if not _is_plain(word)]
    if not odd:
        return words
    first, last = odd[0], odd[-1] + 1
    return [*words[:first], *_encoded(" ".join(words[first:last])), *words[last:]]


def _is_plain(word: str) -> bool:
    # A text that only looks like an encoded word must be read as it was written.
    return word.isascii() and word.isprintable() and len(word) <= _LONGEST_WORD and "=?" not in word


def mailbox(email: str, name: str) -> list[str]:
    """The words of `Name <email>`, or of `email` alone where there is no name (RFC 5322 3.4)."""
    return [*_phrase(name), f"<{email}>"] if name else [email]


def _phrase(name: str) -> list[str]:
    words = name.split()
    if all(_ATOM.issuperset(word) and _is_plain(word) for word in words):
        return words
    shown = " ".join(words)
    if shown.isascii() and shown.isprintable() and "=?" not in shown:
        quoted = shown.replace("\\", "\\\\").replace('"', '\\"')
        if len(quoted) <= _LONGEST_QUOTED:
            return [f'"{quoted}"']
    return list(_encoded(shown))


def _encoded(text: str) -> Iterator[str]:
    """Encoded words of whole characters; the blanks between such words are none of the text."""
    chunk = b""
    for character in text:
        raw = character.encode()
        if len(chunk) + len(raw) > _ROOM:
            yield _word(chunk)
            chunk = b""
        chunk += raw
    yield _word(chunk)


def _word(chunk: bytes) -> str:
    return f"=?utf-8?b?{b64encode(chunk).decode()}?="
