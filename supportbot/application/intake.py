"""From an envelope to a ticket: keep it, read it, judge it, write all that follows at once.

Whoever brings an envelope may forget it once `receive` returns. Reading and judging come after, and
may crash as often as they like: the row is tried again, and set aside for a person after three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from supportbot.application.context import Context
from supportbot.application.explain import record_of
from supportbot.application.ports import (
    Envelope,
    Ignored,
    InboxRow,
    Quarantined,
    Reader,
    UnitOfWork,
)
from supportbot.application.steps import Stepped
from supportbot.domain.consequences import settle
from supportbot.domain.events import Attached
from supportbot.domain.message import InboundMessage
from supportbot.domain.opening import (
    MAYBE_THE_SAME_WITHIN,
    SAME_FAULT_WITHIN,
    answers_for_the_team,
    heard,
    opened,
    too_late_to_reopen,
)
from supportbot.domain.playbook import Playbooks
from supportbot.domain.ticket import Ticket, reference, reporter_key
from supportbot.domain.timer import TRIES_BEFORE_PARKED
from supportbot.domain.triage import Triage, triage

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


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of an envelope: `ticket` is where it is now, `quarantined` the reason why not.

    `outcome` is kept with its row; `threaded_by` says what showed that it belongs to the ticket.
    """

    outcome: str
    ticket: int | None = None
    new: bool = False
    threaded_by: str | None = None
    quarantined: str | None = None


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
            done = _place(context, uow, message, now)
        else:
            done = Admitted(f"ignored: {message.reason}")
        ours = uow.inbox.finish(row, done.outcome, done.ticket, now)
    if not ours:
        raise _LeaseLost
    reason = done.quarantined
    log.info("inbox_row_done", row=row.id, outcome=done.outcome, ticket=done.ticket, reason=reason)
    return done


def _doubtful(message: InboundMessage) -> Quarantined:
    """Another message had its name: a copy on another way, or a program that counts badly."""
    sender = message.sender.mail or message.sender.name or ""
    return Quarantined("same-message-id", sender, message.subject or "")


def _place(context: Context, uow: UnitOfWork, message: InboundMessage, now: datetime) -> Admitted:
    """Into its ticket, into a new one, or nowhere, with the reason."""
    known, threaded_by = _thread_of(uow, message)
    if known is not None:
        return _go_on(context, uow, known, message, threaded_by, now)
    if said_within_the_team(message, context.desk.team_channel):
        return Admitted("ignored: said in a thread of the team's channel")
    playbooks = context.shelf.current
    found = triage(message, playbooks, now)
    not_ours = not_for_the_desk(message, found, playbooks)
    if not_ours:
        return Admitted(f"ignored: {not_ours}")
    return Admitted("opened", _open(context, uow, message, found, now), new=True)


def _thread_of(uow: UnitOfWork, message: InboundMessage) -> tuple[Ticket | None, str]:
    """The ticket whose conversation it belongs to, and what showed that."""
    found = uow.threads.find(message.thread_keys)
    if found is not None:
        ticket = uow.tickets.get(found.ticket, lock=True)
        if ticket is None:
            raise LookupError(f"SUP-{found.ticket} has a thread, but is gone")
        return ticket, message.found_by.get(found.key, found.key)
    if message.names_ticket is None:
        return None, ""
    ticket = uow.tickets.get(message.names_ticket, lock=True)
    while ticket is not None and ticket.merged_into is not None:
        ticket = uow.tickets.get(ticket.merged_into, lock=True)
    return ticket, message.found_by.get(reference(message.names_ticket), "reference")


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
    context: Context,
    uow: UnitOfWork,
    ticket: Ticket,
    message: InboundMessage,
    threaded_by: str,
    now: datetime,
) -> Admitted:
    playbooks = context.shelf.current
    person = playbooks.writer(message.sender)
    key = person.key if person else None
    by_team = answers_for_the_team(ticket, key, playbooks.team())
    if too_late_to_reopen(ticket, now) and not by_team:
        found = triage(message, playbooks, now)
        number = _open(context, uow, message, found, now, previous=ticket.number)
        return Admitted("opened", number, new=True, threaded_by=threaded_by)
    events = heard(ticket, message, key, playbooks.team(), now, threaded_by)
    change = settle(ticket, events, playbooks, context.desk, now)
    uow.apply([change], now)
    if message.source == "mail":
        uow.threads.keep(message.thread_keys, ticket.number)
        if change.ticket.reply_to != ticket.reply_to and change.ticket.reply_to is not None:
            uow.places.put(ticket.number, "reporter", change.ticket.reply_to.address)
    uow.files.add(ticket.number, message.key, message.files, now)
    return Admitted("joined", ticket.number, threaded_by=threaded_by)


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
    maybe = _maybe_the_same(uow, message, found, now)
    event = opened(
        number, message, found, playbooks, now, similar=similar, previous=previous, maybe=maybe
    )
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
    uow.files.add(number, message.key, message.files, now)
    uow.versions.keep(playbooks.version, context.shelf.files, now)
    uow.decisions.add(number, record_of(message, found, playbooks, now))
    log.info("ticket_opened", ticket=number, severity=decision.severity, rule=decision.rule)
    return number


def _maybe_the_same(
    uow: UnitOfWork, message: InboundMessage, found: Triage, now: datetime
) -> int | None:
    """The newest open ticket that the same person wrote elsewhere, about no other hub."""
    reporter = reporter_key(found.facts.person, message.sender)
    if reporter is None:
        return None
    for ticket in uow.tickets.of_reporter(reporter, now - MAYBE_THE_SAME_WITHIN):
        other_hub = ticket.hub and found.facts.hub and ticket.hub != found.facts.hub
        if ticket.source != message.source and not other_hub:
            return ticket.number
    return None
