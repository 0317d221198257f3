"""What is wrong with the playbooks, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

MOST_FAULTS = 200
_LONGEST_QUOTE = 60


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One mistake; `file` is relative to the playbooks' folder, line and column count from 1."""

    file: str
    line: int
    column: int
    message: str
    mend: str = ""

    def __str__(self) -> str:
        mend = f" — {self.mend}" if self.mend else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{mend}"


class PlaybookFaults(Exception):
    """The playbooks cannot be used; `faults` are all that was found, in the order of the files."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


class Unreadable(ValueError):
    """A value that means nothing where it stands; `mend` is what would."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


def quoted(value: str) -> str:
    """What somebody wrote, on one line and not too long."""
    return repr(value if len(value) <= _LONGEST_QUOTE else value[:_LONGEST_QUOTE] + "…")


def did_you_mean(wrong: str, right: Collection[str], *, every: str = "known are") -> str:
    """The name nearest to the wrong one, or all there are while they fit on a line."""
    by_fold = {name.casefold(): name for name in right}
    near = get_close_matches(wrong.casefold(), by_fold, n=1, cutoff=0.6)
    if near:
        return f"did you mean {by_fold[near[0]]!r}?"
    listed = ", ".join(sorted(right))
    return f"{every} {listed}" if right and len(listed) <= 200 else ""
