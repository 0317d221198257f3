"""The load of a stretch of time: who was interrupted how often, read from what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from supportbot.application.context import Context
from supportbot.application.in_force import in_force
from supportbot.domain.fairness.interruption import deeds, pages
from supportbot.domain.fairness.load import PersonLoad, load, on_call_spans
from supportbot.domain.fairness.own_time import OwnTime, own_time
from supportbot.domain.policy.playbook import Playbooks

MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Load:
    """From `start` to `end` (aware UTC); not `complete` where older rows were too many to read."""

    start: datetime
    end: datetime
    people: tuple[PersonLoad, ...]
    complete: bool


def read_load(context: Context, start: datetime, end: datetime) -> Load:
    """The load from `start` to `end` (aware, end later), by the rotations in force now."""
    paged, done, playbooks = context.store.read(
        lambda uow: (
            uow.load.pages(start, end, MOST_ROWS),
            uow.load.deeds(start, end, MOST_ROWS),
            in_force(context, uow),
        )
    )
    # Representatives press buttons, too; what they do is no load of the team's.
    of_team = [deed for deed in done if deed.person in playbooks.team()]
    people = load(
        [*pages(paged), *deeds(of_team)],
        on_call_spans(playbooks.rotations.values(), start, end),
        own_times(playbooks),
        start,
        end,
    )
    return Load(start, end, people, complete=max(len(paged), len(done)) < MOST_ROWS)


def own_times(playbooks: Playbooks) -> Mapping[str, OwnTime]:
    """The own time of everybody whom the playbooks know."""
    return {key: own_time(person) for key, person in playbooks.people.items()}
