"""HTML as the lines a person would read. It renders nothing and follows nothing.

A scanner of its own, in linear time: the standard HTMLParser takes quadratic time on unclosed
comments and tags (CVE-2025-6069) in Pythons that are still about.
"""

from __future__ import annotations

import html
from collections.abc import Iterator

_LONGEST = 2_000_000
_LONGEST_TAG = 20_000
_DEEPEST = 200
_DEEPEST_QUOTE = 10

_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript", "object"})
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt",
    "fieldset", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li",
    "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
))  # fmt: skip
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre"})
_VOID = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "wbr",
))  # fmt: skip
# Where mail programs put what is answered; a forwarded message is not marked so by any of them.
_QUOTES = ("gmail_quote", "yahoo_quoted", "protonmail_quote", "zmail_extra", "moz-cite-prefix")


def html_text(source: str) -> str:
    """The text of an HTML document; each line of what it quotes begins with `> `."""
    page = _Page()
    for kind, value in _tokens(source[:_LONGEST]):
        if kind == "text":
            page.write(value)
        elif kind == "open":
            page.open(value)
        else:
            page.close(value)
    return page.text()


class _Page:
    """Lines under construction, the open elements, and how deep in quotes they are."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._quotes = 0
        self._unseen = 0
        self._pre = 0

    def write(self, text: str) -> None:
        if self._unseen:
            return
        text = _unescaped(text)
        if not self._pre:
            blank_first, blank_last = text[:1].isspace(), text[-1:].isspace()
            words = " ".join(text.split())
            if not words:
                words, blank_first, blank_last = "", True, False
            text = (" " if blank_first else "") + words + (" " if blank_last else "")
            self._line.append(text)
            return
        first, *rest = text.split("\n")
        self._line.append(first)
        for line in rest:
            self._break()
            self._line.append(line)

    def open(self, tag: str) -> None:
        name, _, attributes = tag.partition(" ")
        if name == "br":
            self._break()
        elif name in ("td", "th"):
            self._line.append(" ")
        elif name in _BLOCKS:
            self._block(name)
        if name == "li":
            self._line.append("- ")
        if name in _VOID or attributes.endswith("/") or len(self._open) >= _DEEPEST:
            return
        quotes = name == "blockquote" or _is_quote(name, attributes)
        self._open.append((name, quotes))
        self._quotes += quotes
        self._unseen += name in _UNSEEN
        self._pre += name == "pre"

    def close(self, name: str) -> None:
        if name in _BLOCKS:
            self._block(name)
        for back in range(1, min(len(self._open), 20) + 1):
            if self._open[-back][0] == name:
                for closed, quotes in self._open[-back:]:
                    self._quotes -= quotes
                    self._unseen -= closed in _UNSEEN
                    self._pre -= closed == "pre"
                del self._open[-back:]
                return

    def text(self) -> str:
        if self._line:
            self._break()
        return "\n".join(self._lines).strip("\n")

    def _block(self, name: str) -> None:
        if any(piece.strip() for piece in self._line):
            self._break()
        self._line.clear()
        if name in _SPACED and self._lines and self._lines[-1].strip("> "):
            self._line.append("")
            self._break()

    def _break(self) -> None:
        line = "".join(self._line)
        line = line.rstrip() if self._pre else _squeezed(line)
        if self._quotes:
            line = "> " * min(self._quotes, _DEEPEST_QUOTE) + line
        self._lines.append(line.rstrip())
        self._line.clear()


def _squeezed(line: str) -> str:
    return " ".join(line.replace("\xa0", " ").split())


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    try:
        return html.unescape(text)
    except (ValueError, OverflowError):  # a number of thousands of digits
        return text


def _is_quote(name: str, attributes: str) -> bool:
    return name == "div" and any(mark in attributes for mark in _QUOTES)


def _tokens(source: str) -> Iterator[tuple[str, str]]:
    """`text`, `open` (name and attributes) and `close` (name), in their order."""
    at, last = 0, _LastEnds(source)
    while (start := source.find("<", at)) >= 0:
        if start > at:
            yield "text", source[at:start]
        following = source[start + 1 : start + 2]
        if source.startswith("<!--", start):
            end = last.find("-->", start + 2)
            at = end + 3 if end >= 0 else _after_tag(source, start)
        elif following.isalpha() or following in ("/", "!", "?"):
            at = _after_tag(source, start)
            inner = source[start + 1 : at - 1].strip()[:_LONGEST_TAG]
            if following == "/":
                yield "close", inner[1:].strip().casefold()
            elif following.isalpha():
                yield "open", " ".join(inner.casefold().split())
                at = _after_raw_text(last, inner, at)
        else:
            yield "text", "<"
            at = start + 1
    if at < len(source):
        yield "text", source[at:]


def _after_tag(source: str, start: int) -> int:
    """Where the tag that begins at `start` ends; a `>` inside quotes does not end it."""
    end = source.find(">", start, start + _LONGEST_TAG)
    for _ in range(5):
        if end < 0 or source.count('"', start, end) % 2 == 0:
            break
        end = source.find(">", end + 1, start + _LONGEST_TAG)
    if end < 0:
        end = source.find(">", start, start + _LONGEST_TAG)
    return end + 1 if end >= 0 else min(start + _LONGEST_TAG, len(source))


def _after_raw_text(last: _LastEnds, inner: str, at: int) -> int:
    """Scripts and styles hold no markup: go on where they end."""
    name = inner.casefold().split(maxsplit=1)[0]
    if name not in ("script", "style"):
        return at
    ends = [last.find(f"</{name}", at), last.find(f"</{name.upper()}", at)]
    return min((end for end in ends if end >= 0), default=at)


class _LastEnds:
    """Finds closings, and never searches twice for one that does not come."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._last: dict[str, int] = {}

    def find(self, closing: str, at: int) -> int:
        if closing not in self._last:
            self._last[closing] = self._source.rfind(closing)
        return self._source.find(closing, at) if at <= self._last[closing] else -1
