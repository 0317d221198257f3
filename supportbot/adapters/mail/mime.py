"""The tree of a MIME message, walked into a flat list of its leaves (RFC 2046).

The standard parser recurses at each level and tries every open boundary on every line; this one
looks for one boundary a level and stops at bounds, so that hostile nesting costs nothing.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

from supportbot.adapters.mail.encoded_words import base64_bytes, quoted_bytes
from supportbot.adapters.mail.headers import Headers, split_head
from supportbot.adapters.mail.parameters import value_and_parameters

_DEEPEST = 30
_MOST_PARTS = 500
_LONGEST_BOUNDARY = 500


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that holds content. `raw` is still encoded; `group` numbers the alternatives."""

    headers: Headers
    raw: bytes
    content_type: str
    parameters: dict[str, str]
    disposition: str
    filename: str
    group: int | None

    def content(self) -> bytes:
        """The bytes, decoded as Content-Transfer-Encoding says, where it says it rightly."""
        encoding = self.headers.get("content-transfer-encoding").casefold().strip("\"'; ")
        if encoding == "base64":
            return base64_bytes(self.raw)
        if encoding == "quoted-printable":
            return quoted_bytes(self.raw)
        if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
            return _uudecoded(self.raw)
        return self.raw


@dataclass(slots=True)
class Tree:
    """What a walk found: leaves in order, the types of the multiparts, and what was left out."""

    leaves: list[Leaf] = field(default_factory=list)
    multiparts: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def walk(headers: Headers, body: bytes) -> Tree:
    """The leaves of a message with these headers and this body. Never raises."""
    tree = Tree()
    _walk(tree, headers, body, None, 0, "text/plain")
    return tree


def _walk(
    tree: Tree, headers: Headers, body: bytes, group: int | None, depth: int, default: str
) -> None:
    if len(tree.leaves) >= _MOST_PARTS:
        tree.note(f"more than {_MOST_PARTS} parts: the others were not read")
        return
    content_type, parameters = value_and_parameters(headers.get("content-type") or default)
    content_type = content_type if _is_type(content_type) else default
    if headers.cut:
        tree.note("too many or too long headers: the others were not read")
    if content_type.startswith("multipart/"):
        boundary = parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
        boundary = boundary if 0 < len(boundary) <= _LONGEST_BOUNDARY else _guessed(body)
        if depth >= _DEEPEST:
            tree.note(f"parts nested deeper than {_DEEPEST}: shown as one attachment")
            content_type = "application/octet-stream"
        elif boundary and (parts := _parts(body, boundary)) is not None:
            tree.multiparts.append((content_type, parameters))
            inside = len(tree.multiparts) if content_type == "multipart/alternative" else group
            inner = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
            for part in parts:
                _walk(tree, *split_part(part), inside, depth + 1, inner)
            return
        else:
            content_type = "text/plain"  # its boundary never comes: whatever it is, show it
    tree.leaves.append(_leaf(headers, body, content_type, parameters, group))


def split_part(part: bytes) -> tuple[Headers, bytes]:
    """Headers and body of a part, which unlike a message may begin with its body."""
    if part.startswith((b"\n", b"\r\n")):
        return Headers({}), part.removeprefix(b"\r").removeprefix(b"\n")
    return split_head(part)


def _leaf(
    headers: Headers, body: bytes, content_type: str, parameters: dict[str, str], group: int | None
) -> Leaf:
    disposition, named = value_and_parameters(headers.get("content-disposition"))
    filename = named.get("filename") or parameters.get("name") or ""
    # A name is a label, never a path: it comes from a stranger.
    filename = filename.replace("\r", "").replace("\n", "").replace("\0", "").strip()
    return Leaf(headers, body, content_type, parameters, disposition, filename, group)


def _parts(body: bytes, boundary: bytes) -> Iterator[bytes] | None:
    """Each part between the delimiters; None where there is no delimiter at all."""
    marks = _delimiters(body, b"--" + boundary)
    first = next(marks, None)
    return None if first is None else _between(body, first, marks)


def _between(
    body: bytes, first: tuple[int, int, bool], marks: Iterator[tuple[int, int, bool]]
) -> Iterator[bytes]:
    start, closed = first[1], first[2]
    for begin, end, closing in marks:
        if closed:
            return
        yield body[start:begin]
        start, closed = end, closing
    if not closed:
        yield body[start:]  # the end was cut off


def _delimiters(body: bytes, mark: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where each delimiter's line begins (its leading line break included) and ends, and whether
    it closes."""
    at = 0
    while (found := body.find(mark, at)) >= 0:
        at = found + len(mark)
        if found > 0 and body[found - 1 : found] not in (b"\n", b"\r"):
            continue
        stop = body.find(b"\n", at)
        end = len(body) if stop < 0 else stop + 1
        rest = body[at : min(end, at + 80)].strip()
        if rest not in (b"", b"--"):
            continue
        begin = found - 1 if found else 0
        if begin and body[begin - 1 : found] == b"\r\n":
            begin -= 1
        yield begin, end, rest == b"--"
        at = max(at, end - 1)


def _guessed(body: bytes) -> bytes:
    """The boundary that the first line which looks like a delimiter would have."""
    start = 0 if body.startswith(b"--") else body.find(b"\n--") + 1
    if start == 0 and not body.startswith(b"--"):
        return b""
    return body[start + 2 : start + 2 + _LONGEST_BOUNDARY].partition(b"\n")[0].strip()


def _is_type(content_type: str) -> bool:
    main, slash, sub = content_type.partition("/")
    return bool(main and slash and sub) and content_type.isprintable()


def _uudecoded(raw: bytes) -> bytes:
    out: list[bytes] = []
    begun = False
    for line in raw.split(b"\n"):
        line = line.rstrip(b"\r")
        if not begun:
            begun = line.startswith(b"begin ")
        elif line == b"end":
            break
        else:
            try:
                out.append(binascii.a2b_uu(line))
            except binascii.Error:
                continue
    return b"".join(out)
