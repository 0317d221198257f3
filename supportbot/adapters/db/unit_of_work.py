"""One transaction's view of the store: the parts, and what concerns several of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import literal, null, select, union_all

from supportbot.adapters.db import leases
from supportbot.adapters.db.calendar_feeds import SqlCalendarFeeds
from supportbot.adapters.db.changes import ChangeWriter
from supportbot.adapters.db.chores import SqlChores
from supportbot.adapters.db.deliveries import SqlDeliveries
from supportbot.adapters.db.figures import read_figures, read_totals
from supportbot.adapters.db.files import SqlFiles
from supportbot.adapters.db.inbox import SqlInbox
from supportbot.adapters.db.load import SqlLoad
from supportbot.adapters.db.planned import SqlPlanned
from supportbot.adapters.db.pruning import SqlPruning
from supportbot.adapters.db.records import (
    SqlDecisions,
    SqlMarks,
    SqlPlaces,
    SqlThreads,
    SqlVersions,
)
from supportbot.adapters.db.rota import SqlCoverRequests, SqlRota
from supportbot.adapters.db.schema import inbox, is_in, timers
from supportbot.adapters.db.tickets import SqlTickets
from supportbot.adapters.db.timers import SqlTimers
from supportbot.adapters.db.transaction import Transaction
from supportbot.application.figures import Figures, Totals
from supportbot.application.ports import Parked
from supportbot.domain.ticket.change import Change

_PARKED = union_all(
    select(
        literal("inbox").label("what"),
        inbox.c.id,
        null().label("ticket"),
        inbox.c.received_at.label("since"),
        inbox.c.error,
    ).where(is_in(inbox.c.state, "parked")),
    select(
        literal("timer").label("what"),
        timers.c.id,
        timers.c.ticket,
        timers.c.due.label("since"),
        timers.c.error,
    ).where(is_in(timers.c.state, "parked")),
)


class _SqlFigures:
    """`application.figures.FiguresSource` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def figures(self, now: datetime) -> Figures:
        return read_figures(self._transaction, now)

    def totals(self, now: datetime) -> Totals:
        return read_totals(self._transaction, now)


class SqlUnitOfWork:
    """`application.ports.UnitOfWork` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.inbox = SqlInbox(transaction)
        self.tickets = SqlTickets(transaction)
        self.threads = SqlThreads(transaction)
        self.places = SqlPlaces(transaction)
        self.files = SqlFiles(transaction)
        self.timers = SqlTimers(transaction)
        self.chores = SqlChores(transaction)
        self.deliveries = SqlDeliveries(transaction)
        self.decisions = SqlDecisions(transaction)
        self.versions = SqlVersions(transaction)
        self.marks = SqlMarks(transaction)
        self.planned = SqlPlanned(transaction)
        self.rota = SqlRota(transaction)
        self.cover_requests = SqlCoverRequests(transaction)
        self.calendar_feeds = SqlCalendarFeeds(transaction)
        self.pruning = SqlPruning(transaction)
        self.figures = _SqlFigures(transaction)
        self.load = SqlLoad(transaction)

    def apply(self, changes: Sequence[Change], now: datetime) -> None:
        ChangeWriter(self.transaction, self.timers, self.deliveries).write(changes, now)

    def release_leases(self, now: datetime) -> int:
        """Free everything that is claimed; the number of rows. Not a part of the port."""
        return leases.release(self.transaction, now)

    def parked(self) -> Sequence[Parked]:
        """What was set aside, oldest first; `since` is when it came in or was due."""
        rows = self.transaction.execute(_PARKED)
        return sorted((Parked(**row) for row in rows.mappings()), key=lambda parked: parked.since)

    def unpark(self, what: str, row: int, now: datetime) -> bool:
        """Try it again, from now. False when it is not parked, or its place is taken."""
        if what == "inbox":
            return self.inbox.unpark(row, now)
        return self.timers.unpark(row, now)
