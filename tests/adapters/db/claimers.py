"""Claimers that race each other; run in threads, and in processes of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Literal

from supportbot.adapters.db.store import SqlStore, open_store
from supportbot.application.ports import UnitOfWork
from tests.adapters.db.samples import NOW

What = Literal["inbox", "timers", "deliveries"]
_LEASE = timedelta(hours=1)


def claim_all(store: SqlStore, what: What) -> list[int]:
    """Claim a few at a time until there are none; the ids that were ours."""
    claimed: list[int] = []
    while batch := store.write(_CLAIMS[what]):
        claimed += batch
    return claimed


def claim_all_at(url: str, what: What) -> list[int]:
    """`claim_all` with a store of its own."""
    with open_store(url) as store:
        return claim_all(store, what)


def _inbox(unit: UnitOfWork) -> list[int]:
    return [row.id for row in unit.inbox.claim(NOW, 7, _LEASE)]


def _timers(unit: UnitOfWork) -> list[int]:
    timers = unit.timers.claim_due(NOW, 7)
    unit.timers.finish([(timer, "fired") for timer in timers], NOW)
    return [timer.id for timer in timers]


def _deliveries(unit: UnitOfWork) -> list[int]:
    return [task.id for task in unit.deliveries.claim(NOW, 7, _LEASE)]


_CLAIMS: dict[What, Callable[[UnitOfWork], list[int]]] = {
    "inbox": _inbox,
    "timers": _timers,
    "deliveries": _deliveries,
}
