"""The restart account: what came due while nothing ran, and what became of it, said to the team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from supportbot.application.context import Context
from supportbot.application.ports import TimerOutcome, UnitOfWork
from supportbot.application.timers import ALIVE, ALIVE_EVERY
from supportbot.domain.notices.delivery import NewDelivery
from supportbot.domain.ticket.commands import ago
from supportbot.domain.ticket.ticket import reference

log = structlog.get_logger()

_LINES = 20
# The newest downtime, and up to when accounts were given: a start may be killed before its own.
_SINCE, _UNTIL, _TOLD = "down_since", "down_until", "down_told"


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
        if uow.timers.overdue(downtime.until):
            return False
        _tell(context, uow, downtime, now)
        uow.marks.put(_TOLD, downtime.until)
        return True

    return context.store.write(job)


def _tell(context: Context, uow: UnitOfWork, downtime: Downtime, now: datetime) -> None:
    outcomes = uow.timers.finished_between(downtime.since, downtime.until)
    if outcomes:
        uow.deliveries.add([_delivery(context, downtime, outcomes)], now)
        log.info("restart_account", due=len(outcomes), since=downtime.since.isoformat())


def _delivery(
    context: Context, downtime: Downtime, outcomes: Sequence[TimerOutcome]
) -> NewDelivery:
    return NewDelivery(
        key=f"restart.{downtime.until.isoformat()}",
        kind="slack.say",
        ticket=None,
        target={"channel": context.desk.team_channel},
        payload={"text": text_of(downtime, outcomes)},
    )


def text_of(downtime: Downtime, outcomes: Sequence[TimerOutcome]) -> str:
    """The account: how long, what came due, how late each was, and what was done about it."""
    away = ago(downtime.since, downtime.until).removesuffix(" ago")
    count = len(outcomes)
    came = "1 timer came" if count == 1 else f"{count} timers came"
    lines = [f"supportbot was away for {away}; {came} due meanwhile:"]
    lines += [_line(outcome) for outcome in outcomes[:_LINES]]
    if len(outcomes) > _LINES:
        lines.append(f"… and {len(outcomes) - _LINES} more")
    return "\n".join(lines)


def _line(outcome: TimerOutcome) -> str:
    minutes = int((outcome.finished_at - outcome.due) / timedelta(minutes=1))
    what = outcome.kind.replace("_", " ")
    if outcome.outcome == "fired":
        return f"• {reference(outcome.ticket)}: {what}, done {minutes} min late"
    return f"• {reference(outcome.ticket)}: {what}, dropped: {outcome.outcome}"
