"""Who is on call, said in the team's channel whenever it is somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta

from supportbot.application.chores import Job
from supportbot.application.context import Context
from supportbot.application.in_force import in_force
from supportbot.application.latest_news import news_key
from supportbot.application.ports import Chore, UnitOfWork
from supportbot.domain.notices.delivery import plain_post
from supportbot.domain.on_call.rota import zone_of
from supportbot.domain.on_call.rotation import Rotation, first_change, next_change, who
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket.commands import name_of

CHORE = "shift-notices"
_LOOK_AGAIN = timedelta(days=1)


def tell(context: Context, chore: Chore, now: datetime) -> Job:
    """Say who is on call where that changed. Again when it changes next."""

    def job(uow: UnitOfWork) -> datetime:
        playbooks = in_force(context, uow)
        if not playbooks.tell_shift_changes:
            return now + _LOOK_AGAIN
        for rotation in playbooks.rotations.values():
            _tell(context, uow, rotation, playbooks, now)
        return first_change(playbooks.rotations.values(), now, _LOOK_AGAIN)

    return job


def _tell(
    context: Context, uow: UnitOfWork, rotation: Rotation, playbooks: Playbooks, now: datetime
) -> None:
    people = who(rotation, now).people
    # The people alone are news: a turn, an override or an edit that leaves them is none.
    key = news_key(uow, f"on-call.{rotation.name}", " ".join(sorted(people)))
    if key is None:
        return
    until = next_change(rotation, now)
    ends = f" until {spoken(until, zone_of(rotation))}" if until else ""
    names = " and ".join(name_of(person, playbooks) for person in people)
    text = f"On call in {rotation.name}{ends}: {names or '⚠️ nobody'}."
    note = plain_post(key, context.desk.team_channel, text)
    uow.deliveries.add([note], now)
