"""Leave found ahead: whose shifts nobody has, because they are away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from supportbot.domain.on_call.absence import Absence
from supportbot.domain.on_call.cover_request import CoverRequest
from supportbot.domain.on_call.override import Override
from supportbot.domain.on_call.rotation import Rotation, shifts
from supportbot.domain.policy.playbook import Person, Playbooks

LOOKS_AHEAD = timedelta(weeks=6)
THE_DESK = "supportbot"
"""Who asks for cover that nobody asked for."""


def wanted(playbooks: Playbooks, now: datetime) -> Sequence[CoverRequest]:
    """A request for everybody whose leave of the next six weeks falls into shifts of theirs."""
    return [
        request
        for rotation in playbooks.rotations.values()
        for person in playbooks.people.values()
        for absence in _joined(person.away)
        if now < absence.end and absence.start < now + LOOKS_AHEAD
        for request in _missed(rotation, person, absence, now)
    ]


def _joined(absences: Sequence[Absence]) -> Sequence[Absence]:
    """Those that overlap as one, such as leave both written down and in a calendar: otherwise the
    same shifts would be asked for twice."""
    found: list[Absence] = []
    for absence in sorted(absences, key=lambda one: (one.start, one.end)):
        if found and absence.start < found[-1].end:
            found[-1] = replace(found[-1], end=max(found[-1].end, absence.end))
        else:
            found.append(absence)
    return found


def _missed(
    rotation: Rotation, person: Person, absence: Absence, now: datetime
) -> Iterator[CoverRequest]:
    """One request for the whole of an absence, from their first shift in it to their last."""
    if person.key not in rotation.members():
        return
    rostered = _without_leave(rotation, person)
    spans = shifts(rostered, max(absence.start, now), absence.end)
    missed = [span for span in spans if person.key in span.people]
    if missed:
        yield CoverRequest(
            rotation=rotation.name,
            person=person.key,
            start=missed[0].start,
            end=missed[-1].end,
            by=THE_DESK,
            asked_at=now,
            reason=absence.reason,
            key=f"{rotation.name}/{person.key}/{absence.start.isoformat()}/{absence.end.isoformat()}",
        )


def _without_leave(rotation: Rotation, person: Person) -> Rotation:
    """The rotation as it would be, were the person there; who stands in for them does so still."""
    leave = {Override(a.start, a.end, person.key, None, a.reason) for a in person.away}
    kept = tuple(override for override in rotation.overrides if override not in leave)
    return replace(rotation, overrides=kept)


def news(
    found: Sequence[CoverRequest], known: Sequence[CoverRequest]
) -> tuple[list[CoverRequest], list[CoverRequest]]:
    """What is to be asked now, and what was asked for leave that is no more and nobody took."""
    asked = {request.key for request in known}
    standing = {request.key for request in found}
    new = [request for request in found if request.key not in asked]
    gone = [
        request
        for request in known
        if request.key is not None
        and request.key not in standing
        and request.withdrawn_at is None
        and not request.taken
    ]
    return new, gone
