"""The checklist of an event: what is due a week before, a day before, and a day after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket.timer import NewTimer

PromptKind = Literal["event_week", "event_day", "event_over"]
PROMPTS: tuple[PromptKind, ...] = ("event_week", "event_day", "event_over")

_WEEK, _DAY = timedelta(days=7), timedelta(days=1)


def due_at(plan: EventPlan, kind: PromptKind) -> datetime:
    """When a prompt is due: the hub runs a week before, capacity stands a day before, and a day
    after it is scaled down and talked over."""
    if kind == "event_week":
        return plan.start - _WEEK
    return plan.start - _DAY if kind == "event_day" else plan.end + _DAY


def makes_sense(plan: EventPlan, kind: PromptKind, now: datetime) -> bool:
    """Whether the prompt, however late, is worth saying at `now`: the next one replaces it."""
    if kind == "event_week":
        return now < due_at(plan, "event_day")
    return now < (plan.end if kind == "event_day" else due_at(plan, kind) + _WEEK)


def overdue(plan: EventPlan, now: datetime) -> PromptKind | None:
    """The newest prompt that was due by `now`, while it makes sense."""
    past = [kind for kind in PROMPTS if due_at(plan, kind) <= now]
    return past[-1] if past and makes_sense(plan, past[-1], now) else None


def timers(plan: EventPlan, now: datetime) -> list[NewTimer]:
    """The prompts to come, and of those that were due before the newest that makes sense."""
    late = overdue(plan, now)
    missed = [NewTimer(late, now)] if late else []
    each = ((kind, due_at(plan, kind)) for kind in PROMPTS)
    return [*missed, *(NewTimer(kind, due) for kind, due in each if due > now)]


def prompt_values(plan: EventPlan, playbooks: Playbooks) -> Mapping[str, str]:
    """The fields that a prompt's template may use."""
    community = playbooks.communities.get(plan.community)
    named = (playbooks.people.get(key) for key in plan.engineers)
    return {
        "event": plan.name,
        "hub": plan.hub_id,
        "community": community.name if community else plan.community,
        "when": plan.when,
        "people": str(plan.people) if plan.people else "",
        "engineers": ", ".join(person.name for person in named if person),
        "freeze_until": spoken(plan.end, plan.zone) if plan.freeze else "",
    }
