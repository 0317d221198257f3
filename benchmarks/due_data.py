"""A desk with many pending timers, and tickets whose next page comes due when we say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from supportbot.adapters.db.columns import microseconds
from supportbot.application.context import Context
from supportbot.application.ports import UnitOfWork
from supportbot.domain.ticket.change import Change
from supportbot.domain.ticket.consequences import settle
from supportbot.domain.ticket.opening import opened
from supportbot.domain.triage.decision import triage
from supportbot.domain.triage.message import InboundMessage, Place, Sender

PLAYBOOKS = Path(__file__).parents[1] / "playbooks"
# In the example playbooks P1 pages first line again five minutes after the ticket opened.
PAGED_AGAIN = timedelta(minutes=5)
# What may run at once on a ticket that somebody has acknowledged.
_CLOCKS = ("first_answer", "next_update", "remind_acknowledged", "timebox_ask")
_AT_ONCE = 250
_REQUEST = "Nobody in the 9am class can open their notebooks: https://hub.northfield.example is 503"

_COLUMNS = (
    "version, state, severity, community, hub, symptom, first_owner, second_owner, attached_to,"
    " opened_at, changed_at, terms, data"
)
_COPY_TICKET = f"""
    WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n <= :tickets)
    INSERT INTO tickets (number, {_COLUMNS})
    SELECT n, {_COLUMNS} FROM numbers JOIN tickets ON number = 1
"""  # noqa: S608 - the names are ours
_SET_CLOCKS = """
    INSERT INTO timers (ticket, kind, due, round, position, state, failures)
    SELECT number, :kind, :start + number * :apart, 1, 0, 'pending', 0 FROM tickets WHERE number > 1
"""


def fill(context: Context, engine: Engine, pending: int, now: datetime) -> None:
    """Fill an empty desk with this many timers, due an hour to two weeks from `now`."""
    _open(context, [now])
    tickets = pending // len(_CLOCKS)
    apart = timedelta(weeks=2) // tickets
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM timers"))
        connection.execute(text(_COPY_TICKET), {"tickets": tickets})
        connection.execute(text("UPDATE counters SET value = :n"), {"n": tickets + 1})
        for kind in _CLOCKS:
            start = microseconds(now + timedelta(hours=1))
            spread = {"kind": kind, "start": start, "apart": apart // timedelta(microseconds=1)}
            connection.execute(text(_SET_CLOCKS), spread)
        if engine.dialect.name == "postgresql":
            # Its autovacuum would have, by the time that so much is there.
            connection.execute(text("ANALYZE"))


def open_tickets(context: Context, engine: Engine, dues: Sequence[datetime]) -> None:
    """Open a ticket for each of `dues`, when its next page is due; its first has been sent."""
    for first in range(0, len(dues), _AT_ONCE):
        _open(context, [due - PAGED_AGAIN for due in dues[first : first + _AT_ONCE]])
    with engine.begin() as connection:
        connection.execute(text("UPDATE deliveries SET state = 'sent' WHERE state = 'waiting'"))


def _open(context: Context, moments: Sequence[datetime]) -> None:
    def job(uow: UnitOfWork) -> None:
        changes = [_opening(context, uow.tickets.next_number(), at) for at in moments]
        uow.apply(changes, moments[0])

    context.store.write(job)


def _opening(context: Context, number: int, at: datetime) -> Change:
    playbooks = context.shelf.current
    message = InboundMessage(
        source="slack",
        key=f"T1:C1:{number}",
        sender=Sender(slack="U0MARA", name="Mara"),
        text=_REQUEST,
        at=at,
        channel="#northfield-support",
        reply_to=Place("slack", {"channel": "C1", "thread": f"{number}.000100"}),
    )
    found = triage(message, playbooks, at)
    if found.decision.severity != "P1":
        raise RuntimeError(f"the playbooks make it {found.decision.severity}: another timer is due")
    event = opened(number, message, found, playbooks, at)
    return settle(None, (event,), playbooks, context.desk, at, reply=found.decision.reply)
