"""What was measured, as one table: ours, what stands beside it, and whether the aim is met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, Self

_HEAD = ("what", "supportbot", "beside it", "", "ratio", "aim", "met")


@dataclass(frozen=True, slots=True)
class Aim:
    """`of` the figure itself, or of its ratio to what stands beside it."""

    of: Literal["figure", "ratio"]
    sign: Literal["≤", "≥"]
    bound: float

    def met_by(self, value: float) -> bool:
        return value <= self.bound if self.sign == "≤" else value >= self.bound


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of ours and the same of a peer or a floor, in `unit`.

    Where both were measured in turn, `ratios` are those of the rounds: their median travels better
    than the ratio of two medians, and their spread tells how well.
    """

    what: str
    unit: str
    ours: float
    peer: str
    theirs: float
    aim: Aim | None = None
    ratios: tuple[float, ...] = ()

    @classmethod
    def in_turn(
        cls,
        what: str,
        unit: str,
        ours: Sequence[float],
        peer: str,
        theirs: Sequence[float],
        aim: Aim | None = None,
    ) -> Self:
        """Of figures that were taken round by round, one after the other."""
        ratios = tuple(mine / other for mine, other in zip(ours, theirs, strict=True))
        return cls(what, unit, median(ours), peer, median(theirs), aim, ratios)

    @property
    def ratio(self) -> float:
        return median(self.ratios) if self.ratios else self.ours / self.theirs

    @property
    def met(self) -> str:
        if self.aim is None:
            return ""
        return "yes" if self.aim.met_by(self._aimed_at) else "no"

    def cells(self) -> tuple[str, ...]:
        return (
            self.what,
            _number(self.ours, self.unit),
            self.peer,
            _number(self.theirs, self.unit),
            f"{_ratio(self.ratio)} ×{self._spread()}",
            self._aim(),
            self.met,
        )

    @property
    def _aimed_at(self) -> float:
        return self.ratio if self.aim is not None and self.aim.of == "ratio" else self.ours

    def _spread(self) -> str:
        if not self.ratios:
            return ""
        return f" ({_ratio(min(self.ratios))}–{_ratio(max(self.ratios))})"

    def _aim(self) -> str:
        if self.aim is None:
            return ""
        unit = "×" if self.aim.of == "ratio" else self.unit
        return f"{self.aim.sign} {_number(self.aim.bound, unit)}"


def render(lines: Sequence[Line]) -> str:
    """A table in Markdown that is read as well in a terminal."""
    rows = [_HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    head, *body = (
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    )
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([head, rule, *body])


def _ratio(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _number(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 1 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
