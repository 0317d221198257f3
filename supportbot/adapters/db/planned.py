"""Events asked for and temporary changes, in rows of their own: what the tickets say of them, to be
found without reading the tickets. They are written with the change that makes them so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, func, select

from supportbot.adapters.db.codec import codec_of
from supportbot.adapters.db.columns import microseconds
from supportbot.adapters.db.schema import event_requests, is_in, temporary_changes
from supportbot.adapters.db.transaction import Bulk, Transaction
from supportbot.adapters.db.upsert import all_columns, insert_or_replace
from supportbot.application.figures import ChangesStanding, EventsAsked
from supportbot.application.ports import ChangeOfTicket, RequestOfTicket
from supportbot.domain.planned.event_request import EventRequest
from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.planned.temporary_change import TemporaryChange
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.change import Change

_OF_EVENTS = (
    e.EventAsked,
    e.EventAccepted,
    e.EventDeclined,
    e.EventPrompted,
    e.EventPromptDone,
)
_OF_CHANGES = (e.ChangeMade, e.ChangeReverted)

_PUT_REQUEST = Bulk(
    lambda dialect: insert_or_replace(
        dialect, event_requests, "community", "state", "starts", "ends", "data"
    ).values(all_columns(event_requests))
)
_PUT_CHANGE = Bulk(
    lambda dialect: insert_or_replace(
        dialect, temporary_changes, "revert_by", "reverted_at", "data"
    ).values(all_columns(temporary_changes))
)
_ACCEPTED = is_in(event_requests.c.state, "accepted")
_ON = select(event_requests.c.data).where(
    event_requests.c.community == bindparam("community"),
    event_requests.c.ends > bindparam("at"),
    event_requests.c.starts <= bindparam("at"),
    _ACCEPTED,
)
_TO_COME = select(event_requests.c.data).where(event_requests.c.ends > bindparam("at"), _ACCEPTED)
_LISTING = (
    select(event_requests.c.ticket, event_requests.c.data)
    .where(event_requests.c.ends > bindparam("since"))
    .order_by(event_requests.c.starts, event_requests.c.ticket)
    .limit(bindparam("limit"))
)
_CHANGES = (
    select(temporary_changes.c.ticket, temporary_changes.c.data)
    .order_by(temporary_changes.c.revert_by, temporary_changes.c.ticket)
    .limit(bindparam("limit"))
)
_NOT_UNDONE = temporary_changes.c.reverted_at.is_(None)
_STANDING = _CHANGES.where(_NOT_UNDONE)
_EVERY_REQUEST = select(event_requests.c.data)
_COUNT_STANDING = select(
    func.count().label("n"),
    func.sum(case((temporary_changes.c.revert_by <= bindparam("now"), 1), else_=0)).label(
        "overdue"
    ),
).where(_NOT_UNDONE)


class SqlPlanned:
    """`application.ports.Planned` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def events_on(self, community: str, at: datetime) -> Sequence[EventPlan]:
        rows = self._transaction.execute(_ON, {"community": community, "at": at}).scalars()
        plans = (_request(data).plan for data in rows)
        return [plan for plan in plans if plan.is_on(at)]

    def events_to_come(self, at: datetime) -> Sequence[EventPlan]:
        rows = self._transaction.execute(_TO_COME, {"at": at}).scalars()
        return [_request(data).plan for data in rows]

    def requests(self, since: datetime, limit: int = 500) -> Sequence[RequestOfTicket]:
        rows = self._transaction.execute(_LISTING, {"since": since, "limit": limit})
        return [RequestOfTicket(row.ticket, _request(row.data)) for row in rows]

    def changes(self, *, standing: bool, limit: int = 500) -> Sequence[ChangeOfTicket]:
        query = _STANDING if standing else _CHANGES
        rows = self._transaction.execute(query, {"limit": limit})
        read = codec_of(TemporaryChange).loads
        return [ChangeOfTicket(row.ticket, read(row.data)) for row in rows]


def events_asked(transaction: Transaction) -> Mapping[str, EventsAsked]:
    """What was asked for, by what was decided: few rows, so that they are read as they are."""
    found: dict[str, list[EventRequest]] = defaultdict(list)
    for data in transaction.execute(_EVERY_REQUEST).scalars():
        request = _request(data)
        found[request.state].append(request)
    return {state: _figures(requests) for state, requests in found.items()}


def _figures(requests: Sequence[EventRequest]) -> EventsAsked:
    count, nothing = len(requests), timedelta(0)
    return EventsAsked(
        count=count,
        late=sum(request.late for request in requests),
        notice=sum((request.notice for request in requests), nothing) / count,
        lag=sum((request.lag for request in requests), nothing) / count,
    )


def changes_standing(transaction: Transaction, now: datetime) -> ChangesStanding:
    """The temporary changes that are not undone yet."""
    row = transaction.execute(_COUNT_STANDING, {"now": now}).one()
    return ChangesStanding(int(row.n), int(row.overdue or 0))


def _request(data: str) -> EventRequest:
    return codec_of(EventRequest).loads(data)


def write_planned(transaction: Transaction, changes: Sequence[Change]) -> None:
    """What the changes say of events and temporary changes."""
    requests = [row for change in changes for row in _request_rows(change)]
    transaction.write_bulk(_PUT_REQUEST, requests)
    transaction.write_bulk(_PUT_CHANGE, [row for change in changes for row in _change_rows(change)])


def _request_rows(change: Change) -> Iterator[dict[str, Any]]:
    request = change.ticket.request
    if request is not None and any(isinstance(event, _OF_EVENTS) for event in change.events):
        yield {
            "ticket": change.ticket.number,
            "community": request.plan.community,
            "state": request.state,
            "starts": microseconds(request.plan.start),
            "ends": microseconds(request.plan.end),
            "data": codec_of(EventRequest).dumps(request),
        }


def _change_rows(change: Change) -> Iterator[dict[str, Any]]:
    if not any(isinstance(event, _OF_CHANGES) for event in change.events):
        return
    for one in change.ticket.changes:
        yield {
            "ticket": change.ticket.number,
            "number": one.number,
            "revert_by": microseconds(one.revert_by),
            "reverted_at": microseconds(one.reverted_at) if one.reverted_at else None,
            "data": codec_of(TemporaryChange).dumps(one),
        }
