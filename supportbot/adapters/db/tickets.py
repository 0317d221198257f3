"""Tickets as the use cases read them; `changes` writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select, union

from supportbot.adapters.db.codec import codec_of
from supportbot.adapters.db.columns import microseconds
from supportbot.adapters.db.schema import (
    DRILLS,
    IS_DRILL,
    TICKET_OPEN,
    counters,
    events,
    is_in,
    tickets,
)
from supportbot.adapters.db.snapshots import event_of, ticket_of
from supportbot.adapters.db.transaction import Bulk, Row, Transaction
from supportbot.adapters.db.upsert import all_columns, insert_counted
from supportbot.domain.ticket.events import Event, SeverityChanged
from supportbot.domain.ticket.ticket import State, Ticket
from supportbot.domain.triage.background import Earlier

_COLUMNS = select(tickets.c.data, tickets.c.terms)
_ONE = _COLUMNS.where(tickets.c.number == bindparam("number"))
# Weaker than FOR UPDATE: rows that merely refer to the ticket may still be written meanwhile.
_ONE_LOCKED = _ONE.with_for_update(key_share=True)
# In the order of their numbers, so that two who lock several never wait for each other.
_MANY = _COLUMNS.where(tickets.c.number.in_(bindparam("numbers", expanding=True))).order_by(
    tickets.c.number
)
_MANY_LOCKED = _MANY.with_for_update(key_share=True)
_LISTING = (
    _COLUMNS.where(
        tickets.c.state.in_(bindparam("states", expanding=True)), tickets.c.number.not_in(DRILLS)
    )
    .order_by(tickets.c.number.desc())
    .limit(bindparam("limit"))
)
_OWNED = (
    _COLUMNS.where(
        TICKET_OPEN, or_(tickets.c.first_owner.is_not(None), tickets.c.second_owner.is_not(None))
    )
    .order_by(tickets.c.number)
    .limit(bindparam("limit"))
)
_OWNED_LOCKED = _OWNED.with_for_update(key_share=True)
_DRILLS = _COLUMNS.where(IS_DRILL).order_by(tickets.c.number.desc()).limit(bindparam("limit"))
_SIMILAR = (
    _COLUMNS.where(
        TICKET_OPEN,
        tickets.c.hub == bindparam("hub"),
        tickets.c.symptom == bindparam("symptom"),
        tickets.c.opened_at >= bindparam("since"),
        tickets.c.attached_to.is_(None),
        # A class in which everybody asks for something must not hide what pages.
        ~is_in(tickets.c.state, "waiting"),
    )
    .order_by(tickets.c.opened_at, tickets.c.number)
    .limit(bindparam("limit"))
)
_MOST_SIMILAR = 20
_MOST_BESIDE = 200
_OPEN_INCIDENT = and_(TICKET_OPEN, tickets.c.incident == 1)
_BESIDE = select(
    tickets.c.number,
    tickets.c.hub,
    tickets.c.symptom,
    tickets.c.opened_at,
    _OPEN_INCIDENT.label("open_incident"),
)
_LATELY_HERE = (
    _BESIDE.where(
        tickets.c.hub == bindparam("hub"),
        tickets.c.opened_at >= bindparam("since"),
        tickets.c.symptom.is_not(None),
    )
    .order_by(tickets.c.number.desc())
    .limit(_MOST_BESIDE)
)
# Of a storm that opens a thousand one tells as much as all.
_FIRST_INCIDENTS = (
    select(func.min(tickets.c.number))
    .where(tickets.c.hub.in_(bindparam("hubs", expanding=True)), _OPEN_INCIDENT)
    .group_by(tickets.c.hub)
)
# One by one: each has its index, and neither crowds out the other.
_BESIDE_IT = union(
    select(_LATELY_HERE.subquery()), _BESIDE.where(tickets.c.number.in_(_FIRST_INCIDENTS))
)
_PROBLEMS = (
    select(tickets.c.known_problem, func.count().label("found"))
    .where(tickets.c.known_problem.is_not(None), tickets.c.opened_at >= bindparam("since"))
    .group_by(tickets.c.known_problem)
)
# One who writes all day long must not slow the desk down for everybody.
_MOST_OF_REPORTER = 20
_OF_REPORTER = Bulk(
    lambda _: (
        _COLUMNS.where(
            TICKET_OPEN,
            tickets.c.reporter == bindparam("reporter"),
            tickets.c.opened_at >= bindparam("since"),
        )
        .order_by(tickets.c.number.desc())
        .limit(bindparam("limit"))
    )
)
_NEXT_NUMBER = Bulk(lambda dialect: insert_counted(dialect, counters).values(all_columns(counters)))
_ATTACHED = _COLUMNS.where(tickets.c.attached_to == bindparam("number")).order_by(tickets.c.number)
_EVENTS = (
    select(events.c.kind, events.c.data)
    .where(events.c.ticket == bindparam("number"))
    .order_by(events.c.seq)
)
_SEVERITY_CHANGES = (
    select(events.c.ticket, events.c.seq, events.c.data)
    .where(events.c.kind == SeverityChanged.__name__, events.c.at >= bindparam("since"))
    .order_by(events.c.at.desc(), events.c.ticket.desc(), events.c.seq.desc())
    .limit(bindparam("limit"))
)


class SqlTickets:
    """`application.ports.Tickets` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def next_number(self) -> int:
        """The next free number. On Postgres it also makes whoever opens another ticket wait until
        this transaction ends, so that a look for similar tickets after it misses none."""
        ((number,),) = self._transaction.ask(_NEXT_NUMBER, {"name": "ticket", "value": 1})
        return int(number)

    def get(self, number: int, *, lock: bool = False) -> Ticket | None:
        query = _ONE_LOCKED if lock and not self._transaction.reads else _ONE
        found = self._all(query, {"number": number})
        return found[0] if found else None

    def get_many(self, numbers: Sequence[int]) -> Mapping[int, Ticket]:
        query = _MANY if self._transaction.reads else _MANY_LOCKED
        found = self._all(query, {"numbers": sorted(set(numbers))}) if numbers else ()
        return {ticket.number: ticket for ticket in found}

    def listing(self, states: frozenset[State], limit: int = 200) -> Sequence[Ticket]:
        return self._all(_LISTING, {"states": sorted(states), "limit": limit})

    def drills(self, limit: int) -> Sequence[Ticket]:
        return self._all(_DRILLS, {"limit": limit})

    def owned(self, limit: int) -> Sequence[Ticket]:
        query = _OWNED if self._transaction.reads else _OWNED_LOCKED
        return self._all(query, {"limit": limit})

    def similar(self, hub: str, symptom: str, since: datetime) -> Sequence[Ticket]:
        values = {"hub": hub, "symptom": symptom, "since": since, "limit": _MOST_SIMILAR}
        return self._all(_SIMILAR, values)

    def beside(self, hub: str, hubs: Sequence[str], since: datetime) -> Sequence[Earlier]:
        values = {"hub": hub, "hubs": list(hubs), "since": since}
        rows = self._transaction.execute(_BESIDE_IT, values).all()
        return [
            Earlier(row.number, row.hub, row.symptom, row.opened_at, bool(row.open_incident))
            for row in sorted(rows, key=_number)
        ]

    def problems(self, since: datetime) -> Mapping[str, int]:
        rows = self._transaction.execute(_PROBLEMS, {"since": since})
        return {row.known_problem: row.found for row in rows}

    def attached_to(self, number: int) -> Sequence[Ticket]:
        return self._all(_ATTACHED, {"number": number})

    def of_reporter(self, reporter: str, since: datetime) -> Sequence[Ticket]:
        since_then = microseconds(since)
        values = {"reporter": reporter, "since": since_then, "limit": _MOST_OF_REPORTER}
        return [ticket_of(*row) for row in self._transaction.ask(_OF_REPORTER, values)]

    def events(self, number: int) -> Sequence[Event]:
        rows = self._transaction.execute(_EVENTS, {"number": number})
        return [event_of(row.kind, row.data) for row in rows]

    def severity_changes(
        self, since: datetime, limit: int
    ) -> Sequence[tuple[int, SeverityChanged]]:
        values = {"since": since, "limit": limit}
        rows = self._transaction.execute(_SEVERITY_CHANGES, values).all()
        read = codec_of(SeverityChanged).loads
        return [(row.ticket, read(row.data)) for row in sorted(rows, key=_place)]

    def _all(self, query: Select[str, str], values: Row) -> list[Ticket]:
        rows = self._transaction.execute(query, values).all()
        return [ticket_of(row.data, row.terms) for row in rows]


def _number(row: Any) -> int:
    number: int = row.number
    return number


def _place(row: Any) -> tuple[int, int]:
    return row.ticket, row.seq
