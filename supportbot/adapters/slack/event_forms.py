"""The forms of what is planned: Event…, Decline… and Temporary change…, as Slack's views."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from supportbot.adapters.slack import blocks as b
from supportbot.adapters.slack import names
from supportbot.adapters.slack.form_parts import entered, modal
from supportbot.adapters.slack.text import escaped, one_line
from supportbot.application.queries import TicketView
from supportbot.domain.on_call.wall_clock import zone
from supportbot.domain.planned.change_commands import AddChange
from supportbot.domain.planned.event_commands import DeclineEvent, PlanEvent, windows_in
from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.ticket.commands import Command

_YES, _NO = "yes", "no"
_SHOWN = 200
_LONGEST = 3_000


def plan(view: TicketView) -> b.Block:
    """The event that a ticket asks for, with what is known of it filled in."""
    known = view.ticket.request.plan if view.ticket.request else None
    hubs = [b.option(hub, hub) for hub in view.hubs] or [b.option("no hub is known", "-")]
    at_hub = known.hub_id if known else view.ticket.hub
    ready = known is not None and known.ready_mode
    zone_name = escaped(view.zone, _SHOWN)
    blocks = [
        b.text_input(
            names.FIELD_NAME,
            "What is it?",
            required=True,
            hint="Such as: Statistics 101 exam.",
            long=False,
            value=one_line(known.name if known else view.ticket.title, _SHOWN),
        ),
        b.select_input(names.FIELD_HUB, "Hub", hubs, at_hub),
        b.text_input(
            names.FIELD_WINDOWS,
            "When?",
            required=True,
            hint=f"A line each, on the clocks of {view.zone}: 2026-12-07T09:00 to 12:00",
            value=_windows(known) if known else "",
        ),
        b.text_input(
            names.FIELD_PEOPLE,
            "How many people?",
            required=False,
            hint="At the same time.",
            long=False,
            value=str(known.people) if known and known.people else "",
        ),
        b.select_input(
            names.FIELD_READY,
            "Ready mode",
            [b.option("No", _NO), b.option("Yes: tighter terms, and a change freeze", _YES)],
            _YES if ready else _NO,
        ),
        b.text_input(
            names.FIELD_ENGINEERS,
            "Engineers",
            required=False,
            hint="Who is called meanwhile, as the playbooks name them: ines, jonas",
            long=False,
            value=one_line(", ".join(known.engineers), _LONGEST) if known else "",
        ),
        b.context(f"Times are on the clocks of {zone_name}."),
    ]
    return modal(view, names.EVENT, "Event", blocks, "Plan")


def decline(view: TicketView) -> b.Block:
    blocks = [
        b.text_input(
            names.FIELD_REASON, "Why?", required=False, hint="The reporter reads it as it is."
        )
    ]
    return modal(view, names.EVENT_DECLINE, "Decline", blocks, "Decline")


def change(view: TicketView) -> b.Block:
    blocks = [
        b.text_input(
            names.FIELD_TEXT,
            "What was changed?",
            required=True,
            hint="Such as: quota raised to 64 GB.",
            long=False,
        ),
        b.text_input(
            names.FIELD_UNTIL,
            "To be undone by",
            required=True,
            hint="On your own clocks: 2026-12-08T12:00",
            long=False,
        ),
    ]
    return modal(view, names.CHANGE, "Temporary change", blocks, "Note it")


def command(action: str, seen: names.Seen, by: str, values: Mapping[str, Any]) -> Command | None:
    """What such a form asks for; None when it is none of these."""
    match action:
        case names.EVENT:
            return _planned(seen, by, values)
        case names.EVENT_DECLINE:
            return DeclineEvent(
                by=by, seen=seen.version, reason=entered(values, names.FIELD_REASON)
            )
        case names.CHANGE:
            return AddChange(
                by=by,
                seen=seen.version,
                text=entered(values, names.FIELD_TEXT),
                revert_by=entered(values, names.FIELD_UNTIL),
            )
    return None


def field_at_fault(asked: Command) -> str | None:
    """The field under which a refusal is shown; None when it is none of these."""
    if isinstance(asked, PlanEvent):
        return names.FIELD_WINDOWS
    if isinstance(asked, DeclineEvent):
        return names.FIELD_REASON
    return names.FIELD_UNTIL if isinstance(asked, AddChange) else None


def _planned(seen: names.Seen, by: str, values: Mapping[str, Any]) -> PlanEvent:
    number = re.search(r"\d{1,9}", entered(values, names.FIELD_PEOPLE))
    named = re.split(r"[\s,;]+", entered(values, names.FIELD_ENGINEERS).strip())
    return PlanEvent(
        by=by,
        seen=seen.version,
        name=entered(values, names.FIELD_NAME),
        hub=entered(values, names.FIELD_HUB),
        windows=windows_in(entered(values, names.FIELD_WINDOWS)),
        people=int(number[0]) if number else None,
        ready_mode=entered(values, names.FIELD_READY) == _YES,
        engineers=tuple(key for key in named if key),
    )


def _windows(plan: EventPlan) -> str:
    """The windows as they would be entered."""
    local = zone(plan.zone)
    pairs = ((w.start.astimezone(local), w.end.astimezone(local)) for w in plan.windows)
    said = "\n".join(f"{start:%Y-%m-%dT%H:%M} to {end:%Y-%m-%dT%H:%M}" for start, end in pairs)
    # Half of them would be sent back as all there are.
    return said if len(said) <= _LONGEST else ""
