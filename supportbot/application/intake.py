"""From an envelope to a ticket: keep it, read it, judge it, write all that follows at once.

Whoever brings an envelope may forget it once `receive` returns. Reading and judging come after, and
may crash as often as they like: the row is tried again, and set aside for a person after three.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from supportbot.application.context import Context
from supportbot.application.explain import record_of
from supportbot.application.ports import Envelope, Ignored, InboxRow, Reader, UnitOfWork
from supportbot.application.steps import Stepped
from supportbot.domain.consequences import settle
from supportbot.domain.events import Attached
from supportbot.domain.message import InboundMessage
from supportbot.domain.opening import (
    SAME_FAULT_WITHIN,
    answers_for_the_team,
    heard,
    opened,
    too_late_to_reopen,
)
from supportbot.domain.playbook import Playbooks
from supportbot.domain.timer import TRIES_BEFORE_PARKED
from supportbot.domain.triage import Triage, triage

log = structlog.get_logger()

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
    for row in rows:
        _admit(context, row, readers)
    return Stepped(busy=bool(rows))


def _admit(context: Context, row: InboxRow, readers: Mapping[str, Reader]) -> None:
    now = context.clock.now()
    try:
        message = readers[row.source].read(row)
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
    context: Context,
    uow: UnitOfWork,
    row: InboxRow,
    message: InboundMessage | Ignored,
    now: datetime,
) -> None:
    if isinstance(message, InboundMessage):
        outcome, ticket = _place(context, uow, message, now)
    else:
        outcome, ticket = f"ignored: {message.reason}", None
    if not uow.inbox.finish(row, outcome, ticket, now):
        raise _LeaseLost
    log.info("inbox_row_done", row=row.id, outcome=outcome, ticket=ticket)


def _place(
    context: Context, uow: UnitOfWork, message: InboundMessage, now: datetime
) -> tuple[str, int | None]:
    """Into its ticket, into a new one, or nowhere, with the reason."""
    known = uow.threads.find(message.thread_keys)
    if known is not None:
        return _go_on(context, uow, known, message, now)
    if said_within_the_team(message, context.desk.team_channel):
        return "ignored: said in a thread of the team's channel", None
    playbooks = context.shelf.current
    found = triage(message, playbooks, now)
    not_ours = not_for_the_desk(message, found, playbooks)
    if not_ours:
        return f"ignored: {not_ours}", None
    return "opened", _open(context, uow, message, found, now)


def said_within_the_team(message: InboundMessage, team_channel: str) -> bool:
    """Whether it hangs under a message of the team's channel: even a mention there is no request,
    and a receipt would stand in the middle of the team's work on another ticket."""
    place = message.reply_to.address.get("channel") if message.reply_to else None
    return not message.starts_thread and team_channel in (message.channel, place)


def not_for_the_desk(message: InboundMessage, found: Triage, playbooks: Playbooks) -> str:
    """Why a Slack message is none of the desk's business, or nothing."""
    if message.source != "slack" or message.direct or message.mentions_bot:
        return ""
    channels = {c for com in playbooks.communities.values() for c in com.slack_channels}
    if message.channel not in channels:
        return f"{message.channel} is no support channel"
    return "one of the team wrote it" if found.facts.sender_kind == "team" else ""


def _go_on(
    context: Context, uow: UnitOfWork, number: int, message: InboundMessage, now: datetime
) -> tuple[str, int | None]:
    ticket = uow.tickets.get(number, lock=True)
    if ticket is None:
        raise LookupError(f"SUP-{number} has a thread, but is gone")
    playbooks = context.shelf.current
    person = playbooks.writer(message.sender)
    key = person.key if person else None
    by_team = answers_for_the_team(ticket, key, playbooks.team())
    if too_late_to_reopen(ticket, now) and not by_team:
        found = triage(message, playbooks, now)
        return "opened", _open(context, uow, message, found, now, previous=number)
    events = heard(ticket, message, key, playbooks.team(), now)
    uow.apply([settle(ticket, events, playbooks, context.desk, now)], now)
    return "joined", number


def _open(
    context: Context,
    uow: UnitOfWork,
    message: InboundMessage,
    found: Triage,
    now: datetime,
    *,
    previous: int | None = None,
) -> int:
    playbooks, desk = context.shelf.current, context.desk
    number = uow.tickets.next_number()
    facts, decision = found.facts, found.decision
    similar = None
    if facts.hub and decision.symptom:
        since = now - SAME_FAULT_WITHIN
        similar = uow.tickets.similar(facts.hub, decision.symptom, since)
    event = opened(number, message, found, playbooks, now, similar=similar, previous=previous)
    changes = [
        settle(None, (event,), playbooks, desk, now, reply=decision.reply, tell=decision.tell)
    ]
    if similar is not None and event.attached_to is not None:
        attached = Attached(at=now, number=number)
        changes.append(settle(similar, (attached,), playbooks, desk, now))
    uow.apply(changes, now)
    for key in message.thread_keys:
        uow.threads.add(key, number)
    if message.reply_to is not None:
        uow.places.put(number, "reporter", message.reply_to.address)
    uow.versions.keep(playbooks.version, context.shelf.files, now)
    uow.decisions.add(number, record_of(message, found, playbooks, now))
    log.info("ticket_opened", ticket=number, severity=decision.severity, rule=decision.rule)
    return number
