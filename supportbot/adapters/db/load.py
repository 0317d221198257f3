"""Pages, and what people did, as the figures of load read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from supportbot.adapters.db.schema import events, is_in, tickets
from supportbot.adapters.db.snapshots import event_of
from supportbot.adapters.db.transaction import Transaction
from supportbot.domain.fairness.interruption import Deed, PageEvent
from supportbot.domain.ticket.escalation_events import AllHands
from supportbot.domain.ticket.events import PageFailed, Reached

_IN_EARNEST = select(tickets.c.number).where(tickets.c.drill == 0)
_WITHIN = (
    events.c.at >= bindparam("since"),
    events.c.at < bindparam("until"),
    events.c.ticket.in_(_IN_EARNEST),
)
_NEWEST = (events.c.at.desc(), events.c.ticket.desc(), events.c.seq.desc())
_KINDS = (Reached, AllHands, PageFailed)
_PAGES = (
    select(events.c.ticket, events.c.seq, events.c.at, events.c.kind, events.c.data)
    .where(is_in(events.c.kind, *(cls.__name__ for cls in _KINDS)), *_WITHIN)
    .order_by(*_NEWEST)
    .limit(bindparam("limit"))
)
_DEEDS = (
    select(events.c.ticket, events.c.seq, events.c.at, events.c.kind, events.c.by)
    .where(events.c.by.is_not(None), *_WITHIN)
    .order_by(*_NEWEST)
    .limit(bindparam("limit"))
)


class SqlLoad:
    """`application.load.LoadSource` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def pages(
        self, since: datetime, until: datetime, limit: int
    ) -> Sequence[tuple[int, PageEvent]]:
        rows = self._newest(_PAGES, since, until, limit)
        read = ((row.ticket, event_of(row.kind, row.data)) for row in rows)
        return [(n, event) for n, event in read if isinstance(event, _KINDS)]

    def deeds(self, since: datetime, until: datetime, limit: int) -> Sequence[Deed]:
        rows = self._newest(_DEEDS, since, until, limit)
        return [Deed(row.by, row.at, row.ticket, row.kind) for row in rows]

    def _newest(self, query: Any, since: datetime, until: datetime, limit: int) -> Sequence[Any]:
        values = {"since": since, "until": until, "limit": limit}
        return self._transaction.execute(query, values).all()[::-1]
