"""A layer of shifts that are written down one by one, or stand in a calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from supportbot.domain.on_call.layer import LayerState, Seat
from supportbot.domain.on_call.wall_clock import spoken, utc


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody on from `start` to `end` (aware, end excluded).

    Raises ValueError when it ends before it starts.
    """

    person: str
    start: datetime
    end: datetime
    reason: str = ""

    def __post_init__(self) -> None:
        if utc(self.start) >= utc(self.end):
            raise ValueError(f"a shift must end after it starts, {self.start.isoformat()}")


class Roster(Protocol):
    """Shifts of these years. The same question has the same answer for ever."""

    @property
    def years(self) -> range:
        """Outside these years (UTC) no shift begins or ends."""

    def shifts_between(self, start: datetime, end: datetime) -> Sequence[Shift]:
        """Every shift, whole, of which some part lies from `start` to `end` (UTC, end excluded)."""


@dataclass(frozen=True, slots=True)
class OneOffs:
    """The shifts of a list."""

    shifts: tuple[Shift, ...]

    @property
    def years(self) -> range:
        edges = [edge.astimezone(UTC).year for edge in _edges(self.shifts)]
        return range(min(edges, default=0), max(edges, default=-1) + 1)

    def shifts_between(self, start: datetime, end: datetime) -> Sequence[Shift]:
        return [shift for shift in self.shifts if shift.start < end and start < shift.end]


@dataclass(frozen=True, slots=True)
class ShiftLayer:
    """Everybody who has a shift in the roster, of these people; `zone` is an IANA name.

    With the address of a `feed`, the roster stands elsewhere and is put in its place (`filled`).
    """

    name: str
    roster: Roster
    people: tuple[str, ...]
    zone: str = "UTC"
    feed: str = ""

    def filled(self, shifts: Sequence[Shift]) -> ShiftLayer:
        """The layer with these shifts, as they were last read."""
        people = tuple(dict.fromkeys(shift.person for shift in shifts))
        return replace(self, roster=OneOffs(tuple(shifts)), people=people)

    def state_at(self, at: datetime) -> LayerState:
        """Who has a shift at `at` (UTC), regardless of overrides."""
        now = self._of_year(at.year)
        seats: dict[str, Seat] = {}
        for shift in now:
            if shift.start <= at < shift.end:
                seats.setdefault(shift.person, Seat(shift.person, self._why(shift)))
        since, until = self._edge_before(at), self._edge_after(at)
        why = f"{self.name} is on" if seats else self._why_not(until)
        return LayerState(self.name, tuple(seats.values()), since, until, why)

    def _why_not(self, until: datetime | None) -> str:
        if self.feed and not self.people:
            return f"{self.name} is not known: its calendar stands elsewhere"
        told = f"{self.name} has no shift"
        return f"{told} until {spoken(until, self.zone)}" if until else told

    def _why(self, shift: Shift) -> str:
        told = f"shift in {self.name}, since {spoken(shift.start, self.zone)}"
        return f"{told}: {shift.reason}" if shift.reason else told

    def _edge_after(self, at: datetime) -> datetime | None:
        years = self.roster.years
        for year in range(max(at.year, years.start), years.stop):
            found = min((edge for edge in _edges(self._of_year(year)) if edge > at), default=None)
            # One that lies beyond this year may have another before it.
            if found and found <= _begin(year + 1):
                return found
        return None

    def _edge_before(self, at: datetime) -> datetime | None:
        years = self.roster.years
        for year in range(min(at.year, years.stop - 1), years.start - 1, -1):
            found = max((edge for edge in _edges(self._of_year(year)) if edge <= at), default=None)
            if found and found >= _begin(year):
                return found
        return None

    def _of_year(self, year: int) -> Sequence[Shift]:
        # Whole years, that a roster can keep what it has worked out.
        return self.roster.shifts_between(_begin(year), _begin(year + 1))


def _begin(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def _edges(shifts: Sequence[Shift]) -> Iterator[datetime]:
    for shift in shifts:
        yield shift.start
        yield shift.end
