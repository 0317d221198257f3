"""The events there are, wherever they were asked for: in the playbooks, or in a ticket."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog

from supportbot.application.context import Context
from supportbot.application.ports import ChangeOfTicket, UnitOfWork
from supportbot.domain.notices import template
from supportbot.domain.notices.delivery import NewDelivery, plain_post
from supportbot.domain.planned.event_prompts import PromptKind, due_at, overdue, prompt_values
from supportbot.domain.planned.event_request import EventRequest
from supportbot.domain.planned.event_window import EventPlan, freezes
from supportbot.domain.policy.playbook import Playbooks

log = structlog.get_logger()

_Due = tuple[EventPlan, PromptKind]
KnownState = Literal["in the playbooks", "asked", "accepted", "declined"]
# What is over is listed for so long.
_LISTED_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event, and the ticket in which it was asked for. Of one in the playbooks nobody knows when
    it was asked for: it has no `request`, and neither of its figures."""

    plan: EventPlan
    state: KnownState
    ticket: int | None = None
    request: EventRequest | None = None


def listing(context: Context, now: datetime) -> Sequence[KnownEvent]:
    """Every event of which the desk knows and that is not over for a month, the first first."""
    since = now - _LISTED_AFTER
    asked = context.store.read(lambda uow: uow.planned.requests(since))
    found = [
        KnownEvent(plan, "in the playbooks")
        for plan in _written(context.shelf.current)
        if plan.end > since
    ]
    found += [
        KnownEvent(one.request.plan, one.request.state, one.ticket, one.request) for one in asked
    ]
    return sorted(found, key=lambda event: (event.plan.start, event.plan.hub_id))


def freeze(context: Context, hub: str | None, now: datetime) -> Sequence[EventPlan]:
    """The events for which changes to a hub (its id; None: to any) wait at `now`, the one that
    ends last first."""
    accepted = context.store.read(lambda uow: uow.planned.events_to_come(now))
    return freezes([*_written(context.shelf.current), *accepted], hub, now)


def changes(context: Context, *, standing: bool) -> Sequence[ChangeOfTicket]:
    """The temporary changes of all tickets, or those that are not undone yet."""
    return context.store.read(lambda uow: uow.planned.changes(standing=standing))


def prompt(context: Context) -> None:
    """Post what the checklist asks of the events in the playbooks, each once.

    They have no ticket: such a ticket would want a severity, an owner and a reporter that it does
    not have, and would go on when the event is taken out of the file. So nothing is set ahead: what
    is due is found by looking at the file in force, and a mark says what was posted.
    """
    now = context.clock.now()
    each = ((plan, overdue(plan, now)) for plan in _written(context.shelf.current))
    due = {_key(plan, kind): (plan, kind) for plan, kind in each if kind is not None}
    if not due:
        return
    # A prompt stays due for days, and is looked at often: reading holds up nobody.
    unsaid = context.store.read(lambda uow: _unsaid(uow, due))
    if unsaid:
        context.store.write(lambda uow: _post(context, uow, due, now))


def _written(playbooks: Playbooks) -> Iterator[EventPlan]:
    for community in playbooks.communities.values():
        yield from community.events


def _unsaid(uow: UnitOfWork, due: Iterable[str]) -> list[str]:
    return [key for key in due if uow.marks.get(key) is None]


def _post(context: Context, uow: UnitOfWork, due: Mapping[str, _Due], now: datetime) -> None:
    for key in _unsaid(uow, due):
        plan, kind = due[key]
        uow.marks.put(key, now)
        uow.deliveries.add([_note(context, plan, kind, key)], now)
        log.info("event_prompted", name=plan.name, hub=plan.hub_id, kind=kind)


def _key(plan: EventPlan, kind: PromptKind) -> str:
    """With other dates it is another prompt."""
    digest = hashlib.sha256(plan.name.encode()).hexdigest()[:12]
    return f"{kind}.{plan.hub_id}.{digest}.{due_at(plan, kind):%Y%m%dT%H%M}"


def _note(context: Context, plan: EventPlan, kind: PromptKind, key: str) -> NewDelivery:
    playbooks = context.shelf.current
    text = template.render(playbooks.prompts[kind], prompt_values(plan, playbooks))
    return plain_post(key, context.desk.team_channel, f"📅 {text}")
