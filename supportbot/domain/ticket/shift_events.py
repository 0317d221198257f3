"""What a change of shift does to a ticket that somebody has: it is handed over, kept, or not taken.

`until` is aware UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from supportbot.domain.ticket.events import Event, Line


@dataclass(frozen=True, slots=True)
class Handing:
    """The owner of a line went off shift: those who came on are to take it `until` then."""

    line: Line
    outgoing: str
    incoming: tuple[str, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class Keeping:
    """Somebody who is off shift has a line all the same, and means it, `until` then."""

    line: Line
    person: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftHandedOver(Event):
    """The shift of `outgoing`, who owns this line, is over; both have it until somebody takes it.

    At `until` it goes up one level."""

    line: Line
    outgoing: str
    incoming: tuple[str, ...]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Event):
    """The owner of a line is off shift and has it until then; None: they are on call again, or
    nobody else is. `by` is None where they did not ask, but took it while they were off."""

    line: Line
    person: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftNotTaken(Event):
    """Nobody took a line over in time: it is nobody's. `up`: the policy goes on with the next
    level; else it waits for something anyway, and whoever is on call then hears of it."""

    line: Line
    outgoing: str
    up: bool
    reason: str


ShiftEvent = ShiftHandedOver | Kept | ShiftNotTaken


class _OfLine(Protocol):
    @property
    def line(self) -> Line: ...


T = TypeVar("T", bound=_OfLine)


def of_line(each: Sequence[T], line: Line) -> T | None:
    """What there is of a line, if anything."""
    return next((one for one in each if one.line == line), None)


def after(
    handing: Sequence[Handing], keeping: Sequence[Keeping], event: ShiftEvent
) -> tuple[tuple[Handing, ...], tuple[Keeping, ...]]:
    """What is handed over and what is kept after `event`."""
    line = event.line
    handed = tuple(one for one in handing if one.line != line)
    kept = tuple(one for one in keeping if one.line != line)
    if isinstance(event, ShiftHandedOver):
        return (*handed, Handing(line, event.outgoing, event.incoming, event.until)), kept
    if isinstance(event, Kept) and event.until is not None:
        return handed, (*kept, Keeping(line, event.person, event.until))
    return handed, kept
