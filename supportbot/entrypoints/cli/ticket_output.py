"""Tickets and what happened to them, as JSON and as lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, time, timedelta
from typing import Any

from supportbot.application.queries import TicketView
from supportbot.application.ticket_actions import Done
from supportbot.domain.notices.clock_notices import said, said_delay
from supportbot.domain.notices.clock_words import CLOCK_WORDS
from supportbot.domain.notices.scene import joined
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.policy.playbook import Playbooks, Severity
from supportbot.domain.ticket.commands import name_of
from supportbot.domain.ticket.events import Event
from supportbot.domain.ticket.ticket import OPEN, Ticket, reference
from supportbot.domain.ticket.timebox import whole
from supportbot.domain.ticket.waiting import whom
from supportbot.entrypoints.cli.output import Json, iso, table, utc_words
from supportbot.entrypoints.cli.planned_output import plan_words, planned_json, planned_rows

# Told by the ticket itself, or by the line they stand on.
_NOT_IN_A_LINE = {
    "at",
    "by",
    "terms",
    "position",
    "attempt",
    "step",
    "raised",
    "key",
    "files",
    "reply_to",
    "whole",
    "hours",
    "round_at",
}
_OF_AN_OPENING = ("rule", "playbooks", "commit", "attached_to", "previous", "maybe", "notes")


def ticket_json(ticket: Ticket) -> Json:
    """A ticket with people as keys and times in ISO 8601 with offset."""
    return {
        "ticket": ticket.reference,
        "version": ticket.version,
        "state": ticket.state,
        "severity": ticket.terms.key,
        "title": ticket.title,
        "kind": ticket.kind,
        "incident": ticket.incident,
        "symptom": ticket.symptom,
        "labels": list(ticket.labels),
        "source": ticket.source,
        "reporter": {**_plain(ticket.reporter), "person": ticket.reporter_person},
        "community": ticket.community,
        "hub": ticket.hub.partition("/")[2] if ticket.hub else None,
        "cluster": ticket.cluster,
        "line": ticket.line,
        "owners": {"first_line": ticket.first_owner, "second_line": ticket.second_owner},
        "handing_over": [_plain(one) for one in ticket.handing],
        "kept": [_plain(one) for one in ticket.keeping],
        "acknowledged_by": ticket.acknowledged_by,
        "still_to_acknowledge": list(ticket.awaited),
        "waits_for": list(ticket.approval.approvers) if ticket.approval else [],
        "waiting_for": _waiting_json(ticket),
        "lapsed_at": iso(ticket.lapsed_at),
        "first_line_time": _box_json(ticket),
        "attached_to": reference(ticket.attached_to) if ticket.attached_to else None,
        "previous": reference(ticket.previous) if ticket.previous else None,
        "opened_at": iso(ticket.opened_at),
        "changed_at": iso(ticket.changed_at),
        "acknowledged_at": iso(ticket.acknowledged_at),
        "first_answer_at": iso(ticket.first_answer_at),
        "next_word_at": iso(ticket.next_word_at),
        "resolved_at": iso(ticket.resolved_at),
        "closed_at": iso(ticket.closed_at),
        **planned_json(ticket),
    }


def _waiting_json(ticket: Ticket) -> Json | None:
    waits = ticket.waiting_for
    if waits is None:
        return None
    chase = {"seconds": waits.chase.length.total_seconds(), "kind": waits.chase.kind}
    since = iso(waits.since)
    return {"party": waits.party, "who": waits.who or None, "since": since, "chase": chase}


def _box_json(ticket: Ticket) -> Json | None:
    """First line's time, where there is one: `worked` until `since`, from when on it runs."""
    if ticket.terms.timebox is None:
        return None
    return {
        "seconds": whole(ticket).total_seconds(),
        "worked": ticket.box.worked.total_seconds(),
        "since": iso(ticket.box.since),
        "until": iso(ticket.box.used_up(whole(ticket))),
        "extended": ticket.box.extended is not None,
    }


def _clock_rows(view: TicketView) -> list[tuple[str, str]]:
    """What comes due next, whom it waits for, and what is left of first line's time."""
    ticket, rows = view.ticket, []
    if ticket.waiting_for is not None:
        since = utc_words(ticket.waiting_for.since)
        rows.append(("Waits for", f"{whom(ticket.waiting_for)}, since {since}"))
    if ticket.lapsed_at is not None:
        rows.append(("Lapsed", f"at {utc_words(ticket.lapsed_at)}: nobody was still on it"))
    if ticket.terms.timebox is not None and ticket.line == "first" and ticket.state in OPEN:
        until = ticket.box.used_up(whole(ticket))
        left = f"runs until {utc_words(until)}" if until else "stands"
        rows.append(("Work time", f"{said(whole(ticket))}; {said(ticket.box.worked)} used; {left}"))
    if view.clocks:
        kind, due = view.clocks[0]
        rows.append(("Next clock", f"{utc_words(due)}: {CLOCK_WORDS[kind]}"))
    return rows


def event_json(event: Event) -> Json:
    """What happened, under `event`, and its particulars."""
    return {"event": _kind(event), **_plain(event)}


def done_json(done: Done) -> Json:
    return {**ticket_json(done.ticket), "events": [event_json(event) for event in done.events]}


def view_json(view: TicketView) -> Json:
    return {
        **ticket_json(view.ticket),
        "words": view.words,
        "reached": list(view.reached),
        "next_step_at": iso(view.next_step_at),
        "held": _held_json(view),
        "clocks": [{"kind": kind, "at": iso(due)} for kind, due in view.clocks],
        "places": {name: dict(place) for name, place in view.places.items()},
        "events": [event_json(event) for event in view.events],
    }


def _held_json(view: TicketView) -> Json | None:
    held = view.held
    if held is None:
        return None
    return {"step": held.step + 1, "until": iso(held.until), "reason": held.reason}


def _next_step(view: TicketView) -> str:
    at = utc_words(view.next_step_at) or "none: the policy is not running"
    return f"held until {at}: {view.held.reason}" if view.held else at


def listing_text(tickets: Sequence[Ticket], playbooks: Playbooks) -> str:
    if not tickets:
        return "No tickets."
    rows = [("TICKET", "SEVERITY", "STATE", "COMMUNITY", "OWNER", "OPENED", "TITLE")]
    rows += [
        (
            ticket.reference,
            ticket.terms.key,
            ticket.state,
            ticket.community or "–",
            name_of(ticket.owner, playbooks),
            utc_words(ticket.opened_at),
            ticket.title,
        )
        for ticket in tickets
    ]
    return table(rows)


def view_text(view: TicketView, playbooks: Playbooks) -> str:
    ticket = view.ticket
    facts = [
        ("Reporter", f"{view.reporter}, {view.community or 'of an unknown community'}"),
        ("Hub", f"{ticket.hub or 'unknown'}; symptom: {ticket.symptom or 'none'}"),
        ("First line", view.first_owner or "nobody"),
        ("Second line", view.second_owner or "nobody"),
        *([("Waits for", joined(view.waits_for))] if view.waits_for else []),
        *[("Change of shift", f"{shift.said}{utc_words(shift.until)}") for shift in view.shifts],
        ("Next word", utc_words(ticket.next_word_at) or "not promised"),
        *([("Not acknowledged by", joined(view.awaited))] if view.awaited else []),
        ("Next step", _next_step(view)),
        *_clock_rows(view),
        *planned_rows(ticket),
    ]
    lines = [f"{_headline(ticket)}: {ticket.title}", "", table(facts), ""]
    lines += [f"  {line}" for line in view.words.splitlines()]
    lines += ["", table([_row(event, playbooks) for event in view.events])]
    return "\n".join(lines)


def done_text(done: Done, playbooks: Playbooks) -> str:
    """What was done, and the ticket after it."""
    lines = [f"{_headline(done.ticket)}, owned by {name_of(done.ticket.owner, playbooks)}"]
    for event in done.events:
        _, what, particulars = _row(event, playbooks)
        lines.append(f"  {what} ({particulars})" if particulars else f"  {what}")
    return "\n".join(lines)


def _headline(ticket: Ticket) -> str:
    return f"{ticket.reference} is {ticket.state}, {ticket.terms.key}, with {ticket.line} line"


def _row(event: Event, playbooks: Playbooks) -> tuple[str, str, str]:
    told = {
        field.name: value
        for field in fields(event)
        if _worth_a_line(event, field.name) and (value := getattr(event, field.name))
    }
    if isinstance(terms := getattr(event, "terms", None), Severity):
        told["severity"] = terms.key
    what = _kind(event).replace("_", " ")
    by = f" by {name_of(event.by, playbooks)}" if event.by else ""
    particulars = (f"{name.replace('_', ' ')}: {_said(value)}" for name, value in told.items())
    return utc_words(event.at), what + by, "; ".join(particulars)


def _worth_a_line(event: Event, name: str) -> bool:
    if _kind(event) == "opened":
        return name in _OF_AN_OPENING
    return name not in _NOT_IN_A_LINE


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return utc_words(value)
    if isinstance(value, timedelta):
        return said(value)
    if isinstance(value, Delay):
        return said_delay(value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, EventPlan):
        return plan_words(value)
    return "yes" if value is True else str(value)


def _kind(event: Event) -> str:
    """`severity_changed` for SeverityChanged."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()


def _plain(value: Any) -> Any:
    """Any value of the domain as JSON has it; a severity is its name."""
    if isinstance(value, Severity):
        return value.key
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(map(_plain, value))
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
