"""The chore that looks for leave weeks ahead, and asks for cover where nobody did."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from supportbot.application import cover_requests
from supportbot.application.chores import Job
from supportbot.application.context import Context
from supportbot.application.in_force import in_force
from supportbot.application.ports import Chore, UnitOfWork
from supportbot.domain.rota import leave

CHORE = "leave"
EVERY = timedelta(days=1)


def look(context: Context, chore: Chore, now: datetime) -> Job:
    """The handler of the chore: ask once for each absence, and take back what is no more."""

    def job(uow: UnitOfWork) -> datetime:
        found = leave.wanted(in_force(context, uow), now)
        new, gone = leave.news(found, uow.cover_requests.listing(now))
        for request in new:
            cover_requests.keep(context, uow, request, now)
        for request in gone:
            ended = replace(request, withdrawn_at=now, withdrawn_by=leave.THE_DESK)
            cover_requests.end(context, uow, ended, now)
        return now + EVERY

    return job
