"""Leases of a process that is no more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, update

from supportbot.adapters.db.schema import chores, deliveries, inbox, is_in
from supportbot.adapters.db.transaction import Transaction

_RELEASE = [
    update(table)
    .where(is_in(table.c.state, "claimed"))
    .values(state="waiting", token=None, due=bindparam("now"))
    for table in (inbox, deliveries)
] + [update(chores).where(chores.c.token.is_not(None)).values(token=None, due=bindparam("now"))]


def release(transaction: Transaction, now: datetime) -> int:
    """Free everything that is claimed; the number of rows. Attempts and tries stay counted."""
    transaction.touched |= {"intake", "deliveries", "chores"}
    return sum(transaction.write(statement, {"now": now}) for statement in _RELEASE)
