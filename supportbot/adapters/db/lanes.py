"""Lanes: the outside limits that deliveries draw on, kept as the instants drawn in the last window.

A log of instants is exact: no window of the limit's length ever holds more than its count, and the
whole count may go out at once. (A leaky bucket with a burst lets nearly twice the count through in
the first window; without one it holds back a page behind nothing.)
"""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import bindparam, func, select, update

from supportbot.adapters.db.codec import dumps
from supportbot.adapters.db.columns import EPOCH, instant, microseconds
from supportbot.adapters.db.schema import lanes
from supportbot.adapters.db.transaction import Bulk, Transaction
from supportbot.adapters.db.upsert import insert_new
from supportbot.domain.notices.delivery import Limit, limit_of

# Any number that nothing else in this database locks; held until the transaction ends.
_ONE_CLAIM = select(func.pg_advisory_xact_lock(0x5355505F4C414E45))
_SAVE = Bulk(
    lambda _: (
        update(lanes).where(lanes.c.name == bindparam("lane")).values(taken=bindparam("taken"))
    )
)
_CLOSE = (
    update(lanes)
    .where(lanes.c.name == bindparam("lane"), lanes.c.closed_until < bindparam("until"))
    .values(closed_until=bindparam("until"))
)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class Lane:
    """At most `limit.count` draws in any `limit.per`, none before `closed_until`.

    `taken` are past draws, oldest first; instants are microseconds from the epoch. `put_off` counts
    those that found no room, so that they do not all come back at the same moment.
    """

    limit: Limit
    taken: list[int]
    closed_until: int = 0
    changed: bool = False
    put_off: int = 0

    def room_at(self, now: int, ahead: int = 0) -> int:
        """When there is room for one more, if `ahead` others go first: `now`, or later."""
        window = self.limit.per // _MICROSECOND
        start = max(now, self.closed_until)
        # A draw in the far future was made before the clock went back: it holds up nothing.
        held = [at for at in self.taken if start - window < at <= start + window]
        waits = len(held) + ahead - self.limit.count
        if waits < 0:
            return start
        rounds, place = divmod(waits, self.limit.count)
        # Those ahead draw as places come free; after a round of them the oldest is one of theirs.
        freed = held[place] if place < len(held) else start
        return max(start, freed + window * (rounds + 1))

    def draw(self, now: int) -> None:
        window = self.limit.per // _MICROSECOND
        self.taken = [at for at in self.taken if now - window < at <= now + window]
        insort(self.taken, now)
        self.changed = True


class OpenLanes:
    """The lanes of one claim, locked until its transaction ends."""

    def __init__(self, transaction: Transaction, now: datetime, names: Iterable[str]) -> None:
        self._transaction = transaction
        self._now = microseconds(now)
        wanted = sorted(set(names))
        if wanted and transaction.dialect == "postgresql":
            # Two claims that create and lock lanes at the same time would wait for each other.
            transaction.execute(_ONE_CLAIM)
        self._lanes = self._read(wanted)
        missing = [name for name in wanted if name not in self._lanes]
        if missing:
            _create(transaction, missing)
            self._lanes |= self._read(missing)

    def reserve(self, names: Sequence[str]) -> datetime | None:
        """Draw on all of these and return None; or on none, and return when there may be room."""
        wanted = [self._lanes[name] for name in names]
        full = [lane for lane in wanted if lane.room_at(self._now) > self._now]
        if not full:
            for lane in wanted:
                lane.draw(self._now)
            return None
        room = max(lane.room_at(self._now, lane.put_off) for lane in full)
        for lane in full:
            lane.put_off += 1
        return instant(room)

    def save(self) -> None:
        rows = [
            {"lane": name, "taken": dumps(lane.taken)}
            for name, lane in sorted(self._lanes.items())
            if lane.changed
        ]
        self._transaction.write_bulk(_SAVE, rows)

    def _read(self, names: list[str]) -> dict[str, Lane]:
        if not names:
            return {}
        named = {f"name{place}": name for place, name in enumerate(names)}
        rows = self._transaction.ask(_locked(len(names)), named)
        return {
            name: Lane(limit_of(name), json.loads(taken), closed_until)
            for name, taken, closed_until in rows
        }


@cache
def _locked(count: int) -> Bulk:
    """So many lanes by their names, locked in an order that all keep."""
    names = [bindparam(f"name{place}", type_=lanes.c.name.type) for place in range(count)]
    query = select(lanes.c.name, lanes.c.taken, lanes.c.closed_until)
    locked = query.where(lanes.c.name.in_(names)).order_by(lanes.c.name).with_for_update()
    return Bulk(lambda _: locked)


def close_lane(transaction: Transaction, lane: str, until: datetime) -> None:
    """Nothing draws on the lane before `until`; a later end that is known already stays."""
    _create(transaction, [lane])
    transaction.write(_CLOSE, {"lane": lane, "until": until})


def _create(transaction: Transaction, names: Sequence[str]) -> None:
    rows = [{"name": name, "taken": "[]", "closed_until": EPOCH} for name in names]
    transaction.write_all(insert_new(transaction.dialect, lanes), rows)
