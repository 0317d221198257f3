"""How answers are written: JSON for programs, plain lines and tables for people."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

# What reporters write may hold escape sequences, or turn the direction of the line.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def print_json(value: object) -> None:
    """One JSON document in ASCII, which no terminal and no pipe can spoil."""
    click.echo(json.dumps(value, indent=2))


def print_text(text: str) -> None:
    """Lines for people, without anything that would command their terminal."""
    click.echo(shown(text))


def shown(text: str) -> str:
    """The text without control characters, line ends excepted."""
    expanded = text.replace("\t", " ")
    if expanded.isascii() and expanded.replace("\n", "").isprintable():
        return expanded
    return "".join(c for c in expanded if c == "\n" or unicodedata.category(c) not in _UNSEEN)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns of equal width, each cell on one line; the last column is as long as it likes."""
    cells = [[" ".join(shown(cell).split()) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def utc_words(at: datetime | None) -> str:
    """`2026-11-24 14:05 UTC`, to the minute; nothing for None. `at` is aware UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else ""


def refused(reason: str, as_json: bool) -> None:
    """Say why not: as JSON on standard output, for people on standard error."""
    if as_json:
        print_json({"refused": reason})
    else:
        click.echo(f"Refused: {shown(reason)}", err=True)


Json = dict[str, Any]
