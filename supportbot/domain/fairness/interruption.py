"""What kept people from their own time: pages that reached them, and what they did on tickets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from supportbot.domain.ticket.escalation_events import AcknowledgedToo, AllHands
from supportbot.domain.ticket.events import Acknowledged, HandedOver, PageFailed, Reached

Kind = Literal["page", "acknowledged", "handed over", "acted"]
_DEEDS: dict[str, Kind] = {
    Acknowledged.__name__: "acknowledged",
    AcknowledgedToo.__name__: "acknowledged",
    HandedOver.__name__: "handed over",
}


@dataclass(frozen=True, slots=True)
class Interruption:
    """Somebody (their key) was paged for a ticket, or acted on it, at `at` (aware UTC)."""

    person: str
    at: datetime
    ticket: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Deed:
    """Somebody did something to a ticket; `event` is the name of the event's class."""

    person: str
    at: datetime
    ticket: int
    event: str


PageEvent = Reached | AllHands | PageFailed


def pages(events: Iterable[tuple[int, PageEvent]]) -> Iterator[Interruption]:
    """The pages that arrived, from the events of tickets in the order of time.

    Of a step that went out several times, a failure is of the newest try.
    """
    called: dict[tuple[int, int, str], list[datetime]] = {}
    for ticket, event in events:
        if isinstance(event, Reached):
            for person in event.people if event.urgent else ():
                called.setdefault((ticket, event.position, person), []).append(event.at)
        elif isinstance(event, AllHands):
            for person in event.people:
                yield Interruption(person, event.at, ticket, "page")
        elif tries := called.get((ticket, event.position, event.person)):
            tries.pop()
    for (ticket, _, person), tries in called.items():
        for at in tries:
            yield Interruption(person, at, ticket, "page")


def deeds(done: Iterable[Deed]) -> Iterator[Interruption]:
    for deed in done:
        yield Interruption(deed.person, deed.at, deed.ticket, _DEEDS.get(deed.event, "acted"))
