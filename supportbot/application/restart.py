"""The restart account: what came due while nothing ran, and what became of it, said to the team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from supportbot.application.context import Context
from supportbot.application.ports import AskedAgain, TimerOutcome, UnitOfWork
from supportbot.application.timers import ALIVE, ALIVE_EVERY
from supportbot.domain.notices.delivery import NewDelivery, plain_post
from supportbot.domain.ticket.commands import ago
from supportbot.domain.ticket.ticket import reference

log = structlog.get_logger()

_LINES = 20
# The newest downtime, and up to when accounts were given: a start may be killed before its own.
_SINCE, _UNTIL, _TOLD = "down_since", "down_until", "down_told"


_LATE_CHORE = "late."
# A page gives up within minutes; an account that waited for ever would tell nobody anything.
_PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class LateChore:
    """A chore of the desk that was due while nothing ran, and whether it is done by now."""

    name: str
    due: datetime
    done: bool


@dataclass(frozen=True, slots=True)
class Account:
    """What came due while nothing ran: timers, chores, and pages that were in hand."""

    timers: Sequence[TimerOutcome]
    pages: Sequence[AskedAgain]
    chores: Sequence[LateChore]


@dataclass(frozen=True, slots=True)
class Downtime:
    """Nothing ran from `since` until `until` (aware UTC)."""

    since: datetime
    until: datetime


def begin(context: Context, *, alone: bool) -> Downtime | None:
    """Call once before the timers run; None when there is nothing to account for.

    Where this process is not `alone`, others may have been at work until a moment ago.

    What an earlier start owed, because it was killed before its account, is told now as far as it
    is done, and the rest with this start's own account.
    """
    now = context.clock.now()
    shortest = timedelta(0) if alone else 2 * ALIVE_EVERY
    return context.store.write(lambda uow: _begin(context, uow, now, shortest))


def _begin(
    context: Context, uow: UnitOfWork, now: datetime, shortest: timedelta
) -> Downtime | None:
    owed, since = _owed(uow), uow.marks.get(ALIVE)
    if owed is not None:
        since = owed.since
        if owed.until < now:
            _tell(context, uow, owed, now)
    if since is None or now - since <= shortest:
        return None
    uow.marks.put(_SINCE, since)
    uow.marks.put(_UNTIL, now)
    for name, due in uow.chores.named(""):
        if since <= due < now:
            # Noted now: when it is done, nothing tells any more when it was due.
            uow.marks.put(f"{_LATE_CHORE}{name}", due)
    return Downtime(since, now)


def _owed(uow: UnitOfWork) -> Downtime | None:
    """The newest downtime, where no account of it was given."""
    since, until, told = (uow.marks.get(name) for name in (_SINCE, _UNTIL, _TOLD))
    if since is None or until is None or (told is not None and told >= until):
        return None
    return Downtime(since, until)


def account(context: Context, downtime: Downtime) -> bool:
    """Post the account once everything that came due has been dealt with. True when that is so."""
    now = context.clock.now()

    def job(uow: UnitOfWork) -> bool:
        if uow.timers.overdue(downtime.until) or _still_sending(uow, downtime, now):
            return False
        _tell(context, uow, downtime, now)
        uow.marks.put(_TOLD, downtime.until)
        return True

    return context.store.write(job)


def _still_sending(uow: UnitOfWork, downtime: Downtime, now: datetime) -> bool:
    """Whether it may soon be known what became of the pages that were in hand."""
    soon = now - downtime.until < _PATIENCE
    return soon and uow.deliveries.pages_in_hand(downtime.until) > 0


def _tell(context: Context, uow: UnitOfWork, downtime: Downtime, now: datetime) -> None:
    told = Account(
        timers=uow.timers.finished_between(downtime.since, downtime.until),
        # Alive is noted from time to time: what was tried last may be a little older.
        pages=uow.deliveries.asked_again(downtime.since - ALIVE_EVERY, downtime.until),
        chores=_late_chores(uow, now),
    )
    if told.timers or told.pages or told.chores:
        uow.deliveries.add([_delivery(context, downtime, told)], now)
        log.info("restart_account", due=len(told.timers), since=downtime.since.isoformat())


def _late_chores(uow: UnitOfWork, now: datetime) -> list[LateChore]:
    waiting = dict(uow.chores.named(""))
    found = []
    for mark, due in uow.marks.take(_LATE_CHORE).items():
        name = mark.removeprefix(_LATE_CHORE)
        found.append(LateChore(name, due, done=waiting.get(name, now) > now or name not in waiting))
    return found


def _delivery(context: Context, downtime: Downtime, told: Account) -> NewDelivery:
    return plain_post(
        f"restart.{downtime.until.isoformat()}", context.desk.team_channel, text_of(downtime, told)
    )


def text_of(downtime: Downtime, told: Account) -> str:
    """The account: how long, what came due, how late each was, and what was done about it; of many
    those first that page somebody, and of these those that waited longest."""
    away = ago(downtime.since, downtime.until).removesuffix(" ago")
    count = len(told.timers)
    came = "1 timer came due" if count == 1 else f"{count} timers came due"
    worst = sorted(told.timers, key=lambda timer: (timer.kind != "escalate", timer.due))
    lines = [
        *(_page(page) for page in told.pages),
        *(_line(outcome) for outcome in worst),
        *(_chore(chore, downtime) for chore in told.chores),
    ]
    more = [f"… and {len(lines) - _LINES} more"] if len(lines) > _LINES else []
    head = f"supportbot was away for {away}; {came} meanwhile:"
    return "\n".join([head, *lines[:_LINES], *more])


def _line(outcome: TimerOutcome) -> str:
    minutes = int((outcome.finished_at - outcome.due) / timedelta(minutes=1))
    what = outcome.kind.replace("_", " ")
    if outcome.outcome == "fired":
        return f"• {reference(outcome.ticket)}: {what}, done {minutes} min late"
    return f"• {reference(outcome.ticket)}: {what}, dropped: {outcome.outcome}"


def _page(page: AskedAgain) -> str:
    minutes = int((page.finished_at - page.first_attempt_at) / timedelta(minutes=1))
    return (
        f"• {reference(page.ticket)}: a page was being sent when it stopped, asked again"
        f" {minutes} min later: looked for, and sent unless it stood there"
    )


def _chore(chore: LateChore, downtime: Downtime) -> str:
    minutes = int((downtime.until - chore.due) / timedelta(minutes=1))
    done = "done" if chore.done else "still to be done"
    return f"• {chore.name.partition('.')[0]}: due {minutes} min before the start, {done}"
