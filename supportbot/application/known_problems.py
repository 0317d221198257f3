"""Known problems as they come: counted, and an issue asked for when one comes too often."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from supportbot.application.context import Context
from supportbot.application.ports import UnitOfWork
from supportbot.domain.triage.known_problem import issue_for


def counts(context: Context, since: datetime) -> Mapping[str, int]:
    """How many tickets since then (aware UTC) looked like each problem, by its key."""
    return context.store.read(lambda uow: uow.tickets.problems(since))


def count(
    context: Context, uow: UnitOfWork, problem: str | None, ticket: int, now: datetime
) -> None:
    """Ticket `ticket` has just been opened, and looks like this problem."""
    known = context.shelf.current.known_problems.get(problem or "")
    repository = context.desk.repository
    if known is None or known.often is None or repository is None:
        return
    asked_for = f"problem issue {known.key}"
    since = now - known.often.within
    if (asked := uow.marks.get(asked_for)) is not None and asked >= since:
        return
    found = uow.tickets.problems(since).get(known.key, 0)
    if found >= known.often.times:
        uow.deliveries.add([issue_for(known, known.often, ticket, found, repository)], now)
        uow.marks.put(asked_for, now)
