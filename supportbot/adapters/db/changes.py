"""Writes what was decided: many changes at once, each statement once for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, update

from supportbot.adapters.db.deliveries import SqlDeliveries
from supportbot.adapters.db.planned import write_planned
from supportbot.adapters.db.schema import acknowledgements, events, tickets
from supportbot.adapters.db.snapshots import event_row, ticket_row
from supportbot.adapters.db.timers import SqlTimers
from supportbot.adapters.db.transaction import Bulk, Transaction
from supportbot.adapters.db.upsert import all_columns, insert_new
from supportbot.application.ports import Conflict
from supportbot.domain.ticket.change import Change
from supportbot.domain.ticket.events import Acknowledged

_NEW_TICKET = Bulk(lambda dialect: insert_new(dialect, tickets).values(all_columns(tickets)))
_CHANGE_TICKET = Bulk(
    lambda _: (
        update(tickets)
        .where(tickets.c.number == bindparam("of"), tickets.c.version == bindparam("read_version"))
        .values(all_columns(tickets, "number", "drill"))
    ),
    many_at_once=True,
)
_NEW_EVENT = Bulk(lambda _: insert(events).values(all_columns(events)), many_at_once=True)
# The first of a ticket stays, however often it is acknowledged again.
_NEW_ACKNOWLEDGEMENT = Bulk(
    lambda dialect: insert_new(dialect, acknowledgements).values(all_columns(acknowledgements))
)


class ChangeWriter:
    """Writes changes through the parts of one transaction."""

    def __init__(
        self, transaction: Transaction, timers: SqlTimers, deliveries: SqlDeliveries
    ) -> None:
        self._transaction = transaction
        self._timers = timers
        self._deliveries = deliveries

    def write(self, changes: Sequence[Change], now: datetime) -> None:
        """Raises Conflict when a ticket is no longer at the version that was read."""
        for wave in _waves(changes):
            # The tickets first: from here on nobody else can put anything into their streams.
            self._write_tickets(wave)
            rows = [row for change in wave for row in _event_rows(change)]
            self._transaction.write_bulk(_NEW_EVENT, rows)
            first = [row for change in wave for row in _acknowledgement_rows(change)]
            self._transaction.write_bulk(_NEW_ACKNOWLEDGEMENT, first)
            write_planned(self._transaction, wave)
            self._timers.replace(wave, now)
            self._deliveries.add([d for change in wave for d in change.deliveries], now)

    def _write_tickets(self, changes: Sequence[Change]) -> None:
        new = [ticket_row(change.ticket) for change in changes if not change.read_version]
        changed = [_changed_row(change) for change in changes if change.read_version]
        if self._transaction.write_bulk(_NEW_TICKET, new) != len(new):
            raise Conflict("a ticket of this number is there already")
        if self._transaction.write_bulk(_CHANGE_TICKET, changed) != len(changed):
            raise Conflict("a ticket was changed by somebody else in between")


def _changed_row(change: Change) -> dict[str, Any]:
    row = ticket_row(change.ticket)
    del row["drill"]  # once one, always one
    row["of"] = row.pop("number")
    row["read_version"] = change.read_version
    return row


def _event_rows(change: Change) -> Iterator[dict[str, Any]]:
    first = change.read_version + 1
    for seq, event in enumerate(change.events, first):
        yield event_row(change.ticket.number, seq, event)


def _acknowledgement_rows(change: Change) -> Iterator[dict[str, Any]]:
    ticket = change.ticket
    for event in change.events:
        if isinstance(event, Acknowledged) and not ticket.drill:
            took = (event.at - ticket.opened_at) // timedelta(microseconds=1)
            yield {"ticket": ticket.number, "severity": ticket.terms.key, "took": took}


def _waves(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """The changes in their order, in as few groups as may be without a ticket twice in one."""
    wave: dict[int, Change] = {}
    for change in changes:
        if change.ticket.number in wave:
            yield list(wave.values())
            wave = {}
        wave[change.ticket.number] = change
    if wave:
        yield list(wave.values())
