"""What the figures of the desk ask the database; `figures` makes values of the answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Label,
    ScalarSelect,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.sql.elements import ColumnElement

from supportbot.adapters.db.schema import (
    DELIVERY_UNDONE,
    DRILLS,
    INBOX_UNDONE,
    TIMER_OVER,
    TIMER_PENDING,
    acknowledgements,
    deliveries,
    inbox,
    is_in,
    marks,
    places,
    tickets,
    timers,
    written,
)
from supportbot.application.figures import ACKNOWLEDGED_WITHIN
from supportbot.application.timers import ALIVE

# Nothing sends as many in an hour: Slack takes some 5 a second, GitHub and mail far fewer.
_NEWEST_DELIVERIES = 20_000


def _number(column: Column[Any]) -> ColumnElement[int]:
    """An instant as the integer it is stored as, to reckon with."""
    return type_coerce(column, BigInteger)


def _count(*where: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(*where).scalar_subquery()


_OVERDUE = (TIMER_PENDING, timers.c.due <= bindparam("now"))
# By number: whatever came first has the lowest, and the index of what is undone is in that order.
_OLDEST_IN_INBOX = (
    select(inbox.c.received_at).where(INBOX_UNDONE).order_by(inbox.c.id).limit(1).scalar_subquery()
)
WAITING = select(
    _count(INBOX_UNDONE).label("inbox"),
    _OLDEST_IN_INBOX.label("inbox_oldest"),
    _count(is_in(inbox.c.state, "parked")).label("inbox_parked"),
    _count(is_in(inbox.c.state, "quarantined")).label("quarantined"),
    _count(TIMER_PENDING).label("pending"),
    _count(*_OVERDUE).label("overdue"),
    select(func.min(timers.c.due)).where(*_OVERDUE).scalar_subquery().label("overdue_since"),
    _count(is_in(timers.c.state, "parked")).label("timers_parked"),
    select(marks.c.at).where(marks.c.name == ALIVE).scalar_subquery().label("alive_at"),
)
NOT_CLOSED = (
    select(tickets.c.state, tickets.c.severity, func.count().label("n"))
    .where(
        is_in(tickets.c.state, "new", "acknowledged", "waiting", "resolved"),
        tickets.c.number.not_in(DRILLS),
    )
    .group_by(tickets.c.state, tickets.c.severity)
)
CLOSED = (
    select(tickets.c.severity, func.count().label("n"))
    .where(is_in(tickets.c.state, "closed"), tickets.c.number.not_in(DRILLS))
    .group_by(tickets.c.severity)
)
_has_no_place = and_(
    deliveries.c.place.is_not(None),
    ~exists().where(places.c.ticket == deliveries.c.ticket, places.c.name == deliveries.c.place),
)
_HOW = case(
    (_has_no_place, written("held")),
    (deliveries.c.error.is_(None), written("waiting")),
    else_=written("retrying"),
)
_IN_EARNEST = or_(deliveries.c.ticket.is_(None), deliveries.c.ticket.not_in(DRILLS))
# One from before there was `wanted_at` has it from its tries.
_SINCE = func.coalesce(deliveries.c.wanted_at, deliveries.c.first_attempt_at, deliveries.c.due)
UNSENT = (
    select(
        deliveries.c.kind,
        _HOW.label("how"),
        func.count().label("n"),
        func.min(_SINCE).label("since"),
    )
    .where(DELIVERY_UNDONE, _IN_EARNEST)
    .group_by(literal_column("1"), literal_column("2"))
)
DEAD = (
    select(deliveries.c.kind, func.count().label("n"))
    .where(is_in(deliveries.c.state, "dead"), _IN_EARNEST)
    .group_by(deliveries.c.kind)
)
_newest = select(func.max(deliveries.c.id) - _NEWEST_DELIVERIES).scalar_subquery()
SENT = (
    select(deliveries.c.kind, func.count().label("n"))
    .where(
        deliveries.c.id > _newest,
        is_in(deliveries.c.state, "sent"),
        deliveries.c.sent_at >= bindparam("since"),
        _IN_EARNEST,
    )
    .group_by(deliveries.c.kind)
)
_LATE = _number(timers.c.finished_at) - _number(timers.c.due)
FIRED = select(
    func.count().label("n"), func.avg(_LATE).label("mean"), func.max(_LATE).label("worst")
).where(
    TIMER_OVER,
    is_in(timers.c.outcome, "fired"),
    timers.c.due >= bindparam("since"),
    timers.c.due <= bindparam("now"),
)


def _literal(number: int) -> ColumnElement[int]:
    return literal_column(str(number), BigInteger)


def _bucket_of(took: ColumnElement[int]) -> Label[int]:
    """The place in ACKNOWLEDGED_WITHIN; one more than its last for what took longer."""
    whens = [
        (took <= _literal(limit // timedelta(microseconds=1)), _literal(place))
        for place, limit in enumerate(ACKNOWLEDGED_WITHIN)
    ]
    return case(*whens, else_=_literal(len(ACKNOWLEDGED_WITHIN))).label("bucket")


ACKNOWLEDGED = select(
    acknowledgements.c.severity,
    _bucket_of(acknowledgements.c.took),
    func.count().label("n"),
    func.sum(acknowledgements.c.took).label("total"),
).group_by(literal_column("1"), literal_column("2"))
