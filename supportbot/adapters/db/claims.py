"""Claiming deliveries: those that are due, in order, and within the limits of the other side."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, exists, func, or_, select, update

from supportbot.adapters.db.columns import UTCTime, first_instant, microseconds
from supportbot.adapters.db.lanes import OpenLanes
from supportbot.adapters.db.schema import DELIVERY_UNDONE, deliveries, is_in, places
from supportbot.adapters.db.transaction import Bulk, Transaction, new_token
from supportbot.domain.notices.delivery import SendTask, lanes_of

# How many rows with full lanes a claim looks past, for each that it may grant: it must stay short.
_LOOK_AHEAD = 8

_earlier = deliveries.alias("earlier")
_IS_BLOCKED = exists().where(
    _earlier.c.stream == deliveries.c.stream,
    _earlier.c.id < deliveries.c.id,
    is_in(_earlier.c.state, "waiting", "claimed"),
)
_HAS_PLACE = or_(deliveries.c.place.is_(None), places.c.ticket.is_not(None))
_FROM = deliveries.outerjoin(
    places, (places.c.ticket == deliveries.c.ticket) & (places.c.name == deliveries.c.place)
)
# A lease that ran out is a due row like any other: claiming moves `due` to the end of the lease.
_DUE = (
    select(
        deliveries.c.id,
        deliveries.c.key,
        deliveries.c.kind,
        deliveries.c.ticket,
        deliveries.c.target,
        deliveries.c.payload,
        deliveries.c.attempts,
        deliveries.c.failures,
        deliveries.c.first_attempt_at,
        places.c.address,
    )
    .select_from(_FROM)
    .where(DELIVERY_UNDONE, deliveries.c.due <= bindparam("now"), _HAS_PLACE, ~_IS_BLOCKED)
    .order_by(deliveries.c.priority, deliveries.c.due, deliveries.c.id)
    .limit(bindparam("limit"))
    .with_for_update(of=deliveries, skip_locked=True)
)
_CLAIM = Bulk(
    lambda _: (
        update(deliveries)
        .where(deliveries.c.id == bindparam("row"))
        .values(
            state="claimed",
            token=bindparam("token"),
            due=bindparam("lease_until"),
            attempts=deliveries.c.attempts + 1,
            first_attempt_at=func.coalesce(
                deliveries.c.first_attempt_at, bindparam("now", type_=UTCTime)
            ),
        )
    )
)
_PUT_OFF = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("row"))
    .values(state="waiting", token=None, due=bindparam("due"))
)
_SET_ASIDE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("row"))
    .values(state="dead", token=None, error=bindparam("error"))
)
_NEXT = Bulk(
    lambda _: (
        select(func.min(deliveries.c.due))
        .select_from(_FROM)
        .where(DELIVERY_UNDONE, _HAS_PLACE, ~_IS_BLOCKED)
    )
)


def next_due(transaction: Transaction) -> datetime | None:
    """When the next delivery may be claimed that waits for no place and no other delivery."""
    return first_instant(transaction.ask(_NEXT, {}))


def claim(
    transaction: Transaction, now: datetime, limit: int, lease: timedelta
) -> Sequence[SendTask]:
    """Lease up to `limit` due deliveries; those whose lane is full are put off meanwhile.

    Fewer, or none, do not mean that nothing more is due: ask `next_due`.
    """
    due = transaction.execute(_DUE, {"now": now, "limit": limit * _LOOK_AHEAD}).all()
    if not due:
        return []
    token = new_token()
    candidates = list(_readable(transaction, due, token, now))
    lanes = OpenLanes(transaction, now, (lane for task in candidates for lane in task.lanes))
    granted: list[SendTask] = []
    put_off = []
    for task in candidates:
        if len(granted) == limit:
            break
        room_at = lanes.reserve(task.lanes)
        if room_at is None:
            granted.append(task)
        else:
            put_off.append({"row": task.id, "due": room_at})
    transaction.write_all(_PUT_OFF, put_off)
    _lease(transaction, granted, now, lease)
    lanes.save()
    return granted


def _lease(
    transaction: Transaction, tasks: Sequence[SendTask], now: datetime, lease: timedelta
) -> None:
    at, until = microseconds(now), microseconds(now + lease)
    rows = [
        {"row": task.id, "token": task.token, "lease_until": until, "now": at} for task in tasks
    ]
    transaction.write_bulk(_CLAIM, rows)


def _readable(
    transaction: Transaction, due: Sequence[Row[Any]], token: str, now: datetime
) -> Iterator[SendTask]:
    """The rows as tasks. One that cannot be read is set aside: it must not hold up the others."""
    for row in due:
        try:
            yield _task(row, token, now)
        except (ValueError, AttributeError) as error:
            transaction.write(_SET_ASIDE, {"row": row.id, "error": f"unreadable: {error}"[:500]})


def _task(row: Row[Any], token: str, now: datetime) -> SendTask:
    target = json.loads(row.target)
    return SendTask(
        id=row.id,
        token=token,
        key=row.key,
        kind=row.kind,
        ticket=row.ticket,
        target=target,
        place=None if row.address is None else json.loads(row.address),
        payload=json.loads(row.payload),
        attempt=row.attempts + 1,
        first_attempt_at=row.first_attempt_at or now,
        failures=row.failures,
        lanes=lanes_of(row.kind, target),
    )
