"""Places in the files, and the faults found there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from supportbot.adapters.playbook_files.faults import (
    MOST_FAULTS,
    Fault,
    Unreadable,
    did_you_mean,
    quoted,
)
from supportbot.adapters.playbook_files.tree import Document, Mark, Path

T = TypeVar("T")


class Faults:
    """Collects what is wrong in all the files."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    @property
    def full(self) -> bool:
        """Whether there are enough; a file of another kind altogether would make thousands."""
        return len(self.found) >= MOST_FAULTS

    def add(self, fault: Fault) -> None:
        if not self.full:
            self.found.append(fault)


@dataclass(frozen=True, slots=True)
class NameSet:
    """The names of one kind; not `complete` when a file that holds some could not be read.

    Then every name is taken for known, so that one mistake is told once.
    """

    names: frozenset[str]
    complete: bool = True

    def __contains__(self, name: str) -> bool:
        return name in self.names or not self.complete

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)


@dataclass(frozen=True, slots=True)
class At:
    """A value in a file, by the way to it from the top."""

    document: Document
    faults: Faults
    path: Path = ()

    def to(self, *further: str | int) -> At:
        return At(self.document, self.faults, self.path + further)

    @property
    def line(self) -> int:
        return self.document.find(self.path).mark.line

    def fault(self, message: str, mend: str = "") -> None:
        """Note what is wrong with the value."""
        self._add(self.document.find(self.path).mark, message, mend)

    def fault_in_key(self, message: str, mend: str = "") -> None:
        """Note what is wrong with the key that the value stands under."""
        self._add(self.document.key_mark(self.path), message, mend)

    def knows(self, what: str, name: str, names: NameSet) -> bool:
        """Whether there is something of this name; if not, notes which may be meant."""
        if name in names:
            return True
        if not self.faults.full:
            mend = did_you_mean(name, names.names) or f"the playbooks have no {what} yet"
            self.fault(f"unknown {what} {quoted(name)}", mend)
        return False

    def all_known(self, what: str, wanted: Iterable[str], names: NameSet) -> None:
        """The same for each value of a list."""
        for number, name in enumerate(wanted):
            self.to(number).knows(what, name, names)

    def attempt(self, make: Callable[[], T]) -> T | None:
        """What `make` makes; a ValueError of it is a fault here."""
        try:
            return make()
        except Unreadable as error:
            self.fault(error.message, error.mend)
        except ValueError as error:
            self.fault(str(error))
        return None

    def _add(self, mark: Mark, message: str, mend: str) -> None:
        self.faults.add(Fault(self.document.file, mark.line, mark.column, message, mend))
