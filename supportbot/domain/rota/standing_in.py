"""Who can be on call for somebody else, and why somebody cannot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.absence import absence_within
from supportbot.domain.on_call.rota_change import RotaChange, changed
from supportbot.domain.on_call.rotation import Rotation, shifts
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.policy.playbook import Person, Playbooks
from supportbot.domain.ticket.commands import Refused, may_act


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could take it. `within_hours` when all of it falls into the hours they work."""

    person: str
    within_hours: bool


def is_on_within(rotation: Rotation, person: str, start: datetime, end: datetime) -> bool:
    """Whether the person is on call at any time from `start` to `end` (aware)."""
    return any(person in span.people for span in shifts(rotation, start, end))


def unable(by: str, start: datetime, end: datetime, playbooks: Playbooks) -> Refused | None:
    """Why this person cannot be on call then at all, or None."""
    refused = may_act(by, playbooks)
    if refused is not None:
        return refused
    person = playbooks.people[by]
    absence = absence_within(person.away, start, end)
    if absence is None:
        return None
    since = spoken(absence.start, person.zone)
    return Refused(f"{person.name} is away then: {absence.reason}, from {since}.")


def why_not(
    by: str, rotation: Rotation, start: datetime, end: datetime, playbooks: Playbooks
) -> Refused | None:
    """Why this person cannot be on call in somebody's place then, or None."""
    refused = unable(by, start, end, playbooks)
    if refused is None and is_on_within(rotation, by, start, end):
        name = playbooks.people[by].name
        return Refused(f"{name} is on call in {rotation.name} then already.")
    return refused


def would_not_be_on(change: RotaChange, playbooks: Playbooks) -> Refused | None:
    """Why whoever takes something over would be replaced there in turn, or None.

    What left them out by a schedule does not count: they are on again (`changed`).
    """
    (by,) = change.people
    made = changed(playbooks.rotations[change.rotation], [change])
    by_schedule = [
        one
        for one in playbooks.rota_changes
        if (one.kind, one.rotation) == ("schedule", change.rotation) and by not in one.people
    ]
    for one in made.overrides:
        if one.replace != by or one.end <= change.start or change.end <= one.start:
            continue
        left_out = (one.start >= each.start and one.end <= each.until for each in by_schedule)
        if one.with_ or not any(left_out):
            name = playbooks.people[by].name
            return Refused(f"{name} would not be on: {one}.")
    return None


def outside_hours(person: Person, start: datetime, end: datetime) -> str | None:
    """What to tell somebody who takes time in which they do not work; None when they do."""
    if person.hours is None:
        return None
    working = working_time.elapsed_between(start, end, person.hours)
    if working >= end - start:
        return None
    part = "some" if working else "all"
    return f"{part} of it is outside {person.name}'s own hours"


def candidates(
    rotation: Rotation, start: datetime, end: datetime, playbooks: Playbooks
) -> tuple[Candidate, ...]:
    """The members who are neither on call nor away then, those within their hours first."""
    found = [
        Candidate(key, outside_hours(playbooks.people[key], start, end) is None)
        for key in sorted(rotation.members() & playbooks.people.keys())
        if why_not(key, rotation, start, end, playbooks) is None
    ]
    return tuple(sorted(found, key=lambda one: not one.within_hours))


def said(start: datetime, end: datetime, zone: str) -> str:
    """`Saturday 2026-11-28 09:00 to 17:00 Europe/Madrid`; with the day where it is another."""
    first, last = spoken(start, zone), spoken(end, zone)
    words = last.split(" ")
    if first.split(" ")[1] == words[1]:
        last = " ".join(words[2:])
    return f"{first.removesuffix(f' {zone}')} to {last}"
