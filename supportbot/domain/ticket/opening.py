"""How a message becomes a ticket, or goes on with one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from supportbot.domain.on_call import working_time
from supportbot.domain.planned.ready_mode import named, named_in, severities_in, with_named
from supportbot.domain.policy.playbook import Playbooks, Severity
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.approval import approval_of
from supportbot.domain.ticket.ticket import OPEN, Ticket, reporter_key
from supportbot.domain.ticket.waiting import ended_by_word
from supportbot.domain.triage.decision import Triage, title_of
from supportbot.domain.triage.message import InboundMessage, Sender

# One fault, many reporters: within this time, the same hub and symptom page once.
SAME_FAULT_WITHIN = timedelta(minutes=30)
# What one person wrote in two places within this time may be one request.
MAYBE_THE_SAME_WITHIN = timedelta(hours=24)
# Whoever opens more than so many within an hour by mail may be a program that does not say so: it
# gets no automatic answers any more, and cannot go on for ever with another one.
MOST_ANSWERED_AN_HOUR = 5
# What the timeline keeps of a message; the whole of it stays in the inbox.
KEPT_CHARACTERS = 40_000


def terms_of(found: Triage, playbooks: Playbooks) -> Severity:
    """The severity's terms, in ready mode its tighter ones, with what the rule says of the public
    issue; during an event its engineers are called, too."""
    facts, issue = found.facts, found.decision.github_issue
    terms = severities_in(playbooks, ready_mode=facts.ready_mode)[found.decision.severity]
    # The same object where nothing differs: the store keeps the text of each only once.
    terms = terms if terms.github_issue == issue else replace(terms, github_issue=issue)
    return with_named(terms, named(facts.engineers, facts.event, facts.engineers_until))


def answer_by(terms: Severity, at: datetime) -> datetime | None:
    """When the first answer to what came in at `at` (aware UTC) is owed."""
    return working_time.add(at, terms.first_answer) if terms.first_answer else None


def opened(
    number: int,
    message: InboundMessage,
    found: Triage,
    playbooks: Playbooks,
    now: datetime,
    *,
    similar: Sequence[Ticket] = (),
    previous: int | None = None,
    maybe: int | None = None,
) -> e.Opened:
    """The event that opens ticket `number`; attached to the first of `similar` that pages for both.

    `previous` is the closed ticket it goes on from, `maybe` one of the same reporter's to join.
    """
    facts, decision, terms = found.facts, found.decision, terms_of(found, playbooks)
    waits = approval_of(facts.community, playbooks, now) if decision.needs_approval else None
    # What waits pages with no other, and promises nothing yet.
    paging = (one for one in similar if covers(one, terms, ready_mode=facts.ready_mode))
    pages = None if waits else next(paging, None)
    return e.Opened(
        at=now,
        number=number,
        source=message.source,
        reporter=message.sender,
        reporter_person=facts.person,
        reply_to=message.reply_to,
        title=title_of(message),
        community=facts.community,
        hub=facts.hub,
        cluster=facts.cluster,
        symptom=decision.symptom,
        kind=decision.kind,
        incident=decision.incident,
        labels=decision.labels,
        approval=waits,
        terms=terms,
        first_line=decision.first_line,
        second_line=decision.second_line,
        rule=decision.rule,
        playbooks=playbooks.version,
        commit=playbooks.commit,
        next_word_at=None if waits else answer_by(terms, now),
        attached_to=pages.number if pages else None,
        during=facts.event,
        ready_mode=facts.ready_mode,
        engineers=facts.engineers,
        previous=previous,
        maybe=maybe,
        files=message.files,
        notes=message.notes,
        automatic_answers=message.automatic_answers,
        users_affected=facts.words.users_affected,
        known_problem=facts.known_problem,
    )


def covers(similar: Ticket, terms: Severity, *, ready_mode: bool = False) -> bool:
    """Whether a ticket's policy runs and is as urgent: a worse report must page for itself, and so
    must the first one in ready mode, or of the time for which somebody is named."""
    called = {target.name for target in named_in(similar.terms)}
    everyone = all(target.name in called for target in named_in(terms))
    as_ready = similar.ready_mode or not ready_mode
    as_bad = similar.approval is None and similar.terms.rank <= terms.rank
    return as_bad and as_ready and everyone


def heard(
    ticket: Ticket,
    message: InboundMessage,
    person: str | None,
    team: frozenset[str],
    now: datetime,
    threaded_by: str = "",
    *,
    wakes: bool = True,
) -> tuple[e.Event, ...]:
    """What a further message of the conversation does: it is heard, and where it `wakes` what was
    resolved, that is open again. Where not, nor do answers follow it."""
    by_team = answers_for_the_team(ticket, person, team)
    aside = by_team and not _hears(ticket, message)
    event = e.Heard(
        at=now,
        by=person,
        key=message.key,
        text=message.text[:KEPT_CHARACTERS],
        author=_author(message),
        by_team=by_team and not aside,
        aside=aside,
        threaded_by=threaded_by,
        reply_to=message.reply_to if message.source == "mail" and wakes else None,
        whole=message.whole[:KEPT_CHARACTERS],
        files=message.files,
        notes=message.notes,
    )
    if by_team or not wakes:
        return (event,)
    if ticket.state in OPEN:
        return (event, *ended_by_word(ticket, now))
    return (event, e.Reopened(at=now, reason=f"wrote again after it was {ticket.state}"))


def _author(message: InboundMessage) -> str:
    """Who wrote, as the team is told: a name alone would pass for one they know."""
    sender = message.sender
    if message.authenticated is False:
        return f"{sender.name or 'someone'} ({sender.mail or 'no address'}, not proved)"
    return sender.name or sender.mail or sender.slack or "someone"


def _hears(ticket: Ticket, message: InboundMessage) -> bool:
    """Whether the reporter hears what one of the team says there: a page has a thread, too, and a
    mail to the desk need not have gone to anybody else."""
    theirs = ticket.reply_to
    if message.source == "mail":
        return False
    if message.reply_to is None or theirs is None:
        return True
    there = message.reply_to.address.get("channel")
    return theirs.kind == "slack" and theirs.address.get("channel") == there


def answers_for_the_team(ticket: Ticket, person: str | None, team: frozenset[str]) -> bool:
    """Whether this writer is the team's voice: one of it who asked for help is a reporter."""
    return person in team and person != ticket.reporter_person


def is_related(ticket: Ticket, person: str | None, sender: Sender, community: str | None) -> bool:
    """Whether a writer has to do with the ticket: its reporter, or somebody of its community."""
    writer = reporter_key(person, sender)
    if writer is not None and writer == ticket.reporter_key:
        return True
    return community is not None and community == ticket.community


def too_late_to_reopen(ticket: Ticket, now: datetime) -> bool:
    """Whether a message to this closed ticket begins a new one."""
    closed = ticket.closed_at if ticket.state == "closed" else None
    return closed is not None and now - closed > ticket.terms.reopen_within
