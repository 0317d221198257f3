"""Every day the desk looks two weeks ahead: gaps in the rota, and people whom nothing reaches.

One note a day at most, and only when something is new or has gone. What the team was told is
remembered as a chore of its own, which is due, and forgets it, when the matter is over by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

from supportbot.application import in_force
from supportbot.application.chores import Handler, Job
from supportbot.application.context import Context
from supportbot.application.ports import Accounts, Chore, UnitOfWork
from supportbot.domain.notices.delivery import NewDelivery, plain_post
from supportbot.domain.on_call.rota import zone_of
from supportbot.domain.on_call.wall_clock import first_instant, reading
from supportbot.domain.policy.look_ahead import AHEAD, Trouble, rostered, troubles
from supportbot.domain.policy.playbook import Playbooks

CHORE, TOLD = "look-ahead", "told-ahead"

_TIME_OF_DAY = time(9)
_SHOWN = 20
# Names of chores are keys of a table.
_LONGEST = 400


def looking(accounts: Accounts | None) -> Handler:
    """The handler of the chore; without `accounts` nobody is known to be deactivated."""

    def look(context: Context, _chore: Chore, now: datetime) -> Job:
        playbooks = in_force.current(context)
        active = _active(playbooks, rostered(playbooks, now, now + AHEAD), accounts)
        found = troubles(playbooks, now, now + AHEAD, active)

        def job(uow: UnitOfWork) -> datetime:
            _tell(context, uow, found, now)
            return _tomorrow(playbooks, now)

        return job

    return look


def forget(_context: Context, _chore: Chore, _now: datetime) -> Job:
    """What was told is over."""
    return lambda _uow: None


def _active(
    playbooks: Playbooks, people: Iterable[str], accounts: Accounts | None
) -> dict[str, bool]:
    known = (playbooks.people.get(person) for person in sorted(people))
    ids = [person.slack for person in known if person and person.slack]
    return {slack: accounts.is_active(slack) for slack in ids} if accounts else {}


def _tell(context: Context, uow: UnitOfWork, found: Sequence[Trouble], now: datetime) -> None:
    known = uow.chores.named(f"{TOLD}.")
    told = {name.removeprefix(f"{TOLD}.") for name, over in known if over > now}
    by_name = {trouble.what[:_LONGEST]: trouble for trouble in found}
    new = [str(trouble) for name, trouble in by_name.items() if name not in told]
    gone = sorted(told - by_name.keys())
    for name, trouble in by_name.items():
        uow.chores.set(f"{TOLD}.{name}", trouble.until)
    for name in gone:
        uow.chores.drop(f"{TOLD}.{name}")
    if new or gone:
        uow.deliveries.add([_note(context, text_of(new, gone), now)], now)


def text_of(new: Sequence[str], gone: Sequence[str]) -> str:
    """What is new in the next two weeks, and what no longer holds."""
    lines = _listed("⚠️ In the next two weeks:", new) if new else []
    return "\n".join([*lines, *(_listed("No longer so:", gone) if gone else [])])


def _listed(head: str, lines: Sequence[str]) -> list[str]:
    more = [f"… and {len(lines) - _SHOWN} more: `supportbot rota`"] if len(lines) > _SHOWN else []
    return [head, *(f"• {line}" for line in lines[:_SHOWN]), *more]


def _note(context: Context, text: str, now: datetime) -> NewDelivery:
    return plain_post(f"{CHORE}.{now:%Y%m%dT%H%M%S}", context.desk.team_channel, text)


def _tomorrow(playbooks: Playbooks, now: datetime) -> datetime:
    """The next morning where the first of the rotations hands off."""
    zone = next((zone_of(rotation) for rotation in playbooks.rotations.values()), "UTC")
    days = (reading(now, zone).date() + timedelta(days=n) for n in range(3))
    mornings = (first_instant(datetime.combine(day, _TIME_OF_DAY), zone) for day in days)
    return next(morning for morning in mornings if morning > now)
