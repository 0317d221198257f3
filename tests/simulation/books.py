"""What stands in a story's database, past all use cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import TextClause, text

from supportbot.application.ports import DeliveryRow
from supportbot.domain.ticket.events import Event
from supportbot.domain.ticket.ticket import State, Ticket
from tests.simulation.home import Home
from tests.simulation.letters import thread_of

EVERY_STATE: frozenset[State] = frozenset({"new", "acknowledged", "waiting", "resolved", "closed"})
_MANY = 100_000
_EPOCH = datetime.fromisoformat("1970-01-01T00:00+00:00")

# What the policy, or the wait, goes on by. A ticket that pages with another goes by that one.
_UNWATCHED = text(
    """
    SELECT t.number FROM tickets t LEFT JOIN tickets first ON first.number = t.attached_to
    WHERE t.state IN ('new', 'waiting')
      AND NOT EXISTS (
        SELECT 1 FROM timers WHERE timers.ticket = t.number AND timers.state = 'pending'
          AND timers.due > :now AND (t.state = 'waiting' OR timers.kind = 'escalate'))
      AND NOT COALESCE(first.state IN ('new', 'acknowledged', 'waiting') AND EXISTS (
        SELECT 1 FROM timers WHERE timers.ticket = first.number AND timers.state = 'pending'
          AND timers.due > :now), FALSE)
    """
)
# Of these severities, whoever has a ticket is asked again, or something else brings it up.
_FORGOTTEN = text(
    """
    SELECT t.number FROM tickets t
    WHERE t.state = 'acknowledged' AND t.attached_to IS NULL AND t.severity IN ('P1', 'P2')
      AND NOT EXISTS (
        SELECT 1 FROM timers WHERE timers.ticket = t.number AND timers.state = 'pending'
          AND timers.due > :now)
    """
)
_OVERDUE = text("SELECT ticket, kind FROM timers WHERE state = 'pending' AND due < :now")
# A word of the team's in a thread whose first message is still on its way begins nothing.
_TOO_EARLY = text("SELECT body FROM inbox WHERE outcome = 'ignored: one of the team wrote it'")
_INBOX = text("SELECT state, COUNT(*) FROM inbox GROUP BY state ORDER BY state")


@dataclass(frozen=True, slots=True)
class Books:
    home: Home

    def ticket(self, number: int) -> Ticket | None:
        return self.home.store.read(lambda uow: uow.tickets.get(number))

    def ticket_of(self, letter: str) -> Ticket | None:
        """The ticket that a letter's conversation belongs to now."""
        found = self.home.store.read(lambda uow: uow.threads.find((thread_of(letter),)))
        return self.ticket(found.ticket) if found else None

    def tickets(self) -> Sequence[Ticket]:
        return self.home.store.read(lambda uow: uow.tickets.listing(EVERY_STATE, _MANY))[::-1]

    def events(self, number: int) -> Sequence[Event]:
        return self.home.store.read(lambda uow: uow.tickets.events(number))

    def opened_by(self, number: int) -> str | None:
        """The key of the message that a ticket began with."""
        record = self.home.store.read(lambda uow: uow.decisions.get(number))
        return record.message.key if record else None

    def deliveries(self) -> Sequence[DeliveryRow]:
        return self.home.store.read(lambda uow: uow.deliveries.listing(None, _MANY))[::-1]

    def parked(self) -> list[str]:
        found = self.home.store.read(lambda uow: uow.parked())
        return [f"{one.what} {one.id} of SUP-{one.ticket}: {one.error}" for one in found]

    def inbox(self) -> dict[str, int]:
        """How many rows are in each state."""
        return {str(state): int(str(count)) for state, count in self._rows(_INBOX)}

    def said_too_early(self) -> set[str]:
        """The keys of what the team said before there was a ticket to say it in."""
        return {str(row[0]) for row in self._rows(_TOO_EARLY)}

    def overdue(self, now: datetime) -> list[tuple[object, ...]]:
        return self._rows(_OVERDUE, now=_micros(now))

    def unwatched(self, now: datetime) -> list[int]:
        """The tickets that wait for somebody, and that nothing will bring up again."""
        return [int(str(row[0])) for row in self._rows(_UNWATCHED, now=_micros(now))]

    def forgotten(self, now: datetime) -> list[int]:
        """The tickets that somebody has, and will never be asked for."""
        return [int(str(row[0])) for row in self._rows(_FORGOTTEN, now=_micros(now))]

    def _rows(self, statement: TextClause, **values: object) -> list[tuple[object, ...]]:
        with self.home.reader.connect() as connection:
            return [tuple(row) for row in connection.execute(statement, values)]


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
