"""The timeline: what went out, and what came due, each with the time and the reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """`to` is a person's key, a channel, a mail address, a repository, or None for a timer.

    `channel` is slack, mail, github, timer or desk; `step` the policy's step, from 1. `at` is aware
    UTC.
    """

    at: datetime
    to: str | None
    channel: str
    kind: str
    ticket: str | None
    step: int | None
    reason: str


def as_json(rows: list[Row]) -> list[dict[str, Any]]:
    """The rows with the names and types of `simulate --json`."""
    return [{**asdict(row), "at": row.at.isoformat()} for row in rows]
