"""How a replay is shown: for people, for programs, and in a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from supportbot.application.replay import Changed, DecidedBy
from supportbot.domain.ticket.ticket import reference
from supportbot.entrypoints.cli.output import Json, shown, table

# GitHub refuses a comment of more than 65,536 characters.
_MOST_IN_A_COMMENT = 200
_HEAD = ("TICKET", "WHAT", "OLD", "NEW", "DECIDED BY")


def change_json(changed: Changed) -> Json:
    differences = {
        name: {"old": old, "new": new} for name, (old, new) in changed.differences.items()
    }
    return {
        "ticket": reference(changed.ticket),
        "at": changed.at.isoformat(),
        "changes": differences,
        "rule": {"old": _rule_json(changed.old_rule), "new": _rule_json(changed.new_rule)},
    }


def _rule_json(rule: DecidedBy) -> Json:
    return {"rule": rule.rule, "file": rule.file, "line": rule.line}


def as_text(summary: Json, changed: Sequence[Changed]) -> str:
    lines = [f"{_title(summary, changed)} ({summary['old']} → {summary['new']})."]
    if changed:
        lines += ["", table([_HEAD, *(row for one in changed for row in _rows(one))])]
    return "\n".join(lines)


def as_markdown(summary: Json, changed: Sequence[Changed]) -> str:
    lines = [
        f"### {_title(summary, changed)}",
        "",
        f"Playbooks: {_cell(summary['old'])} → {_cell(summary['new'])}",
    ]
    if changed:
        rows = [row for one in changed[:_MOST_IN_A_COMMENT] for row in _rows(one)]
        lines += [
            "",
            "| ticket | what | old | new | decided by |",
            "| --- | --- | --- | --- | --- |",
        ]
        lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    if len(changed) > _MOST_IN_A_COMMENT:
        lines += ["", f"… and {len(changed) - _MOST_IN_A_COMMENT} more."]
    return "\n".join(lines)


def _title(summary: Json, changed: Sequence[Changed]) -> str:
    count = summary["tickets"]
    tickets = "1 past ticket" if count == 1 else f"{count:,} past tickets"
    changes = "1 changes" if len(changed) == 1 else f"{len(changed):,} change"
    return f"{tickets} since {summary['since'][:10]}: {changes if changed else 'nothing changes'}"


def _rows(changed: Changed) -> list[tuple[str, ...]]:
    """A row for each thing that differs; the rules stand in the first."""
    rule = _rules(changed)
    rows: list[tuple[str, ...]] = []
    for name, (old, new) in changed.differences.items():
        ticket = reference(changed.ticket) if not rows else ""
        rows.append((ticket, name.replace("_", " "), _said(old), _said(new), rule))
        rule = ""
    return rows


def _rules(changed: Changed) -> str:
    old, new = str(changed.old_rule), str(changed.new_rule)
    return old if old == new else f"{old} → {new}"


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "nobody"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value is not None else "none"


def _cell(text: str) -> str:
    """Text as a cell of a table, in which nothing is markup and nobody is mentioned."""
    plain = " ".join(shown(text).split()).replace("\\", "\\\\")
    for mark in "|`*_[]<>~#":
        plain = plain.replace(mark, f"\\{mark}")
    return plain.replace("@", " at ")
