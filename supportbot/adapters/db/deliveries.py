"""Deliveries: intent and target in, outcome back; `claims` hands them out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Insert, bindparam, exists, func, literal_column, or_, select, update

from supportbot.adapters.db import claims, lanes
from supportbot.adapters.db.codec import canonical, dumps
from supportbot.adapters.db.columns import microseconds
from supportbot.adapters.db.records import put_place
from supportbot.adapters.db.schema import DELIVERY_UNDONE, deliveries, is_in
from supportbot.adapters.db.transaction import Bulk, Transaction
from supportbot.adapters.db.upsert import insert_selected
from supportbot.application.ports import AskedAgain, DeliveryRow
from supportbot.domain.notices.delivery import MAKES_PLACE, NewDelivery, Receipt, SendTask

_GIVEN = (
    "key",
    "kind",
    "ticket",
    "target",
    "payload",
    "place",
    "priority",
    "stream",
    "fold",
    "state",
    "due",
    "attempts",
    "failures",
    "wanted_at",
)
_OURS = (
    deliveries.c.id == bindparam("row"),
    deliveries.c.token == bindparam("ours"),
    is_in(deliveries.c.state, "claimed"),
)
_SENT = (
    update(deliveries)
    .where(*_OURS)
    .values(
        state="sent",
        token=None,
        error=None,
        external=bindparam("external"),
        sent_at=bindparam("now"),
    )
)
_RETRY = (
    update(deliveries)
    .where(*_OURS)
    .values(
        state="waiting",
        token=None,
        due=bindparam("due"),
        error=bindparam("error"),
        failures=deliveries.c.failures + bindparam("crashes"),
    )
)
_DEAD = (
    update(deliveries)
    .where(*_OURS)
    .values(state="dead", token=None, error=bindparam("error"), due=bindparam("now"))
)
_DROPPED = (
    update(deliveries)
    .where(*_OURS)
    .values(state="dropped", token=None, error=bindparam("error"), due=bindparam("now"))
)
_REVIVE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("row"), is_in(deliveries.c.state, "dead"))
    .values(state="waiting", failures=0, due=bindparam("now"), wanted_at=bindparam("now"))
)
_SHOWN = select(
    deliveries.c.id,
    deliveries.c.key,
    deliveries.c.kind,
    deliveries.c.ticket,
    deliveries.c.state,
    deliveries.c.attempts,
    deliveries.c.due,
    deliveries.c.error,
    deliveries.c.sent_at,
)
_NEWEST = _SHOWN.order_by(deliveries.c.id.desc()).limit(bindparam("limit"))
_NEWEST_IN = _NEWEST.where(deliveries.c.state == bindparam("state"))
_NEWEST_KEY = (
    select(deliveries.c.key)
    .where(deliveries.c.key.startswith(bindparam("prefix"), autoescape=False))
    .order_by(deliveries.c.id.desc())
    .limit(1)
)

_PAGE = is_in(deliveries.c.kind, "slack.page", "webhook.page", "mail.page")
_IN_HAND = (
    select(func.count())
    .select_from(deliveries)
    .where(DELIVERY_UNDONE, _PAGE, deliveries.c.first_attempt_at < bindparam("before"))
)
_ASKED_AGAIN = (
    select(
        deliveries.c.ticket,
        deliveries.c.kind,
        deliveries.c.first_attempt_at,
        deliveries.c.sent_at.label("finished_at"),
    )
    .where(
        is_in(deliveries.c.state, "sent"),
        _PAGE,
        deliveries.c.attempts > 1,
        deliveries.c.first_attempt_at >= bindparam("since"),
        deliveries.c.first_attempt_at < bindparam("until"),
        deliveries.c.sent_at >= bindparam("until"),
    )
    .order_by(deliveries.c.first_attempt_at, deliveries.c.id)
)


class SqlDeliveries:
    """`application.ports.Deliveries` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, new: Sequence[NewDelivery], now: datetime) -> None:
        """Keep them, due now or when they say. One whose key is known stays as it is."""
        due = microseconds(now)
        rows = [_row(delivery, due) for delivery in new]
        if self._transaction.write_bulk(_NEW, _folded(rows)):
            self._transaction.touched.add("deliveries")

    def claim(self, now: datetime, limit: int, lease: timedelta) -> Sequence[SendTask]:
        return claims.claim(self._transaction, now, limit, lease)

    def sent(self, task: SendTask, receipt: Receipt, now: datetime) -> bool:
        external = canonical(receipt.external)
        taken = self._finish(_SENT, task, external=external, now=now)
        place = MAKES_PLACE.get(task.kind)
        if taken and place and task.ticket is not None:
            put_place(self._transaction, task.ticket, place, external)
        return taken

    def retry(self, task: SendTask, at: datetime, error: str, *, crashed: bool) -> bool:
        return self._finish(_RETRY, task, due=at, error=error, crashes=int(crashed))

    def dead(self, task: SendTask, reason: str, now: datetime) -> bool:
        return self._finish(_DEAD, task, error=reason, now=now)

    def drop(self, task: SendTask, reason: str, now: datetime) -> bool:
        return self._finish(_DROPPED, task, error=reason, now=now)

    def close_lane(self, lane: str, until: datetime) -> None:
        lanes.close_lane(self._transaction, lane, until)

    def next_due(self) -> datetime | None:
        return claims.next_due(self._transaction)

    def listing(self, state: str | None, limit: int = 200) -> Sequence[DeliveryRow]:
        query, values = (_NEWEST, {}) if state is None else (_NEWEST_IN, {"state": state})
        rows = self._transaction.execute(query, {**values, "limit": limit})
        return [DeliveryRow(**row) for row in rows.mappings()]

    def newest_key(self, prefix: str) -> str | None:
        return self._transaction.execute(_NEWEST_KEY, {"prefix": prefix}).scalar()

    def pages_in_hand(self, before: datetime) -> int:
        return int(self._transaction.execute(_IN_HAND, {"before": before}).scalar_one())

    def asked_again(self, since: datetime, until: datetime) -> Sequence[AskedAgain]:
        rows = self._transaction.execute(_ASKED_AGAIN, {"since": since, "until": until})
        return [AskedAgain(**row) for row in rows.mappings()]

    def revive(self, delivery: int, now: datetime) -> bool:
        revived = bool(self._transaction.write(_REVIVE, {"row": delivery, "now": now}))
        if revived:
            self._transaction.touched.add("deliveries")
        return revived

    def _finish(self, statement: Any, task: SendTask, **values: object) -> bool:
        """False when the lease went to somebody else. Otherwise the next of its stream may go."""
        ours = bool(
            self._transaction.write(statement, {"row": task.id, "ours": task.token, **values})
        )
        if ours:
            self._transaction.touched.add("deliveries")
        return ours


def _new(dialect: str) -> Insert:
    """One statement for those that fold and those that do not, so that streams keep their order."""
    same = deliveries.alias("same")
    waits = exists().where(
        same.c.ticket == bindparam("ticket", type_=deliveries.c.ticket.type),
        same.c.kind == bindparam("kind", type_=deliveries.c.kind.type),
        same.c.stream.is_not_distinct_from(bindparam("stream", type_=deliveries.c.stream.type)),
        same.c.fold == literal_column("1"),
        is_in(same.c.state, "waiting"),
    )
    given = [bindparam(name, type_=deliveries.c[name].type).label(name) for name in _GIVEN]
    does_not_fold = bindparam("fold", type_=deliveries.c.fold.type) == literal_column("0")
    row = select(*given).where(or_(does_not_fold, ~waits))
    return insert_selected(dialect, deliveries, list(_GIVEN), row)


_NEW = Bulk(_new, many_at_once=True)


def _folded(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without those that fold into one before them: rows written at once do not see each other."""
    kept: dict[object, dict[str, Any]] = {}
    for row in rows:
        same = (row["ticket"], row["kind"], row["stream"]) if row["fold"] else row["key"]
        kept.setdefault(same, row)
    return list(kept.values())


def _row(new: NewDelivery, due: int) -> dict[str, Any]:
    place = new.target.get("place")
    wanted = due if new.due is None else microseconds(new.due)
    if place and new.ticket is None:
        raise ValueError(f"{new.key} goes to the place {place} of no ticket")
    return {
        "key": new.key,
        "kind": new.kind,
        "ticket": new.ticket,
        "target": dumps(new.target),
        "payload": dumps(new.payload),
        "place": place,
        "priority": new.priority,
        "stream": new.stream,
        "fold": int(new.fold),
        "state": "waiting",
        "due": wanted,
        "attempts": 0,
        "failures": 0,
        "wanted_at": wanted,
    }
