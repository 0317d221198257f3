"""From an envelope to a ticket: keep it, read it, judge it, write all that follows at once.

Whoever brings an envelope may forget it once `receive` returns. Reading and judging come after, and
may crash as often as they like: the row is tried again, and set aside for a person after three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from supportbot.application.context import Context
from supportbot.application.placing import Admitted, place
from supportbot.application.ports import (
    Envelope,
    Ignored,
    InboxRow,
    Quarantined,
    Reader,
    UnitOfWork,
)
from supportbot.application.steps import Stepped
from supportbot.domain.ticket.timer import TRIES_BEFORE_PARKED
from supportbot.domain.triage.decision import title_of
from supportbot.domain.triage.message import InboundMessage

log = structlog.get_logger()

Verdict = InboundMessage | Ignored | Quarantined

BATCH = 20
# Reading asks Slack for a few names at most: a row whose holder died need not wait longer.
LEASE = timedelta(seconds=45)
_WAIT_AFTER_CRASH = timedelta(seconds=10)
# The source cannot say now who wrote or where: that is no fault of the row, and it waits.
_AWAY = (ConnectionError, TimeoutError)
_LONGEST_WAIT = timedelta(minutes=2)
# Longer than an outage lasts: after this a person should see it.
_LONGEST_AWAY = timedelta(days=1)


class _LeaseLost(Exception):
    """Another process has the row by now: what this one did must not be written."""


def receive(context: Context, envelope: Envelope) -> bool:
    """Keep what arrived. Returns once that is durable; False when it was known already."""
    return context.store.write(lambda uow: uow.inbox.add(envelope))


def step(context: Context, readers: Mapping[str, Reader]) -> Stepped:
    """Read and judge what waits in the inbox. `readers` are by source."""
    now = context.clock.now()
    rows = context.store.write(lambda uow: uow.inbox.claim(now, BATCH, LEASE))
    admit(context, rows, readers)
    return Stepped(busy=bool(rows))


def take(
    context: Context, envelopes: Sequence[Envelope], readers: Mapping[str, Reader]
) -> Sequence[Admitted]:
    """Keep, read and judge at once, all in one transaction, for a source that waits for the answer.

    What cannot be judged now is kept like anything else, and judged later: `outcome` says so.
    """
    try:
        read = [_unkept(envelope, readers) for envelope in envelopes]
        return context.store.write(lambda uow: [_taken(context, uow, *each) for each in read])
    except Exception as error:
        log.warning("intake_put_off", reason=f"{type(error).__name__}: {error}"[:200])
    return [
        Admitted("kept, to be read later" if receive(context, envelope) else "known already")
        for envelope in envelopes
    ]


def _unkept(envelope: Envelope, readers: Mapping[str, Reader]) -> tuple[Envelope, Verdict]:
    row = InboxRow(0, "", envelope.source, envelope.body, envelope.received_at, 1, envelope.raw)
    return envelope, readers[envelope.source].read(row)


def _taken(context: Context, uow: UnitOfWork, envelope: Envelope, message: Verdict) -> Admitted:
    now = context.clock.now()
    row = uow.inbox.add_claimed(envelope, now, LEASE)
    if row is None:
        return Admitted("known already", uow.inbox.ticket_of(envelope))
    return _take_in(context, uow, row, message, now)


def admit(context: Context, rows: Sequence[InboxRow], readers: Mapping[str, Reader]) -> None:
    """Read and judge claimed rows, all in one transaction; where one spoils it, each in its own."""
    read = [pair for row in rows if (pair := _read(context, row, readers)) is not None]
    if len(read) > 1:
        now = context.clock.now()
        try:
            context.store.write(lambda uow: [_take_in(context, uow, *pair, now) for pair in read])
        except Exception as error:
            log.info("inbox_batch_divided", rows=len(read), reason=f"{type(error).__name__}"[:100])
        else:
            return
    for pair in read:
        _admit(context, *pair)


def _read(
    context: Context, row: InboxRow, readers: Mapping[str, Reader]
) -> tuple[InboxRow, Verdict] | None:
    """The row and what is in it; None when reading it crashed."""
    try:
        return row, readers[row.source].read(row)
    except Exception as error:
        _crashed(context, row, error, context.clock.now())
        return None


def _admit(context: Context, row: InboxRow, message: Verdict) -> None:
    now = context.clock.now()
    try:
        context.store.write(lambda uow: _take_in(context, uow, row, message, now))
    except _LeaseLost:
        log.info("inbox_lease_lost", row=row.id)
    except Exception as error:
        _crashed(context, row, error, now)


def _crashed(context: Context, row: InboxRow, error: Exception, now: datetime) -> None:
    away = isinstance(error, _AWAY) and now - row.received_at < _LONGEST_AWAY
    parked = row.tries >= TRIES_BEFORE_PARKED and not away
    wait = min(_WAIT_AFTER_CRASH * row.tries, _LONGEST_WAIT)
    if away:
        log.warning("inbox_row_waits", row=row.id, tries=row.tries, reason=str(error)[:200])
    else:
        log.error("inbox_row_crashed", row=row.id, tries=row.tries, parked=parked, exc_info=error)
    due = None if parked else now + wait
    reason = f"{type(error).__name__}: {error}"[:500]
    context.store.write(lambda uow: uow.inbox.put_back(row, reason, due))


def _take_in(
    context: Context, uow: UnitOfWork, row: InboxRow, message: Verdict, now: datetime
) -> Admitted:
    if row.same_name and not row.released and isinstance(message, InboundMessage):
        message = _doubtful(message)
    if isinstance(message, Quarantined):
        done = Admitted("quarantined", quarantined=message.reason)
        ours = uow.inbox.quarantine(row, message, now)
    else:
        if isinstance(message, InboundMessage):
            done = place(context, uow, message, now, released=row.released)
        else:
            done = Admitted(f"ignored: {message.reason}")
        if isinstance(message, InboundMessage) and done.quarantined:
            ours = uow.inbox.quarantine(row, _aside(message, done.quarantined), now)
        else:
            ours = uow.inbox.finish(row, done.outcome, done.ticket, now)
    if not ours:
        raise _LeaseLost
    reason = done.quarantined
    log.info("inbox_row_done", row=row.id, outcome=done.outcome, ticket=done.ticket, reason=reason)
    return done


def _doubtful(message: InboundMessage) -> Quarantined:
    """Another message had its name: a copy on another way, or a program that counts badly."""
    return _aside(message, "same-message-id")


def _aside(message: InboundMessage, reason: str) -> Quarantined:
    sender = message.sender.mail or message.sender.name or message.sender.slack or ""
    return Quarantined(reason, sender, title_of(message))
