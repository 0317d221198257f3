"""Cover: somebody asks, whoever is first takes it, and until then people are reminded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from supportbot.application.chores import Job, rota_changed
from supportbot.application.context import Context
from supportbot.application.in_force import in_force
from supportbot.application.ports import Chore, UnitOfWork
from supportbot.domain.notices import cover_notices
from supportbot.domain.on_call.cover_request import CoverRequest, Span, Taken
from supportbot.domain.on_call.rota_change import RotaChange
from supportbot.domain.rota import covering
from supportbot.domain.rota.reminding import due_reminders, next_reminder
from supportbot.domain.ticket.commands import Refused

log = structlog.get_logger()

# What is over is listed for so long.
_LISTED_AFTER = timedelta(days=30)
CHORE = "cover"


@dataclass(frozen=True, slots=True)
class Done:
    """It was done, and this is the request now; `changes` are those of the rota."""

    request: CoverRequest
    changes: tuple[RotaChange, ...] = ()
    warnings: tuple[str, ...] = ()


def ask(
    context: Context,
    *,
    rotation: str,
    person: str,
    start: datetime,
    end: datetime,
    by: str,
    reason: str = "",
) -> Done | Refused:
    """Ask for cover of `person` (a key) from `start` to `end` (aware), as `by` does for them."""
    now = context.clock.now()
    request = CoverRequest(
        rotation=rotation,
        person=person,
        start=start,
        end=end,
        by=by,
        asked_at=now,
        reason=" ".join(reason.split()),
    )
    return context.store.write(lambda uow: _ask(context, uow, request, now))


def _ask(context: Context, uow: UnitOfWork, request: CoverRequest, now: datetime) -> Done | Refused:
    refused = covering.ask(request, in_force(context, uow), now)
    return refused or Done(keep(context, uow, request, now))


def keep(context: Context, uow: UnitOfWork, request: CoverRequest, now: datetime) -> CoverRequest:
    """Keep a request that may be asked, tell everybody, and see that they are reminded."""
    kept = uow.cover_requests.add(request)
    notices = cover_notices.asked(kept, in_force(context, uow), context.desk.team_channel)
    uow.deliveries.add(list(notices), now)
    _remind_later(uow, kept, now)
    log.info("cover_asked", request=kept.id, rotation=kept.rotation, person=kept.person)
    return kept


def take(context: Context, number: int, *, by: str, part: Span | None = None) -> Done | Refused:
    """All that is open of it, or this part (aware), is `by`'s: the first to take it has it."""
    now = context.clock.now()
    return context.store.write(lambda uow: _take(context, uow, number, by, part, now))


def _take(
    context: Context,
    uow: UnitOfWork,
    number: int,
    by: str,
    part: Span | None,
    now: datetime,
) -> Done | Refused:
    # Locked: of two who take it at once, the second one reads what the first one did.
    request = uow.cover_requests.get(number, lock=True)
    if request is None:
        return _unknown(number)
    uow.rota.alone()
    taking = covering.take(request, by, part, in_force(context, uow), now)
    if isinstance(taking, Refused):
        return taking
    changes = tuple(uow.rota.add(change) for change in taking.changes)
    parts = (Taken(by, change.start, change.end, now, change.id) for change in changes)
    rota_changed(uow, now)
    request = replace(request, taken=(*request.taken, *parts))
    uow.cover_requests.put(request)
    playbooks = in_force(context, uow)
    notices = cover_notices.taken(request, changes, playbooks, context.desk.team_channel)
    uow.deliveries.add(list(notices), now)
    _remind_later(uow, request, now)
    log.info("cover_taken", request=number, by=by)
    return Done(request, changes, taking.warnings)


def withdraw(context: Context, number: int, *, by: str) -> Done | Refused:
    """What nobody took of it is asked for no longer."""
    now = context.clock.now()

    def job(uow: UnitOfWork) -> Done | Refused:
        request = uow.cover_requests.get(number, lock=True)
        if request is None:
            return _unknown(number)
        gone = covering.withdraw(request, by, in_force(context, uow), now)
        return gone if isinstance(gone, Refused) else Done(end(context, uow, gone, now))

    return context.store.write(job)


def end(context: Context, uow: UnitOfWork, gone: CoverRequest, now: datetime) -> CoverRequest:
    """Write a request that is withdrawn, and say so."""
    uow.cover_requests.put(gone)
    playbooks, channel = in_force(context, uow), context.desk.team_channel
    uow.deliveries.add([cover_notices.withdrawn(gone, playbooks, channel)], now)
    uow.chores.drop(_chore(gone))
    return gone


def reopen(context: Context, uow: UnitOfWork, change: RotaChange, now: datetime) -> None:
    """Whoever covered does so no longer: what is left of that time is open again."""
    if change.kind != "cover":
        return
    for known in uow.cover_requests.listing(now):
        if all(part.change != change.id for part in known.taken):
            continue
        parts = (_until(one, now) if one.change == change.id else one for one in known.taken)
        left = tuple(part for part in parts if part.start < part.end)
        request = replace(known, taken=left, reminded=())
        uow.cover_requests.put(request)
        if request.withdrawn_at is not None:  # whoever asked needs nobody for the rest
            continue
        key = f"cover.{request.id}.again.{change.id}"
        target = {"channel": context.desk.team_channel}
        again = cover_notices.question(request, key, target, in_force(context, uow), lead="Again:")
        uow.deliveries.add([again], now)
        _remind_later(uow, request, now)


def _until(part: Taken, now: datetime) -> Taken:
    """What was covered until now stays covered."""
    return replace(part, end=min(part.end, now))


def listing(context: Context, *, every: bool = False) -> Sequence[CoverRequest]:
    """The requests that are open; with `every`, all of the last month and of the time to come."""
    now = context.clock.now()
    found = context.store.read(lambda uow: uow.cover_requests.listing(now - _LISTED_AFTER))
    return [one for one in found if every or one.state(now) == "open"]


def get(context: Context, number: int) -> CoverRequest | None:
    return context.store.read(lambda uow: uow.cover_requests.get(number))


def remind(context: Context, chore: Chore, now: datetime) -> Job:
    """The handler of a request's chore: say again that nobody took it."""

    def job(uow: UnitOfWork) -> datetime | None:
        request = uow.cover_requests.get(int(chore.about), lock=True)
        if request is None or request.person not in in_force(context, uow).people:
            return None
        return _remind(context, uow, request, now)

    return job


def _remind(
    context: Context, uow: UnitOfWork, request: CoverRequest, now: datetime
) -> datetime | None:
    playbooks, channel = in_force(context, uow), context.desk.team_channel
    due = due_reminders(request, now)
    for reminder in due[-1:]:
        key = f"cover.{request.id}.{reminder.label}"
        if reminder.kind == "starts":
            notices = cover_notices.unfilled(request, reminder.span, key, playbooks, channel)
        else:
            pressing = reminder.kind == "hours before"
            notices = cover_notices.reminded(request, key, playbooks, channel, pressing=pressing)
        uow.deliveries.add(list(notices), now)
    request = replace(request, reminded=(*request.reminded, *(one.label for one in due)))
    uow.cover_requests.put(request)
    return next_reminder(request)


def _remind_later(uow: UnitOfWork, request: CoverRequest, now: datetime) -> None:
    due = next_reminder(request)
    if due is None:
        uow.chores.drop(_chore(request))
    else:
        uow.chores.set(_chore(request), max(due, now))


def _chore(request: CoverRequest) -> str:
    return f"{CHORE}.{request.id}"


def _unknown(number: int) -> Refused:
    return Refused(f"There is no request for cover {number}.")
