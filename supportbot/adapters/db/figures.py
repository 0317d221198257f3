"""The figures of the desk, in few queries. All is read from the rows themselves, so that a restart,
a second process or a pruned table changes none of them.

`read_figures` looks only at what is undone, over partial indexes. `read_totals` goes through every
ticket there ever was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row

from supportbot.adapters.db.figure_queries import (
    ACKNOWLEDGED,
    CLOSED,
    DEAD,
    FIRED,
    NOT_CLOSED,
    SENT,
    UNSENT,
    WAITING,
)
from supportbot.adapters.db.planned import changes_standing, events_asked
from supportbot.adapters.db.transaction import Transaction
from supportbot.application.figures import (
    ACKNOWLEDGED_WITHIN,
    LATELY,
    Acknowledged,
    DeliveryClass,
    DeliveryFigures,
    DeliveryState,
    Figures,
    FiredLately,
    InboxFigures,
    TimerFigures,
    Totals,
)

_MICROSECOND = timedelta(microseconds=1)


def read_figures(transaction: Transaction, now: datetime) -> Figures:
    """What is now (`now` is aware UTC)."""
    waiting = transaction.execute(WAITING, {"now": now}).one()
    return Figures(
        at=now,
        tickets={(row.state, row.severity): row.n for row in transaction.execute(NOT_CLOSED)},
        inbox=InboxFigures(
            waiting=waiting.inbox,
            oldest=_age(waiting.inbox_oldest, now),
            parked=waiting.inbox_parked,
            quarantined=waiting.quarantined,
        ),
        timers=TimerFigures(
            pending=waiting.pending,
            overdue=waiting.overdue,
            overdue_by=_age(waiting.overdue_since, now),
            parked=waiting.timers_parked,
            alive_at=waiting.alive_at,
        ),
        deliveries=_deliveries(transaction, now),
    )


def read_totals(transaction: Transaction, now: datetime) -> Totals:
    """What has been (`now` is aware UTC)."""
    lately = {"since": now - LATELY}
    fired = transaction.execute(FIRED, {**lately, "now": now}).one()
    sent: dict[DeliveryClass, int] = defaultdict(int)
    for row in transaction.execute(SENT, lately):
        sent[_class_of(row.kind)] += row.n
    return Totals(
        at=now,
        closed={row.severity: row.n for row in transaction.execute(CLOSED)},
        acknowledged=_by_severity(transaction.execute(ACKNOWLEDGED)),
        fired=FiredLately(
            count=fired.n, mean=_microseconds(fired.mean), worst=_microseconds(fired.worst)
        ),
        sent=dict(sent),
        events=events_asked(transaction),
        changes=changes_standing(transaction, now),
    )


def _deliveries(transaction: Transaction, now: datetime) -> Mapping[DeliveryClass, DeliveryFigures]:
    count: dict[DeliveryClass, dict[DeliveryState, int]] = defaultdict(lambda: defaultdict(int))
    oldest: dict[DeliveryClass, timedelta] = defaultdict(timedelta)
    for row in transaction.execute(UNSENT):
        of = _class_of(row.kind)
        count[of][cast(DeliveryState, row.how)] += row.n
        if row.how != "held":
            oldest[of] = max(oldest[of], _age(row.since, now))
    for row in transaction.execute(DEAD):
        count[_class_of(row.kind)]["dead"] += row.n
    return {of: DeliveryFigures(count=dict(count[of]), oldest=oldest[of]) for of in count}


def _by_severity(rows: Iterable[Row[Any]]) -> Mapping[str, Acknowledged]:
    within: dict[str, list[int]] = defaultdict(lambda: [0] * (len(ACKNOWLEDGED_WITHIN) + 1))
    total: dict[str, timedelta] = defaultdict(timedelta)
    for row in rows:
        within[row.severity][row.bucket] += row.n
        total[row.severity] += _microseconds(row.total)
    return {key: Acknowledged(tuple(counts), total[key]) for key, counts in within.items()}


def _class_of(kind: str) -> DeliveryClass:
    medium, _, what = kind.partition(".")
    return DeliveryClass(medium, what == "page")


def _age(since: datetime | None, now: datetime) -> timedelta:
    """How long ago; nothing for what is yet to come, or is not there."""
    return max(timedelta(0), now - since) if since is not None else timedelta(0)


def _microseconds(value: Any) -> timedelta:
    """A sum or mean as the databases give it (a float, a Decimal, or None for nothing)."""
    return int(value or 0) * _MICROSECOND
