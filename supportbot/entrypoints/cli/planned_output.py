"""Events and temporary changes as JSON and as words."""

from __future__ import annotations

from supportbot.domain.planned.event_request import EventRequest, span
from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.planned.temporary_change import TemporaryChange, standing
from supportbot.domain.ticket.ticket import Ticket
from supportbot.entrypoints.cli.output import Json, iso, utc_words


def plan_json(plan: EventPlan) -> Json:
    return {
        "name": plan.name,
        "community": plan.community,
        "hub": plan.hub_id,
        "windows": [{"from": iso(w.start), "to": iso(w.end)} for w in plan.windows],
        "time_zone": plan.zone,
        "people": plan.people,
        "ready_mode": plan.ready_mode,
        "engineers": list(plan.engineers),
        "freeze": plan.freeze,
    }


def request_json(request: EventRequest) -> Json:
    """What was asked for, with the two figures in seconds: below zero, the event had begun."""
    return {
        **plan_json(request.plan),
        "state": request.state,
        "late": request.late,
        "asked_at": iso(request.asked_at),
        "tracked_at": iso(request.tracked_at),
        "notice_seconds": int(request.notice.total_seconds()),
        "lag_seconds": int(request.lag.total_seconds()),
        "prompted": list(request.prompted),
        "done": list(request.done),
    }


def change_json(change: TemporaryChange) -> Json:
    return {
        "number": change.number,
        "change": change.text,
        "by": change.owner,
        "made_at": iso(change.made_at),
        "revert_by": iso(change.revert_by),
        "reverted_at": iso(change.reverted_at),
    }


def planned_json(ticket: Ticket) -> Json:
    """What a ticket says of events and temporary changes."""
    return {
        "during": ticket.during,
        "ready_mode": ticket.ready_mode,
        "engineers": list(ticket.engineers),
        "event_request": request_json(ticket.request) if ticket.request else None,
        "temporary_changes": [change_json(change) for change in ticket.changes],
    }


def planned_rows(ticket: Ticket) -> list[tuple[str, str]]:
    """The same in words, as far as there is something to say."""
    rows: list[tuple[str, str]] = []
    if ticket.during:
        rows.append(("During", ticket.during + (", in ready mode" if ticket.ready_mode else "")))
    if request := ticket.request:
        figures = f"notice {span(request.notice)}, lag {span(request.lag)}"
        rows.append(("Event", f"{plan_words(request.plan)}; {request.state}; {figures}"))
    for change in standing(ticket.changes):
        until = utc_words(change.revert_by)
        rows.append((f"Change {change.number}", f"{change.text}, to be undone by {until}"))
    return rows


def plan_words(plan: EventPlan) -> str:
    return f"{plan.name} on {plan.hub_id}, {plan.when}"
