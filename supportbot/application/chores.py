"""What the desk does at a time for itself, without a ticket: outlooks, reminders of cover, drills.

A chore is a row, so that a restart forgets none and two processes do none twice. Its handler
looks around outside any transaction, where it may ask the network, and gives back the job that
writes what follows; the job and the end of the chore are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from supportbot.application.context import Context
from supportbot.application.ports import Chore, UnitOfWork
from supportbot.application.steps import Stepped

log = structlog.get_logger()

Job = Callable[[UnitOfWork], datetime | None]
"""Writes what follows; when the chore is due again, or None: never."""
Handler = Callable[[Context, Chore, datetime], Job]
Handlers = Mapping[str, Handler]
"""By what stands before the first dot of a chore's name."""

LEASE = timedelta(minutes=5)
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)


ON_CALL = (
    "drill",
    "leave",
    "outlook",
    "shift-change",
    "shift-notices",
    "shift-prompts",
    "user-groups",
)
"""The chores that look at who is on call, and wait for the next change of that."""
# Nobody knows what was edited while nothing ran.
_AT_START = (*ON_CALL, "calendars")


def rota_changed(uow: UnitOfWork, now: datetime) -> None:
    """Who is on call may be somebody else from `now` on: whoever waits for that looks again."""
    for name in ON_CALL:
        uow.chores.set(name, now)


def begin(context: Context, standing: Mapping[str, datetime]) -> None:
    """See that these chores are there, each due then; one that waits already keeps its time, unless
    it waits for the playbooks to be edited."""

    def job(uow: UnitOfWork) -> None:
        for name, due in standing.items():
            see_to = uow.chores.set if name in _AT_START else uow.chores.keep
            see_to(name, due)

    context.store.write(job)


def step(context: Context, handlers: Handlers) -> Stepped:
    """Do the most overdue chore, if one is due."""
    now = context.clock.now()
    due = context.store.read(lambda uow: uow.chores.next_due())
    if due is None or due > now:
        return Stepped(busy=False, wake_at=due)
    chore = context.store.write(lambda uow: uow.chores.claim(now, LEASE))
    if chore is None:
        return Stepped(busy=False, wake_at=None)
    try:
        _do(context, handlers, chore, now)
    except Exception as error:
        log.exception("chore_failed", chore=chore.name, failures=chore.failures + 1)
        said, again = f"{type(error).__name__}: {error}"[:500], now + _wait(chore.failures)
        context.store.write(lambda uow: uow.chores.failed(chore, said, again))
    return Stepped(busy=True, wake_at=None)


def _do(context: Context, handlers: Handlers, chore: Chore, now: datetime) -> None:
    handler = handlers.get(chore.name.partition(".")[0])
    if handler is None:
        # Of another version of the desk, or of one that was told less: it must not come for ever.
        log.warning("chore_unknown", chore=chore.name)
        context.store.write(lambda uow: uow.chores.finish(chore, None))
        return
    job = handler(context, chore, now)

    def finish(uow: UnitOfWork) -> None:
        again = job(uow)
        if not uow.chores.finish(chore, again):
            raise LostClaim(chore.name)

    try:
        context.store.write(finish)
    except LostClaim:
        log.info("chore_lost", chore=chore.name)


class LostClaim(Exception):
    """Somebody else has it by now, or it was set anew: nothing of it may be written."""


def _wait(failures: int) -> timedelta:
    growing: timedelta = _FIRST_WAIT * 2 ** min(failures, 10)
    return min(growing, _LONGEST_WAIT)
