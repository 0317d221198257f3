"""An event asked for in a ticket: when it was asked, since when it is tracked, what was decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.ticket import events as e

KIND = "event notice"
"""The kind of the tickets in which events are asked for, as the rules say it."""

RequestState = Literal["asked", "accepted", "declined"]

Happened = e.EventAsked | e.EventAccepted | e.EventDeclined | e.EventPrompted | e.EventPromptDone


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRequest:
    """`asked_at` is when the reporter first wrote, `tracked_at` when somebody wrote it down as an
    event. `prompted` are the kinds of the checklist's prompts that went out, `done` those that
    somebody has done."""

    plan: EventPlan
    asked_at: datetime
    tracked_at: datetime
    late: bool
    state: RequestState = "asked"
    prompted: tuple[str, ...] = ()
    done: tuple[str, ...] = ()

    @property
    def notice(self) -> timedelta:
        """How long before it begins it was asked for: below zero, it had begun."""
        return self.plan.start - self.asked_at

    @property
    def lag(self) -> timedelta:
        """How long it took until it was tracked."""
        return self.tracked_at - self.asked_at


def request_after(request: EventRequest | None, event: Happened) -> EventRequest | None:
    """The request after something happened to it."""
    if isinstance(event, e.EventAsked):
        # New dates are no new request: it has been tracked since it was first written down.
        since = request.tracked_at if request else event.at
        fresh = EventRequest(
            plan=event.plan, asked_at=event.asked_at, tracked_at=since, late=event.late
        )
        if request is None or _time_and_place(request.plan) != _time_and_place(event.plan):
            return fresh
        return replace(fresh, prompted=request.prompted, done=request.done)
    if request is None:
        return None
    match event:
        case e.EventAccepted():
            return replace(request, state="accepted")
        case e.EventDeclined():
            return replace(request, state="declined")
        case e.EventPrompted():
            return replace(request, prompted=(*request.prompted, event.kind))
        case e.EventPromptDone():
            return replace(request, done=(*request.done, event.kind))


def _time_and_place(plan: EventPlan) -> tuple[object, ...]:
    return plan.hub_id, plan.windows


def span(length: timedelta) -> str:
    """`26 days`, `3 h`, `12 min`, to the nearest below; `none` for what is over."""
    if length < timedelta(0):
        return "none"
    if length >= timedelta(days=2):
        return f"{length.days} days"
    minutes = length // timedelta(minutes=1)
    return f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min"
