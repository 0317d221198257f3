"""The header block of a message or of one of its parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from supportbot.adapters.mail.encoded_words import header_text
from supportbot.domain.triage.message import is_for_rules

_MOST_HEADERS = 1_000
_LONGEST_HEADER = 100_000
_LONGEST_DATE = 120
_PRINTABLE = bytes(range(0x21, 0x7F))


@dataclass(frozen=True, slots=True)
class Headers:
    """Raw values by name in lower case, each name's in the order they were written."""

    raw: dict[str, list[bytes]]
    cut: bool = False  # there were more, or longer ones, than are read

    def all(self, name: str, charset: str | None = None) -> list[str]:
        """Every value of a header, decoded."""
        return [header_text(value, charset) for value in self.raw.get(name, ())]

    def get(self, name: str, charset: str | None = None) -> str:
        """The first value of a header, decoded; empty when there is none."""
        values = self.raw.get(name)
        return header_text(values[0], charset) if values else ""

    def __contains__(self, name: str) -> bool:
        return name in self.raw


def split_head(message: bytes) -> tuple[Headers, bytes]:
    """The headers, and the body as it stands after them.

    A line that is no header ends them, too, and belongs to the body: better a header shown as
    text than a text lost.
    """
    fields: list[tuple[str, list[bytes]]] = []
    cut, end = False, len(message)
    for start, line, after in _lines(message):
        if not line:
            if not fields:
                continue  # blank lines before the first header
            end = after
            break
        # A line of nothing but blanks is folding, however odd: the headers go on.
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1].append(line)
            continue
        name, colon, value = line.partition(b":")
        if not colon or not _is_name(name):
            if not fields and line.startswith((b"From ", b">From ")):
                continue  # an mbox's own line
            end = start
            break
        if len(fields) < _MOST_HEADERS:
            fields.append((name.rstrip().decode("ascii").casefold(), [value]))
        else:
            cut, fields[-1] = True, ("x-more", [])
    return _joined(fields, cut), message[end:]


def _lines(message: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Start, content and end of each line; \\r\\n, \\n or a lone \\r may end it."""
    lone = b"\n" not in message[:_LONGEST_HEADER] and b"\r" in message[:_LONGEST_HEADER]
    ending, start = b"\r" if lone else b"\n", 0
    while start < len(message):
        stop = message.find(ending, start)
        after = len(message) if stop < 0 else stop + 1
        yield start, message[start:after].rstrip(b"\r\n"), after
        start = after


def _is_name(name: bytes) -> bool:
    """Printable ASCII without blanks (RFC 5322 2.2); a blank before the colon is let pass."""
    name = name.rstrip(b" \t")
    return 0 < len(name) <= 200 and not name.translate(None, _PRINTABLE)


def _joined(fields: list[tuple[str, list[bytes]]], cut: bool) -> Headers:
    raw: dict[str, list[bytes]] = {}
    for name, lines in fields:
        value = b"".join(lines)
        cut = cut or len(value) > _LONGEST_HEADER
        raw.setdefault(name, []).append(value[:_LONGEST_HEADER])
    return Headers(raw, cut)


_MOST_ASKED_FOR = 40
_LONGEST_ASKED_FOR = 300


def asked_for(headers: Headers) -> dict[str, str]:
    """The headers that a rule may ask for, by their names in lower case; of each the first, on one
    line."""
    names = filter(is_for_rules, headers.raw)
    kept = [name for name, _ in zip(names, range(_MOST_ASKED_FOR), strict=False)]
    return {name: " ".join(headers.get(name).split())[:_LONGEST_ASKED_FOR] for name in kept}


def moment(text: str) -> datetime | None:
    """A Date header's instant in aware UTC (RFC 5322 3.3); None where it names none."""
    text = text[:_LONGEST_DATE].strip()
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return None
    try:
        # RFC 5322: -0000 tells UTC and hides the sender's zone.
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
