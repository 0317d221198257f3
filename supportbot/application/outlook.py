"""The weekly outlook: who will be on call in the coming week, said once to the whole team."""

from __future__ import annotations

from datetime import datetime, timedelta

from supportbot.application.chores import Job
from supportbot.application.context import Context
from supportbot.application.in_force import in_force
from supportbot.application.ports import Chore, UnitOfWork
from supportbot.domain.notices.delivery import DIGEST, NewDelivery, plain_post
from supportbot.domain.on_call import weekly
from supportbot.domain.on_call.rota import Series, in_series, stretches, zone_of
from supportbot.domain.on_call.rotation import Rotation
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.policy.playbook import Playbooks

CHORE = "outlook"
_WEEK = timedelta(days=7)
_LOOK_AGAIN = timedelta(days=1)
# An outlook that comes later than that, after a downtime, would tell of days that are over.
_LATE = timedelta(days=1)
_MOST_SHIFTS = 12


def look_ahead(context: Context, chore: Chore, now: datetime) -> Job:
    """Post the outlook if it is time. Again when the next one is."""

    def job(uow: UnitOfWork) -> datetime:
        playbooks = in_force(context, uow)
        when = playbooks.outlook
        if when is None:
            return now + _LOOK_AGAIN
        newest = weekly.newest(when, now)
        if now - newest <= _LATE:
            uow.deliveries.add([_post(context, playbooks, newest)], now)
        return weekly.next_after(when, now)

    return job


def _post(context: Context, playbooks: Playbooks, at: datetime) -> NewDelivery:
    # What comes twice, to two processes or after a restart, has the same key and is kept once.
    return plain_post(
        f"outlook.{at:%Y%m%dT%H%M}", context.desk.team_channel, text_of(playbooks, at), DIGEST
    )


def text_of(playbooks: Playbooks, at: datetime) -> str:
    """Who is on call in the seven days from `at` (aware), rotation by rotation."""
    each = (_told(one, playbooks, at) for one in playbooks.rotations.values())
    return "\n".join(["🗓️ On call in the next seven days:", *each])


def _told(rotation: Rotation, playbooks: Playbooks, at: datetime) -> str:
    zone = zone_of(rotation)
    found = in_series(stretches(rotation, at, at + _WEEK), zone)
    lines = [f"• {_line(series, playbooks, at, zone)}" for series in found[:_MOST_SHIFTS]]
    if len(found) > _MOST_SHIFTS:
        lines.append(f"… and {len(found) - _MOST_SHIFTS} more: `supportbot rota {rotation.name}`")
    return "\n".join([f"*{rotation.name}*", *lines])


def _line(series: Series, playbooks: Playbooks, at: datetime, zone: str) -> str:
    person = playbooks.people.get(series.first.person or "")
    who = person.name if person else "⚠️ nobody"
    who += " (following along)" if series.first.shadow else ""
    times = len(series.shifts)
    often = f", {times} times" if times > 1 else ""
    begins = "until" if series.first.since <= at else f"{spoken(series.first.since, zone)} to"
    return f"{who}: {begins} {spoken(series.last.until, zone)}{often}"
