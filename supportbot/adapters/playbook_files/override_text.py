"""Overrides put between the lines of a rotations.yaml that people wrote.

As with hubs (`cluster_text`), they go in only where the file after it says all that it said before
and the overrides, and nothing else. Otherwise they are left to a person.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from supportbot.adapters.playbook_files.cluster_text import yaml_text
from supportbot.adapters.playbook_files.tree import Document, Entries, Items, Plain, read
from supportbot.domain.on_call.rotation import Override
from supportbot.domain.on_call.wall_clock import zone


def items(overrides: Sequence[Override], zone_name: str, indent: str) -> list[str]:
    """A line of YAML for each, in the list `overrides`; times are those of the zone."""
    return [f"{indent}- {{{_written(_said(one, zone_name))}}}" for one in overrides]


def with_overrides(
    text: str, document: Document, rotation: str, overrides: Sequence[Override], zone_name: str
) -> str | None:
    """The file with the overrides after those that the rotation has; None where it has no place."""
    found = document.mapping("rotations").get(rotation)
    if not isinstance(found, Entries) or not found.keys:
        return None
    changed = _inserted(text.split("\n"), found, overrides, zone_name)
    fresh = read(document.file, changed) if changed is not None else None
    wanted = _merged(document.plain(), rotation, [_said(one, zone_name) for one in overrides])
    sound = isinstance(fresh, Document) and not fresh.faults and fresh.plain() == wanted
    return changed if sound else None


def _said(override: Override, zone_name: str) -> dict[str, str]:
    start, end = (at.astimezone(zone(zone_name)) for at in (override.start, override.end))
    said = {
        "from": start.isoformat(timespec="minutes"),
        "to": end.isoformat(timespec="minutes"),
        "replace": override.replace or "",
        "with": override.with_ or "",
        "reason": override.reason,
    }
    return {key: value for key, value in said.items() if value}


def _written(said: dict[str, str]) -> str:
    # Instants are plain in YAML, too, where nothing but texts is read.
    return ", ".join(
        f"{key}: {value if key in ('from', 'to') else _text(value)}" for key, value in said.items()
    )


def _text(value: str) -> str:
    # A colon or a comma would end a plain text inside braces.
    return yaml_text(value) if value.isidentifier() else json.dumps(value, ensure_ascii=False)


def _merged(plain: Plain, rotation: str, said: Sequence[dict[str, str]]) -> Plain:
    top = dict(plain) if isinstance(plain, dict) else {}
    rotations = top.get("rotations")
    every = dict(rotations) if isinstance(rotations, dict) else {}
    one = every.get(rotation)
    found = dict(one) if isinstance(one, dict) else {}
    before = found.get("overrides")
    fresh: list[Plain] = [dict(one) for one in said]
    found["overrides"] = [*(before if isinstance(before, list) else []), *fresh]
    every[rotation] = found
    return {**top, "rotations": every}


def _inserted(
    lines: Sequence[str], rotation: Entries, overrides: Sequence[Override], zone_name: str
) -> str | None:
    there = rotation.values.get("overrides")
    if isinstance(there, Items) and there.items:
        last = there.items[-1].mark
        dash = lines[last.line - 1][: last.column - 1]
        if dash.strip() != "-":
            return None
        indent = dash[: dash.index("-")]
        place = _end(lines, last.line, len(indent))
        return "\n".join([*lines[:place], *items(overrides, zone_name, indent), *lines[place:]])
    if there is not None:
        return None
    first = min(rotation.keys.values(), key=lambda mark: mark.line)
    indent = " " * (first.column - 1)
    place = _end(lines, max(mark.line for mark in rotation.keys.values()), len(indent))
    fresh = [f"{indent}overrides:", *items(overrides, zone_name, indent + "  ")]
    return "\n".join([*lines[:place], *fresh, *lines[place:]])


def _end(lines: Sequence[str], line: int, indent: int) -> int:
    """How many lines there are up to the end of what begins in that line (from 1)."""
    end = line
    for number in range(line, len(lines)):
        said = lines[number].strip()
        deep = len(lines[number]) - len(lines[number].lstrip())
        # A list may stand as far left as its key.
        if said and not (deep > indent or (deep == indent and said.startswith("- "))):
            break
        if said:
            end = number + 1
    return end
