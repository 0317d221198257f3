"""A quarter of a year, in UTC: the stretch over which load is compared and turns are planned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_SAID = re.compile(r"(20\d\d)-?Q([1-4])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quarter:
    """`number` is 1 to 4."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def start(self) -> datetime:
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        return self.next.start

    @property
    def next(self) -> Quarter:
        last = self.number == 4
        return Quarter(self.year + last, 1 if last else self.number + 1)

    @property
    def before(self) -> Quarter:
        first = self.number == 1
        return Quarter(self.year - first, 4 if first else self.number - 1)


def quarter_of(at: datetime) -> Quarter:
    """The quarter in which `at` (aware) falls."""
    day = at.astimezone(UTC)
    return Quarter(day.year, (day.month + 2) // 3)


def quarter_said(said: str) -> Quarter:
    """The quarter of a text such as `2026Q4`. Raises ValueError, which says how to write one."""
    found = _SAID.fullmatch(said.strip().upper())
    if found is None:
        raise ValueError(f"{said[:40]!r} is no quarter: write a year and a quarter, such as 2026Q4")
    return Quarter(int(found[1]), int(found[2]))
