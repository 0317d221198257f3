"""Timers: claimed in batches, finished or tried again in the transaction that decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, insert, select, update

from supportbot.adapters.db.columns import first_instant, microseconds
from supportbot.adapters.db.schema import (
    TIMER_OVER,
    TIMER_PENDING,
    is_in,
    tickets,
    timers,
    written,
)
from supportbot.adapters.db.transaction import Bulk, Transaction
from supportbot.adapters.db.upsert import all_columns
from supportbot.application.ports import TimerOutcome
from supportbot.domain.ticket.change import Change
from supportbot.domain.ticket.timer import Timer

_TIMER = select(
    timers.c.id,
    timers.c.ticket,
    timers.c.kind,
    timers.c.due,
    timers.c.round,
    timers.c.position,
    timers.c.failures,
)
# The ticket is locked with its timer, and neither is waited for: everybody else who changes a
# ticket locks it first and its timers after, so waiting here could be waiting for each other.
_DUE = (
    _TIMER.join(tickets, tickets.c.number == timers.c.ticket)
    .where(TIMER_PENDING, timers.c.due <= bindparam("now"))
    .order_by(timers.c.due, timers.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True)
)
_LATER = ("id", "error", "outcome", "finished_at")
_NEW = Bulk(lambda _: insert(timers).values(all_columns(timers, *_LATER)), many_at_once=True)
_FINISH = Bulk(
    lambda _: (
        update(timers)
        .where(timers.c.id == bindparam("timer"))
        .values(
            state=written("done"),
            outcome=bindparam("outcome"),
            finished_at=bindparam("finished_at"),
        )
    ),
    many_at_once=True,
)
_CANCEL = Bulk(
    lambda _: (
        update(timers)
        .where(
            timers.c.ticket == bindparam("of"),
            timers.c.kind == bindparam("of_kind"),
            TIMER_PENDING,
        )
        .values(
            state=written("cancelled"),
            outcome=written("cancelled"),
            finished_at=bindparam("finished_at"),
        )
    ),
    many_at_once=True,
)
_FAILED = (
    update(timers)
    .where(timers.c.id == bindparam("timer"), TIMER_PENDING)
    .values(
        failures=timers.c.failures + 1,
        error=bindparam("error"),
        state=bindparam("state"),
        due=bindparam("due"),
    )
)
_OF_TICKET = _TIMER.where(timers.c.ticket == bindparam("of"), TIMER_PENDING).order_by(
    timers.c.due, timers.c.id
)
_NEXT = Bulk(lambda _: select(func.min(timers.c.due)).where(TIMER_PENDING))
_OVERDUE = (
    select(func.count()).select_from(timers).where(TIMER_PENDING, timers.c.due <= bindparam("now"))
)
_BETWEEN = (
    select(timers.c.ticket, timers.c.kind, timers.c.due, timers.c.finished_at, timers.c.outcome)
    .where(
        TIMER_OVER,
        timers.c.due >= bindparam("due_from"),
        timers.c.due < bindparam("due_to"),
        timers.c.finished_at >= bindparam("due_to"),
    )
    .order_by(timers.c.due, timers.c.id)
)
_PARKED = is_in(timers.c.state, "parked")
_other = timers.alias("other")
_UNPARK = (
    update(timers)
    .where(
        timers.c.id == bindparam("timer"),
        _PARKED,
        # A newer one of its kind has taken its place.
        ~exists().where(
            _other.c.ticket == timers.c.ticket,
            _other.c.kind == timers.c.kind,
            is_in(_other.c.state, "pending"),
        ),
    )
    .values(state="pending", failures=0, due=bindparam("now"))
)


class SqlTimers:
    """`application.ports.Timers` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def claim_due(self, now: datetime, limit: int) -> Sequence[Timer]:
        rows = self._transaction.execute(_DUE, {"now": now, "limit": limit})
        return [Timer(**row) for row in rows.mappings()]

    def pending(self, ticket: int) -> Sequence[Timer]:
        rows = self._transaction.execute(_OF_TICKET, {"of": ticket})
        return [Timer(**row) for row in rows.mappings()]

    def finish(self, outcomes: Sequence[tuple[Timer, str]], now: datetime) -> None:
        at = microseconds(now)
        rows = [
            {"timer": timer.id, "outcome": outcome, "finished_at": at}
            for timer, outcome in outcomes
        ]
        self._transaction.write_bulk(_FINISH, rows)

    def failed(self, timer: Timer, error: str, due: datetime | None) -> None:
        state = "parked" if due is None else "pending"
        row = {"timer": timer.id, "error": error, "state": state, "due": due or timer.due}
        self._transaction.write(_FAILED, row)

    def next_due(self) -> datetime | None:
        return first_instant(self._transaction.ask(_NEXT, {}))

    def overdue(self, now: datetime) -> int:
        return int(self._transaction.execute(_OVERDUE, {"now": now}).scalar_one())

    def finished_between(self, due_from: datetime, due_to: datetime) -> Sequence[TimerOutcome]:
        rows = self._transaction.execute(_BETWEEN, {"due_from": due_from, "due_to": due_to})
        return [TimerOutcome(**row) for row in rows.mappings()]

    def replace(self, changes: Sequence[Change], now: datetime) -> None:
        """Cancel what the changes cancel or set anew, then add their timers."""
        at = microseconds(now)
        cancelled = [
            {"of": change.ticket.number, "of_kind": kind, "finished_at": at}
            for change in changes
            if change.read_version
            for kind in change.cancel | {timer.kind for timer in change.timers}
        ]
        self._transaction.write_bulk(_CANCEL, cancelled)
        new = [row for change in changes for row in _new_rows(change)]
        if self._transaction.write_bulk(_NEW, new):
            self._transaction.touched.add("timers")

    def unpark(self, timer: int, now: datetime) -> bool:
        """Pending again, due now. False when it is not parked or another one replaced it."""
        freed = self._transaction.write(_UNPARK, {"timer": timer, "now": now})
        if freed:
            self._transaction.touched.add("timers")
        return bool(freed)


def _new_rows(change: Change) -> list[dict[str, Any]]:
    return [
        {
            "ticket": change.ticket.number,
            "kind": timer.kind,
            "due": microseconds(timer.due),
            "round": timer.round,
            "position": timer.position,
            "state": "pending",
            "failures": 0,
        }
        for timer in change.timers
    ]
