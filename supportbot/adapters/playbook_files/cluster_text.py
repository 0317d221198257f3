"""Entries of communities.yaml as text, and put between the lines of a file that people wrote.

Nothing that they wrote is changed: an entry goes in only where the file after it says all that it
said before and the entry, and nothing else. Otherwise it is left to a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from supportbot.adapters.playbook_files.cluster_import import Entry
from supportbot.adapters.playbook_files.tree import Document, Entries, Mark, Plain, read

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ._/-]{0,60}[A-Za-z0-9]|[A-Za-z]")
# What YAML's readers may take for something else.
_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


def as_yaml(entries: Sequence[Entry], providers: Mapping[str, str | None]) -> str:
    """The entries as a file of communities, with what a person has to add."""
    said = (f"{name} ({provider})" if provider else name for name, provider in providers.items())
    lines = [
        "# Imported from files of deployments. What they do not know is for a person to add:",
        "# representatives, mail_domains, slack_channels and time_zone of each community.",
        f"# Clusters: {', '.join(said) or 'none'}.",
        "communities:" if entries else "communities: {}",
        *(line for entry in entries for line in _community(entry, "  ", "  ")),
    ]
    return "\n".join(lines) + "\n"


def _community(entry: Entry, indent: str, step: str) -> list[str]:
    inside = indent + step
    name = [f"{inside}name: {yaml_text(entry.name)}"]
    todo = [f"{inside}# representatives, mail_domains, slack_channels, time_zone: to be added"]
    head = [f"{indent}{entry.key}:", *(name + todo if entry.new else [])]
    return [*head, f"{inside}hubs:", *_hubs(entry, inside + step)]


def _hubs(entry: Entry, indent: str) -> list[str]:
    return [
        f"{indent}{key}: {{url: {json.dumps(hub.url)}, cluster: {yaml_text(hub.cluster)}}}"
        for key, hub in entry.hubs.items()
    ]


def yaml_text(text: str) -> str:
    """A text as YAML has it, plain where that is safe."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Added:
    """The file with what could be added, and the entries that a person has to put in."""

    text: str
    added: tuple[Entry, ...]
    left: tuple[Entry, ...]


def into(file: str, text: str, document: Document, entries: Sequence[Entry]) -> Added:
    """Put each entry between the lines of the text, unless the file then said anything else."""
    added: list[Entry] = []
    left: list[Entry] = []
    for entry in entries:
        changed = _with(text, document, entry)
        fresh = read(file, changed) if changed is not None else None
        wanted = _merged(document.plain(), entry)
        sound = isinstance(fresh, Document) and not fresh.faults and fresh.plain() == wanted
        if changed is None or not sound or not isinstance(fresh, Document):
            left.append(entry)
            continue
        text, document = changed, fresh
        added.append(entry)
    return Added(text, tuple(added), tuple(left))


def _merged(plain: Plain, entry: Entry) -> Plain:
    """What the file has to say afterwards: all it said, and the entry."""
    top = dict(plain) if isinstance(plain, dict) else {}
    found = top.get("communities")
    communities = dict(found) if isinstance(found, dict) else {}
    said = communities.get(entry.key)
    community: dict[str, Plain] = dict(said) if isinstance(said, dict) else {"name": entry.name}
    hubs = community.get("hubs")
    new: dict[str, Plain] = {
        key: {"url": hub.url, "cluster": hub.cluster} for key, hub in entry.hubs.items()
    }
    community["hubs"] = {**(hubs if isinstance(hubs, dict) else {}), **new}
    communities[entry.key] = community
    return {**top, "communities": communities}


def _with(text: str, document: Document, entry: Entry) -> str | None:
    """The text with the lines of an entry; None where there is no place for them."""
    lines = text.split("\n")
    top = document.root
    communities = document.mapping().get("communities")
    if not isinstance(top, Entries) or not isinstance(communities, Entries):
        return None
    if entry.new:
        first = _first(communities)
        fresh = _community(entry, " " * (first.column - 1), "  ")
        begins = top.keys["communities"].line
        if begins == max(mark.line for mark in top.keys.values()):
            return "\n".join([*text.rstrip("\n").split("\n"), *fresh, ""])
        return _inserted(lines, first.line, begins, fresh)
    community = communities.values.get(entry.key)
    if not isinstance(community, Entries):
        return None
    hubs = community.values.get("hubs")
    if isinstance(hubs, Entries):
        first = _first(hubs)
        fresh = _hubs(entry, " " * (first.column - 1))
        return _inserted(lines, first.line, community.keys["hubs"].line, fresh)
    first = _first(community)
    inside = " " * (first.column - 1)
    fresh = [f"{inside}hubs:", *_hubs(entry, inside + "  ")]
    return _inserted(lines, first.line, communities.keys[entry.key].line, fresh)


def _first(entries: Entries) -> Mark:
    """Where the first of its keys stands; where it would stand in one that is empty."""
    marks = entries.keys.values()
    return min(marks, key=lambda mark: (mark.line, mark.column), default=entries.mark)


def _inserted(lines: Sequence[str], line: int, begins: int, fresh: Sequence[str]) -> str:
    """Before a line and the comments above it that are its own; `begins` is where its mapping does.

    Lines count from 1.
    """
    before = line - 1
    while before > begins and lines[before - 1].lstrip().startswith("#"):
        before -= 1
    return "\n".join([*lines[:before], *fresh, *lines[before:]])
