"""A ticket after each of its events: folding them gives the ticket.

`evolve` knows no clock and no database.
"""

from __future__ import annotations

from datetime import datetime

from supportbot.domain.on_call import working_time
from supportbot.domain.planned.event_request import request_after
from supportbot.domain.planned.temporary_change import changes_after
from supportbot.domain.ticket import clock_events as ce
from supportbot.domain.ticket import escalation_events as ee
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket import shift_events as se
from supportbot.domain.ticket.copying import replace
from supportbot.domain.ticket.ticket import OPEN, Ticket
from supportbot.domain.triage.message import Place


def opened(event: e.Opened) -> Ticket:
    """The ticket that an `Opened` event makes."""
    return Ticket(
        number=event.number,
        version=1,
        state="waiting" if event.approval else "new",
        round=0 if event.approval else 1,
        approval=event.approval,
        source=event.source,
        reporter=event.reporter,
        reporter_person=event.reporter_person,
        reply_to=event.reply_to,
        title=event.title,
        community=event.community,
        hub=event.hub,
        cluster=event.cluster,
        symptom=event.symptom,
        kind=event.kind,
        incident=event.incident,
        labels=event.labels,
        terms=event.terms,
        first_line=event.first_line,
        second_line=event.second_line,
        opened_at=event.at,
        changed_at=event.at,
        next_word_at=event.next_word_at,
        attached_to=event.attached_to,
        previous=event.previous,
        round_at=event.at,
        automatic_answers=event.automatic_answers,
        users_affected=event.users_affected,
        known_problem=event.known_problem,
        during=event.during,
        ready_mode=event.ready_mode,
        engineers=event.engineers,
        drill=event.drill,
    )


# Whoever did one of these has acknowledged it.
_PROOFS = (e.Acknowledged, ee.AcknowledgedToo, e.Taken, e.Replied)


def evolve(ticket: Ticket | None, event: e.Event) -> Ticket:
    """The ticket after `event`. Raises ValueError when the first event is not `Opened`."""
    if isinstance(event, e.Opened):
        return opened(event)
    if ticket is None:
        raise ValueError(f"a ticket begins with Opened, not {type(event).__name__}")
    after = replace(_apply(ticket, event), version=ticket.version + 1, changed_at=event.at)
    if event.by in after.awaited and isinstance(event, _PROOFS):
        after = replace(after, awaited=tuple(key for key in after.awaited if key != event.by))
    if after.handing or after.keeping:
        after = _as_owned(after)
    if after.approval and after.state != "waiting":
        after = _waits_no_more(after)
    if after.waiting_for and after.state != "waiting":
        after = replace(after, waiting_for=None)
    if after.asked_at and (after.state != "acknowledged" or is_sign_of_life(after, event)):
        after = replace(after, asked_at=None)
    return _timed(ticket, after, event)


def _as_owned(ticket: Ticket) -> Ticket:
    """Whoever else has a line by now has ended its change of shift; so has the end of it all."""
    handing = (h for h in ticket.handing if ticket.owner_of(h.line) == h.outgoing)
    keeping = (k for k in ticket.keeping if ticket.owner_of(k.line) == k.person)
    is_open = ticket.state in OPEN
    return replace(
        ticket,
        handing=tuple(handing) if is_open else (),
        keeping=tuple(keeping) if is_open else (),
    )


def _waits_no_more(ticket: Ticket) -> Ticket:
    """Whatever ended the wait starts the clock of the first answer."""
    over = replace(ticket, approval=None, waited_until=ticket.changed_at)
    owed = over.terms.first_answer
    if over.state not in OPEN or over.first_answer_at or over.next_word_at or owed is None:
        return over
    return replace(over, next_word_at=working_time.add(over.changed_at, owed))


def is_sign_of_life(ticket: Ticket, event: e.Event) -> bool:
    """Whether an event shows that somebody is on the ticket (as it is after it)."""
    by_holder = event.by is not None and event.by in ticket.held_by
    return by_holder or isinstance(event, e.SeverityChanged)


def _timed(before: Ticket, after: Ticket, event: e.Event) -> Ticket:
    """First line's time runs while one of it has the ticket, each within their own hours."""
    box, runs = after.box, first_line_works(after)
    anew = after.first_owner != before.first_owner or isinstance(event, e.SeverityChanged)
    if box.since is not None and (anew or not runs):
        box = box.stopped(event.at)
    if runs and box.since is None:
        hours = event.hours if isinstance(event, e.Acknowledged | e.Taken) else box.hours
        box = box.started(event.at, hours)
    return after if box is after.box else replace(after, box=box)


def first_line_works(ticket: Ticket) -> bool:
    """Whether first line's time runs: one of it has the ticket, and nothing is waited for. What is
    attached to another ticket is worked on there."""
    first = ticket.line == "first" and ticket.first_owner and not ticket.second_owner
    held = ticket.state == "acknowledged" and bool(first)
    rests = ticket.snoozed_until is not None or ticket.attached_to is not None
    return ticket.terms.timebox is not None and held and not rests


def _apply(ticket: Ticket, event: e.Event) -> Ticket:  # noqa: C901 - a branch an event
    match event:
        case e.Heard():
            return _heard(ticket, event)
        case e.Acknowledged():
            return _acknowledged(ticket, event)
        case ce.AcknowledgementLapsed():
            lapsed = replace(ticket, state="new", lapsed_at=event.at, awaited=())
            return replace(lapsed, round_at=event.round_at)
        case ce.WaitBegan() | ce.WaitEnded() | ce.Chased():
            return _waiting(ticket, event)
        case e.Reminded(kind="remind_acknowledged"):
            return replace(ticket, asked_at=event.at)
        case ce.TimeboxExtended():
            return replace(ticket, box=replace(ticket.box, extended=event.work))
        case e.Taken():
            return _owned(ticket, event.line, event.by, event.at)
        case e.LetGo():
            return _restarted(_owned(ticket, event.line, None, event.at), event.at)
        case e.HandedOver():
            handed = replace(ticket, line="second", second_line_reached=True, attached_to=None)
            return _restarted(handed, event.at)
        case e.Reached():
            return _reached(ticket, event)
        case e.PageFailed() if of_newest_step(ticket, event):
            dead = ticket.dead_pages + 1
            lost = 1 if dead == ticket.paged and ticket.reached else 0
            return replace(ticket, dead_pages=dead, reached=ticket.reached - lost)
        case e.StepPassed(how="held"):
            return replace(ticket, position=event.position)
        case e.StepPassed():
            return replace(ticket, position=event.position + 1)
        case e.PolicyRestarted():
            begun = replace(ticket, round=ticket.round + 1, round_at=event.at, position=0)
            return replace(begun, reached=0, awaited=())
        case e.IssueAsked():
            return replace(ticket, issue_asked=True)
        case e.SeverityChanged():
            return _new_terms(ticket, event)
        case e.Replied():
            answered = ticket.first_answer_at or event.at
            return replace(ticket, first_answer_at=answered, next_word_at=event.next_word_at)
        case e.Resolved():
            return _resolved(ticket, event)
        case e.Reopened():
            # Whatever it was attached to may be over by now, and would never page for it again.
            back = replace(ticket, resolved_at=None, closed_at=None, attached_to=None)
            return _restarted(back, event.at)
        case e.ApprovalGiven() | e.ApprovalWaived():
            return _restarted(ticket, event.at)
        case e.ApprovalDeclined():
            return replace(ticket, state="resolved", resolved_at=event.at, next_word_at=None)
        case e.Closed():
            return replace(ticket, state="closed", closed_at=event.at)
        case e.Snoozed():
            return replace(ticket, snoozed_until=event.until)
        case e.Woken():
            return replace(ticket, snoozed_until=None)
        case e.Merged():
            return replace(
                ticket, state="closed", closed_at=event.at, merged_into=event.into, attached_to=None
            )
        case (
            e.EventAsked()
            | e.EventAccepted()
            | e.EventDeclined()
            | e.EventPrompted()
            | e.EventPromptDone()
        ):
            return replace(ticket, request=request_after(ticket.request, event))
        case e.ChangeMade() | e.ChangeReverted() | e.RevertReminded():
            return replace(ticket, changes=changes_after(ticket.changes, event))
        case se.ShiftHandedOver() | se.Kept() | se.ShiftNotTaken():
            return _shifted(ticket, event)
        case _:
            return ticket


def _shifted(ticket: Ticket, event: se.ShiftEvent) -> Ticket:
    handing, keeping = se.after(ticket.handing, ticket.keeping, event)
    changed = replace(ticket, handing=handing, keeping=keeping)
    if not isinstance(event, se.ShiftNotTaken):
        return changed
    nobodys = _owned(changed, event.line, None, event.at)
    return _restarted(nobodys, event.at) if event.up else nobodys


def of_newest_step(ticket: Ticket, failed: e.PageFailed) -> bool:
    """Whether a page that failed was of the newest step: an older one has its successor."""
    return failed.position == ticket.position - 1 and failed.round in (None, ticket.round)


def _reached(ticket: Ticket, event: e.Reached) -> Ticket:
    return replace(
        ticket,
        # Who is still to acknowledge is called for a step that may be done long since.
        position=max(ticket.position, event.position + 1),
        second_line_reached=ticket.second_line_reached or event.second_line,
        paged=len(event.people) + len(event.webhooks),
        dead_pages=0,
        reached=ticket.reached + 1,
        awaited=tuple(dict.fromkeys((*ticket.awaited, *event.awaited))),
    )


def _heard(ticket: Ticket, event: e.Heard) -> Ticket:
    if event.by_team:
        ticket = replace(ticket, first_answer_at=ticket.first_answer_at or event.at)
    if event.reply_to is not None and continues(event.reply_to, ticket.reply_to):
        ticket = replace(ticket, reply_to=event.reply_to)
    return ticket


def continues(new: Place, old: Place | None) -> bool:
    """Whether an answer goes to the same reader at `new` as at `old`, in the newer thread."""
    return (
        old is not None
        and new.kind == old.kind == "mail"
        and new.address.get("to", "").casefold() == old.address.get("to", "").casefold()
    )


def _owned(ticket: Ticket, line: e.Line, person: str | None, at: datetime) -> Ticket:
    if person == ticket.owner_of(line):
        return ticket
    since = replace(ticket, owned_at=at, owned_version=ticket.version + 1)
    if line == "second":
        return replace(since, second_owner=person)
    return replace(since, first_owner=person)


def _restarted(ticket: Ticket, at: datetime) -> Ticket:
    fresh = replace(ticket, state="new", snoozed_until=None, lapsed_at=None)
    fresh = replace(fresh, reached=0, awaited=())
    return replace(fresh, round=ticket.round + 1, round_at=at, position=0)


def _acknowledged(ticket: Ticket, event: e.Acknowledged) -> Ticket:
    # Who let it lapse owns it until somebody else says that they have it.
    owner = None if ticket.lapsed_at else ticket.owner_of(event.line)
    ticket = _owned(ticket, event.line, owner or event.by, event.at)
    has_it = replace(ticket, state="acknowledged", lapsed_at=None)
    return replace(has_it, acknowledged_at=event.at, acknowledged_by=event.by)


def _waiting(ticket: Ticket, event: ce.WaitBegan | ce.WaitEnded | ce.Chased) -> Ticket:
    waits = ticket.waiting_for
    match event:
        case ce.WaitBegan():
            waits = ce.Waiting(event.party, event.who, event.chase, event.at)
            # Nothing is promised to whoever is asked for the next word themselves.
            promised = None if event.party == "reporter" else ticket.next_word_at
            begun = replace(ticket, state="waiting", waiting_for=waits, snoozed_until=None)
            return replace(begun, next_word_at=promised, awaited=())
        case ce.Chased() if waits is not None:
            return replace(ticket, waiting_for=replace(waits, chased=waits.chased + 1))
        case ce.WaitEnded():
            if waits is not None and waits.party == "reporter" and ticket.terms.next_update:
                ticket = replace(ticket, next_word_at=event.at + ticket.terms.next_update)
            if ticket.first_owner or ticket.second_owner:
                return replace(ticket, state="acknowledged")
            return _restarted(ticket, event.at)
    return ticket


def _resolved(ticket: Ticket, event: e.Resolved) -> Ticket:
    answered = ticket.first_answer_at or (event.at if event.text else None)
    over = replace(
        ticket, state="resolved", resolved_at=event.at, next_word_at=None, snoozed_until=None
    )
    return replace(over, first_answer_at=answered, awaited=())


def _new_terms(ticket: Ticket, event: e.SeverityChanged) -> Ticket:
    """A raise pages again even if acknowledged; so does any change nobody has acknowledged yet."""
    ticket = replace(
        ticket,
        terms=event.terms,
        attached_to=None,
        next_word_at=event.next_word_at,
        snoozed_until=None,
        awaited=(),
    )
    gated = ticket.state == "waiting" and ticket.waiting_for is None
    if event.raised or ticket.state == "new" or gated:
        return _restarted(ticket, event.at)
    return ticket
