"""Where a message belongs: into its ticket, into a new one, or nowhere, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from supportbot.application import known_problems
from supportbot.application.context import Context
from supportbot.application.conversations import Conversation, conversation_of
from supportbot.application.explain import record_of
from supportbot.application.in_force import in_force
from supportbot.application.judging import judge, judge_again
from supportbot.application.ports import UnitOfWork
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket.approval import is_certain_outage, reads_as_outage
from supportbot.domain.ticket.approving import heard_while_waiting, unreachable, wakes
from supportbot.domain.ticket.consequences import settle
from supportbot.domain.ticket.events import Attached, Event
from supportbot.domain.ticket.opening import (
    MAYBE_THE_SAME_WITHIN,
    MOST_ANSWERED_AN_HOUR,
    SAME_FAULT_WITHIN,
    answers_for_the_team,
    heard,
    opened,
    too_late_to_reopen,
)
from supportbot.domain.ticket.ticket import Ticket, reporter_key
from supportbot.domain.triage.decision import Triage
from supportbot.domain.triage.facts import origin_of
from supportbot.domain.triage.message import InboundMessage

log = structlog.get_logger()

_BY_RULE = "rule: "


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


def place(
    context: Context,
    uow: UnitOfWork,
    message: InboundMessage,
    now: datetime,
    *,
    released: bool = False,
) -> Admitted:
    """Into its ticket, into a new one, or nowhere, with the reason. `released` is no noise: a
    person said so."""
    playbooks = in_force(context, uow)
    known = conversation_of(uow, message, playbooks)
    if known is not None:
        return _go_on(context, uow, known, message, now, released=released)
    if said_within_the_team(message, context.desk.team_channel):
        return Admitted("ignored: said in a thread of the team's channel")
    found = judge(uow, message, playbooks, now, released=released)
    not_ours = not_for_the_desk(message, found, playbooks)
    if not_ours:
        return Admitted(f"ignored: {not_ours}")
    if found.decision.quarantine:
        return _noise(found)
    # From here on no other process opens a ticket: what it opened a moment ago is there by now. A
    # number that is not used is no harm.
    number = uow.tickets.next_number()
    known = conversation_of(uow, message, playbooks)
    if known is not None:
        return _go_on(context, uow, known, message, now, released=released)
    return _opened(context, uow, number, message, found, now)


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


def _noise(found: Triage) -> Admitted:
    return Admitted("quarantined", quarantined=f"{_BY_RULE}{found.decision.rule}")


def rule_that_kept(reason: str) -> str | None:
    """The rule that put a message into quarantine for this reason; None: it was no rule."""
    return reason.removeprefix(_BY_RULE) if reason.startswith(_BY_RULE) else None


def _go_on(
    context: Context,
    uow: UnitOfWork,
    known: Conversation,
    message: InboundMessage,
    now: datetime,
    *,
    released: bool,
) -> Admitted:
    ticket, by = known.ticket, known.threaded_by
    playbooks = in_force(context, uow)
    person = origin_of(message, playbooks).person
    key = person.key if person else None
    by_team = answers_for_the_team(ticket, key, playbooks.team())
    if too_late_to_reopen(ticket, now) and not by_team:
        found = judge(uow, message, playbooks, now, released=released)
        if found.decision.quarantine:
            return _noise(found)
        number = uow.tickets.next_number()
        return _opened(context, uow, number, message, found, now, previous=ticket.number, by=by)
    events = _said(uow, known, message, key, playbooks, now)
    change = settle(ticket, events, playbooks, context.desk, now)
    uow.apply([change], now)
    if message.source == "mail":
        # Whoever guessed their way in would be certain with their next mail.
        if known.certain:
            uow.threads.keep(_names(message), ticket.number)
        if change.ticket.reply_to != ticket.reply_to and change.ticket.reply_to is not None:
            uow.places.put(ticket.number, "reporter", change.ticket.reply_to.address)
    uow.files.add(ticket.number, message.key, message.files, now)
    return Admitted("joined", ticket.number, threaded_by=by)


def _said(
    uow: UnitOfWork,
    known: Conversation,
    message: InboundMessage,
    key: str | None,
    playbooks: Playbooks,
    now: datetime,
) -> tuple[Event, ...]:
    """What a further message does to its ticket, whether or not it waits for approval."""
    ticket = known.ticket
    late = not wakes(ticket, message, key, playbooks)
    outage = certain = False
    if late or ticket.approval is not None:
        found = judge(uow, message, playbooks, now)
        outage = found.decision.incident or reads_as_outage(found.facts)
        certain = is_certain_outage(found.facts)
    news = known.certain and (outage or not late)
    events = heard(ticket, message, key, playbooks.team(), now, known.threaded_by, wakes=news)
    ended = heard_while_waiting(
        ticket, message, key, playbooks, now, outage=outage, certain=certain
    )
    return (*events, *ended)


def _names(message: InboundMessage) -> Sequence[str]:
    """What later messages of its conversation may call it."""
    return message.known_as or message.thread_keys


def _opened(
    context: Context,
    uow: UnitOfWork,
    number: int,
    message: InboundMessage,
    found: Triage,
    now: datetime,
    *,
    previous: int | None = None,
    by: str | None = None,
) -> Admitted:
    """A new ticket, seen beside what others opened before its number was drawn."""
    found = judge_again(uow, found, message, in_force(context, uow))
    if found.decision.quarantine:
        return _noise(found)
    _open(context, uow, number, message, found, now, previous=previous)
    return Admitted("opened", number, new=True, threaded_by=by)


def _open(
    context: Context,
    uow: UnitOfWork,
    number: int,
    message: InboundMessage,
    found: Triage,
    now: datetime,
    *,
    previous: int | None = None,
) -> None:
    playbooks, desk = in_force(context, uow), context.desk
    facts, decision = found.facts, found.decision
    similar: Sequence[Ticket] = ()
    if facts.hub and decision.symptom:
        since = now - SAME_FAULT_WITHIN
        similar = uow.tickets.similar(facts.hub, decision.symptom, since)
    maybe = _maybe_the_same(uow, message, found, now)
    # The record keeps the message as it was judged.
    said = _without_answers(uow, message, found, now)
    event = opened(
        number, said, found, playbooks, now, similar=similar, previous=previous, maybe=maybe
    )
    changes = [
        settle(
            None,
            (event, *unreachable(event, playbooks, desk)),
            playbooks,
            desk,
            now,
            reply=decision.reply,
            tell=decision.tell,
            ask=decision.ask,
            words=message.text,
        )
    ]
    for pages in (one for one in similar if one.number == event.attached_to):
        attached = Attached(at=now, number=number)
        changes.append(settle(pages, (attached,), playbooks, desk, now))
    uow.apply(changes, now)
    known_problems.count(context, uow, facts.known_problem, number, now)
    for key in _names(message):
        uow.threads.add(key, number)
    if message.reply_to is not None:
        uow.places.put(number, "reporter", message.reply_to.address)
    uow.files.add(number, message.key, message.files, now)
    uow.versions.keep(playbooks.version, context.shelf.files(playbooks.version), now)
    uow.decisions.add(number, record_of(message, found, playbooks, now))
    log.info("ticket_opened", ticket=number, severity=decision.severity, rule=decision.rule)


def _without_answers(
    uow: UnitOfWork, message: InboundMessage, found: Triage, now: datetime
) -> InboundMessage:
    """The message, with no automatic answer where its writer has opened too many just now."""
    reporter = reporter_key(found.facts.person, message.sender)
    if message.source != "mail" or reporter is None or not message.automatic_answers:
        return message
    opened_lately = uow.tickets.of_reporter(reporter, now - timedelta(hours=1))
    if len(opened_lately) < MOST_ANSWERED_AN_HOUR:
        return message
    note = f"{MOST_ANSWERED_AN_HOUR} tickets within an hour: nothing is answered automatically"
    return replace(message, automatic_answers=False, notes=(*message.notes, note))


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
