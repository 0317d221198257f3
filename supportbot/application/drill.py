"""Drills: once a week everybody of a rotation is paged within their hours, and has to acknowledge.

The chore `drill` begins the week's; whoever does not work at that moment is tried when they do
(`drill-for`), and those who were tried together are accounted for together (`drill-over`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog

from supportbot.application.chores import Job
from supportbot.application.context import Context
from supportbot.application.in_force import in_force
from supportbot.application.ports import Chore, UnitOfWork
from supportbot.domain.notices.delivery import NewDelivery, plain_post
from supportbot.domain.notices.scene import joined
from supportbot.domain.on_call import weekly
from supportbot.domain.policy.drills import ANSWER_WITHIN
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import drill
from supportbot.domain.ticket.commands import name_of
from supportbot.domain.ticket.consequences import settle
from supportbot.domain.ticket.drill import Result

log = structlog.get_logger()

CHORE, FOR, OVER = "drill", "drill-for", "drill-over"
_LOOK_AGAIN = timedelta(days=1)
# After a downtime, a drill of days ago is left to the next week.
_LATE = timedelta(days=1)


def begin(context: Context, chore: Chore, now: datetime) -> Job:
    """Begin the week's drill if it is time. Again when the next one is."""

    def job(uow: UnitOfWork) -> datetime:
        playbooks = in_force(context, uow)
        if playbooks.drills is None:
            return now + _LOOK_AGAIN
        newest, last = weekly.newest(playbooks.drills.weekly, now), uow.marks.get(CHORE)
        # A clock that goes back comes to this time once more; the drill does not.
        if (last is None or last < newest) and now - newest <= _LATE:
            uow.marks.put(CHORE, newest)
            start(context, uow, everybody(playbooks), playbooks, now)
        return weekly.next_after(playbooks.drills.weekly, now)

    return job


def go_on(context: Context, chore: Chore, now: datetime) -> Job:
    """Those whose hours begin now."""

    def job(uow: UnitOfWork) -> None:
        start(context, uow, chore.about.split(","), in_force(context, uow), now)

    return job


def end(context: Context, chore: Chore, now: datetime) -> Job:
    """The time to answer is over: close what is still open, and say who could not be reached."""

    def job(uow: UnitOfWork) -> None:
        playbooks = in_force(context, uow)
        numbers = [int(number) for number in chore.about.split(",")]
        for ticket in uow.tickets.get_many(numbers).values():
            if events := drill.over(ticket, now):
                uow.apply([settle(ticket, events, playbooks, context.desk, now)], now)
        found = _results(uow, numbers)
        if found:
            uow.deliveries.add([_post(context, chore.about, found, playbooks)], now)

    return job


def everybody(playbooks: Playbooks) -> list[str]:
    """Everyone who may be paged: the members of the rotations."""
    members = {one for rotation in playbooks.rotations.values() for one in rotation.members()}
    return [key for key in playbooks.people if key in members]


def start(
    context: Context,
    uow: UnitOfWork,
    people: Collection[str],
    playbooks: Playbooks,
    now: datetime,
    *,
    at_any_hour: bool = False,
) -> list[int]:
    """Page those who work now, and set the time for the others; the numbers of the drills begun."""
    begun: list[int] = []
    later: dict[datetime, list[str]] = defaultdict(list)
    for key in people:
        person = playbooks.people.get(key)
        if person is None:
            continue  # edited away since
        at = now if at_any_hour else drill.next_time(person, now)
        if at is None:
            continue
        if at > now:
            later[at].append(key)
            continue
        number = uow.tickets.next_number()
        event = drill.opened(number, person, playbooks, now)
        uow.apply([settle(None, (event,), playbooks, context.desk, now)], now)
        begun.append(number)
    for at, keys in later.items():
        uow.chores.set(f"{FOR}.{','.join(keys)}", at)
    if begun:
        within = playbooks.drills.answer_within if playbooks.drills else ANSWER_WITHIN
        uow.chores.set(f"{OVER}.{','.join(map(str, begun))}", now + within)
        log.info("drill_begun", people=len(begun), later=len(people) - len(begun))
    return begun


def start_now(context: Context, person: str | None) -> Sequence[Result]:
    """Begin a drill because a person asks: of one, at once, or of everybody within their hours."""
    now = context.clock.now()

    def job(uow: UnitOfWork) -> Sequence[Result]:
        playbooks = in_force(context, uow)
        people = [person] if person else everybody(playbooks)
        begun = start(context, uow, people, playbooks, now, at_any_hour=person is not None)
        return _results(uow, begun)

    return context.store.write(job)


def results(context: Context, limit: int = 50) -> Sequence[Result]:
    """How the newest drills went, the newest first."""
    return context.store.read(
        lambda uow: _results(uow, [ticket.number for ticket in uow.tickets.drills(limit)])
    )


def _results(uow: UnitOfWork, numbers: Sequence[int]) -> list[Result]:
    found = uow.tickets.get_many(numbers)
    return [
        drill.result(found[number], uow.tickets.events(number))
        for number in numbers
        if number in found
    ]


def _post(
    context: Context, about: str, found: Sequence[Result], playbooks: Playbooks
) -> NewDelivery:
    return plain_post(f"{OVER}.{about}", context.desk.team_channel, text_of(found, playbooks))


def text_of(found: Sequence[Result], playbooks: Playbooks) -> str:
    """Who was reached by a drill that is over, and who was not, and why."""
    reached = [one for one in found if one.reached]
    missed = [one for one in found if not one.reached]
    head = f"Drill: {len(reached)} of {len(found)} acknowledged their page."
    if not missed:
        return f"{head} {joined(name_of(one.person, playbooks) for one in reached)}."
    each = (
        f"• {name_of(one.person, playbooks)} could not be reached:"
        f" {one.reason or 'nobody acknowledged it'}"
        for one in missed
    )
    return "\n".join([head, *each])
