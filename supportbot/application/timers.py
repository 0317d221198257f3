"""Due timers: the domain decides what each does; a batch is written in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from supportbot.application.context import Context
from supportbot.application.evidence import with_evidence
from supportbot.application.in_force import in_force
from supportbot.application.ports import UnitOfWork
from supportbot.application.steps import Stepped
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket.change import Change
from supportbot.domain.ticket.consequences import Dropped, timer_fired
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import TRIES_BEFORE_PARKED, Timer

log = structlog.get_logger()

BATCH = 200
ALIVE = "timers_alive"
# How exactly a restart account can say since when nothing ran.
ALIVE_EVERY = timedelta(seconds=15)
_WAIT_AFTER_FAILURE = timedelta(seconds=30)


def step(context: Context) -> Stepped:
    """Fire what is due now, and note from time to time that timers are being fired."""
    now = context.clock.now()
    due, alive = context.store.read(lambda uow: (uow.timers.next_due(), uow.marks.get(ALIVE)))
    # A clock that went back left a mark in the future, which says nothing.
    stale = alive is None or not timedelta(0) <= now - alive < ALIVE_EVERY
    if not stale and (due is None or due > now):
        return Stepped(busy=False, wake_at=_earliest(due, alive))
    try:
        fired = context.store.write(lambda uow: _fire(context, uow, now))
    except Exception:
        # A batch that cannot be written whole is done one by one, so that only the culprit waits.
        log.exception("timer_batch_failed")
        fired = _one_by_one(context, now)
    return Stepped(busy=fired > 0, wake_at=_earliest(due if not fired else None, now))


def are_current(context: Context, now: datetime) -> bool:
    """Whether the timers have been looked after lately."""
    alive = context.store.read(lambda uow: uow.marks.get(ALIVE))
    return alive is not None and abs(now - alive) <= 3 * ALIVE_EVERY


def _earliest(due: datetime | None, alive: datetime | None) -> datetime | None:
    times = [due, alive + ALIVE_EVERY if alive else None]
    return min((at for at in times if at is not None), default=None)


def _one_by_one(context: Context, now: datetime) -> int:
    fired = 0
    while fired < BATCH and _fire_one(context, now):
        fired += 1
    return fired


def _fire_one(context: Context, now: datetime) -> bool:
    """The most overdue timer, or what became of it; False when none is due."""
    claimed: list[Timer] = []

    def job(uow: UnitOfWork) -> int:
        claimed[:] = uow.timers.claim_due(now, 1)
        return _decided(context, uow, claimed, now)

    try:
        context.store.write(job)
    except Exception as error:
        if not claimed:
            raise
        # Its ticket cannot be read or written: all of it was undone, only this much is kept.
        context.store.write(partial(_failed, timer=claimed[0], error=error, now=now))
    return bool(claimed)


def _fire(context: Context, uow: UnitOfWork, now: datetime) -> int:
    """Claim a batch, decide, write."""
    return _decided(context, uow, uow.timers.claim_due(now, BATCH), now)


def _decided(context: Context, uow: UnitOfWork, due: Sequence[Timer], now: datetime) -> int:
    """Decide, write. Decisions touch nothing, so one that raises leaves nothing to undo."""
    playbooks = in_force(context, uow)
    tickets = dict(uow.tickets.get_many(sorted({timer.ticket for timer in due})))
    changes: list[Change] = []
    outcomes: list[tuple[Timer, str]] = []
    for timer in _one_a_ticket(due):
        try:
            outcome = _decide(context, tickets.get(timer.ticket), timer, playbooks, now)
            if isinstance(outcome, Change):
                outcome = with_evidence(context, uow, outcome, playbooks)
        except Exception as error:
            _failed(uow, timer, error, now)
            continue
        if isinstance(outcome, Change):
            changes.append(outcome)
            outcomes.append((timer, "fired"))
        else:
            outcomes.append((timer, outcome.reason))
    uow.timers.finish(outcomes, now)
    uow.apply(changes, now)
    uow.marks.put(ALIVE, now)
    return len(outcomes)


def _one_a_ticket(due: Sequence[Timer]) -> list[Timer]:
    """The first due timer of each ticket: what it does may cancel the others."""
    first: dict[int, Timer] = {}
    for timer in due:
        first.setdefault(timer.ticket, timer)
    return list(first.values())


def _decide(
    context: Context,
    ticket: Ticket | None,
    timer: Timer,
    playbooks: Playbooks,
    now: datetime,
) -> Change | Dropped:
    if ticket is None:
        return Dropped("its ticket is gone")
    return timer_fired(ticket, timer, playbooks, context.desk, now)


def _failed(uow: UnitOfWork, timer: Timer, error: Exception, now: datetime) -> None:
    parked = timer.failures + 1 >= TRIES_BEFORE_PARKED
    log.error("timer_failed", timer=timer.id, ticket=timer.ticket, parked=parked, exc_info=error)
    due = None if parked else now + _WAIT_AFTER_FAILURE
    uow.timers.failed(timer, f"{type(error).__name__}: {error}"[:500], due)
