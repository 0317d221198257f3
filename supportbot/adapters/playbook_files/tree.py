"""YAML as a tree in which every scalar is the text that was written, and knows its place.

Nothing is guessed from a value's look: `no` is no boolean, `10:30` no number. What YAML has beyond
lists, mappings and texts (anchors, aliases, tags, several documents) is refused, and nesting is
bounded before anything recurses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from supportbot.adapters.playbook_files.faults import Fault, quoted
from supportbot.adapters.playbook_files.syntax import syntax_fault

DEEPEST_NESTING = 20

Path = tuple[str | int, ...]
"""The way from the top of a file to a value in it: keys, and places in lists from 0."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; None where nothing at all was written."""

    mark: Mark
    text: str | None


@dataclass(frozen=True, slots=True)
class Items:
    mark: Mark
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping; the marks of `keys` are the keys' own."""

    mark: Mark
    keys: dict[str, Mark]
    values: dict[str, Node]


Node = Scalar | Items | Entries
Plain = str | None | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True)
class Document:
    """A file that could be read; `faults` are what was skipped in it."""

    file: str
    root: Node
    faults: tuple[Fault, ...]

    def plain(self) -> Plain:
        """The values alone: texts, lists, dicts, None."""
        return _plain(self.root)

    def find(self, path: Path) -> Node:
        """The value that the path leads to, or as near to it as the file goes.

        Forms see a list where one value was written, and a mapping where a list was; such steps of
        the path, which the file has not, are passed over.
        """
        node = self.root
        for part in path:
            if isinstance(node, Items) and isinstance(part, str):
                continue
            following = _child(node, part)
            if following is None:
                break
            node = following
        return node

    def mapping(self, *path: str) -> dict[str, Node]:
        """The values of the mapping at this path, by their keys; none where there is no mapping."""
        node: Node | None = self.root
        for part in path:
            node = _child(node, part) if isinstance(node, Entries) else None
        return node.values if isinstance(node, Entries) else {}

    def key_mark(self, path: Path) -> Mark:
        """Where the key that the path ends in is written."""
        node = self.find(path[:-1])
        if isinstance(node, Entries):
            return node.keys.get(str(path[-1]), node.mark)
        return node.mark

    def blanks(self) -> Iterator[Mark]:
        """The keys and dashes that announce something where nothing is written."""
        waiting = [(self.root.mark, self.root)]
        while waiting:
            mark, node = waiting.pop()
            if isinstance(node, Entries):
                waiting += ((node.keys[key], value) for key, value in node.values.items())
            elif isinstance(node, Items):
                waiting += ((item.mark, item) for item in node.items)
            elif node.text is None:
                yield mark


def read(file: str, text: str) -> Document | Fault:
    """The tree of a YAML text, or the fault that makes it unreadable as a whole."""
    reader = _Reader(file, text)
    try:
        root = reader.document()
    except _Refused as refused:
        return refused.fault
    except yaml.YAMLError as error:
        return syntax_fault(file, error)
    return Document(file, root, tuple(reader.faults))


class _Refused(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class _Reader:
    """Builds the tree from the parser's events, which come one by one, however deep they nest."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self.faults: list[Fault] = []
        # Always libyaml, which is in every wheel of PyYAML. PyYAML's own parser differs at edges (a
        # question mark in a list), and old decisions must come out the same on every machine.
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CBaseLoader)

    def document(self) -> Node:
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            return Scalar(Mark(1, 1), None)
        root = self._node(next(self._events), 0)
        next(self._events)
        further = next(self._events)
        if not isinstance(further, yaml.StreamEndEvent):
            raise self._refusal(further, "a second document begins here", "delete the line of ---")
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self._refuse_extras(event)
        if depth > DEEPEST_NESTING:
            raise self._refusal(event, f"lists and mappings nest more than {DEEPEST_NESTING} deep")
        if isinstance(event, yaml.ScalarEvent):
            # A style is a kind of quote.
            empty = not event.value and not event.style
            return Scalar(_mark(event), None if empty else event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(_mark(event), tuple(self._items(depth + 1)))
        return self._entries(event, depth + 1)

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth)

    def _entries(self, start: yaml.Event, depth: int) -> Entries:
        found = Entries(_mark(start), {}, {})
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth)
            value = self._node(next(self._events), depth)
            if not isinstance(key, Scalar) or key.text is None:
                raise self._refusal(
                    event, "a key must be a name", "a text that begins with { or [ needs quotes"
                )
            if key.text in found.keys:
                first = found.keys[key.text].line
                message = f"{quoted(key.text)} stands here a second time, first in line {first}"
                self.faults.append(self._fault(event, message, "keep one of the two"))
                continue
            found.keys[key.text], found.values[key.text] = key.mark, value
        return found

    def _refuse_extras(self, event: yaml.Event) -> None:
        anchor: str | None = getattr(event, "anchor", None)
        tag: str | None = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            mend = "write the value out; a text that begins with * needs quotes"
            raise self._refusal(event, f"*{anchor} refers to another place", mend)
        if anchor:
            mend = "leave it out; a text that begins with & needs quotes"
            raise self._refusal(event, f"&{anchor} names a place", mend)
        if tag:
            mend = "leave it out; a text that begins with ! needs quotes"
            raise self._refusal(event, f"{tag} sets a type", mend)

    def _refusal(self, event: yaml.Event, message: str, mend: str = "") -> _Refused:
        return _Refused(self._fault(event, message, mend))

    def _fault(self, event: yaml.Event, message: str, mend: str) -> Fault:
        mark = _mark(event)
        return Fault(self._file, mark.line, mark.column, message, mend)


def _mark(event: yaml.Event) -> Mark:
    start = event.start_mark
    return Mark(start.line + 1, start.column + 1) if start else Mark(1, 1)


def _child(node: Node, part: str | int) -> Node | None:
    if isinstance(node, Entries):
        return node.values.get(str(part))
    if isinstance(node, Items) and isinstance(part, int) and part < len(node.items):
        return node.items[part]
    return None


def _plain(node: Node) -> Plain:
    if isinstance(node, Entries):
        return {key: _plain(value) for key, value in node.values.items()}
    if isinstance(node, Items):
        return [_plain(item) for item in node.items]
    return node.text
