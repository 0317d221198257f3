"""Shifts that change hands while the desk runs, and schedules for a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from supportbot.application import cover_requests
from supportbot.application.chores import rota_changed
from supportbot.application.context import Context
from supportbot.application.in_force import in_force
from supportbot.application.ports import UnitOfWork
from supportbot.domain.notices import cover_notices
from supportbot.domain.on_call.rota_change import RotaChange
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.rota import shift_changes
from supportbot.domain.rota.standing_in import outside_hours
from supportbot.domain.ticket.commands import Refused

log = structlog.get_logger()

# What is over is listed for so long.
_LISTED_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Done:
    """It was done, and this is the change now."""

    change: RotaChange
    warnings: tuple[str, ...] = ()


def take_shift(
    context: Context,
    *,
    rotation: str,
    by: str,
    away: str | None = None,
    until: datetime | None = None,
) -> Done | Refused:
    """`by` is on call from now on, in place of `away` or of the only one who is on; until that
    shift ends, or `until` (aware)."""
    now = context.clock.now()

    def found(playbooks: Playbooks) -> RotaChange | Refused:
        return shift_changes.take_shift(rotation, by, away, until, playbooks, now)

    return context.store.write(lambda uow: _make(context, uow, found, now))


def set_schedule(
    context: Context,
    *,
    rotation: str,
    start: datetime,
    end: datetime,
    people: Sequence[str],
    by: str,
    reason: str = "",
) -> Done | Refused:
    """These people alone are on call from `start` to `end` (aware)."""
    now = context.clock.now()
    change = RotaChange(
        kind="schedule",
        rotation=rotation,
        start=start,
        end=end,
        people=tuple(dict.fromkeys(people)),
        reason=" ".join(reason.split()) or "temporary schedule",
        by=by,
        made_at=now,
    )

    def found(playbooks: Playbooks) -> RotaChange | Refused:
        return shift_changes.schedule(change, playbooks, now) or change

    return context.store.write(lambda uow: _make(context, uow, found, now))


def _make(
    context: Context,
    uow: UnitOfWork,
    found: Callable[[Playbooks], RotaChange | Refused],
    now: datetime,
) -> Done | Refused:
    uow.rota.alone()
    change = found(in_force(context, uow))
    if isinstance(change, Refused):
        return change
    change = uow.rota.add(change)
    rota_changed(uow, now)
    playbooks = in_force(context, uow)
    notices = cover_notices.changed(change, playbooks, context.desk.team_channel)
    uow.deliveries.add(list(notices), now)
    log.info("rota_changed", change=change.id, rotation=change.rotation, by=change.by)
    people = (playbooks.people[key] for key in change.people)
    outside = (outside_hours(person, change.start, change.end) for person in people)
    return Done(change, tuple(text for text in outside if text))


def give_back(context: Context, *, rotation: str, by: str) -> Done | Refused:
    """The shift that `by` took is its owner's again, from now on."""
    now = context.clock.now()

    def job(uow: UnitOfWork) -> Done | Refused:
        taken = shift_changes.give_back(rotation, by, uow.rota.changes(now), now)
        if isinstance(taken, Refused):
            return taken
        return _end(context, uow, taken, by, now)

    return context.store.write(job)


def withdraw(context: Context, number: int, *, by: str) -> Done | Refused:
    """A change holds no longer, from now on; what was until now stays as it was."""
    now = context.clock.now()

    def job(uow: UnitOfWork) -> Done | Refused:
        playbooks = in_force(context, uow)
        change = shift_changes.withdraw(uow.rota.get(number), by, playbooks, now)
        if isinstance(change, Refused):
            return change
        return _end(context, uow, change, by, now)

    return context.store.write(job)


def _end(
    context: Context, uow: UnitOfWork, change: RotaChange, by: str, now: datetime
) -> Done | Refused:
    if not uow.rota.withdraw(change.id, by, now):
        return Refused("Somebody withdrew it at the same moment.")
    rota_changed(uow, now)
    ended = replace(change, withdrawn_at=now, withdrawn_by=by)
    notices = cover_notices.undone(ended, in_force(context, uow), context.desk.team_channel)
    uow.deliveries.add(list(notices), now)
    cover_requests.reopen(context, uow, change, now)
    log.info("rota_change_withdrawn", change=change.id, by=by)
    return Done(ended)


def listing(context: Context, *, every: bool = False) -> Sequence[RotaChange]:
    """The changes that hold or will; with `every`, also those over or withdrawn lately."""
    now = context.clock.now()
    found = context.store.read(lambda uow: uow.rota.changes(now - _LISTED_AFTER))
    return [
        change for change in found if every or (change.until > now and change.start < change.until)
    ]
