"""Whom a step of a policy reaches now, and if nobody, when it may reach somebody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.rotation import next_change, next_on, who
from supportbot.domain.policy.playbook import (
    FIRST_LINE,
    SECOND_LINE,
    Person,
    Playbooks,
)
from supportbot.domain.policy.step import Step, Target
from supportbot.domain.ticket.commands import members_of
from supportbot.domain.ticket.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Reach:
    """The people a step reaches now, each with the reason, or why there is nobody."""

    people: tuple[str, ...]
    reasons: tuple[str, ...]
    channels: tuple[str, ...]
    nobody: str = ""


def reach_of(step: Step, ticket: Ticket, playbooks: Playbooks, now: datetime) -> Reach:
    """Everyone the step reaches at `now`, once each, in the order of its targets."""
    people: dict[str, str] = {}
    channels: list[str] = []
    nobody: list[str] = []
    for target in step.targets:
        if target.kind == "channel":
            channels.append(target.name)
            continue
        if target.until is not None and now >= target.until:
            nobody.append(f"{target.name} was {target.reason}, which is over")
            continue
        for key, reason in _behind(target, ticket, playbooks, now, nobody):
            person = playbooks.people.get(key)
            asleep = "" if target.reason else _asleep(person, ticket, now)
            if asleep:
                nobody.append(asleep)
            else:
                people.setdefault(key, reason)
    return Reach(tuple(people), tuple(people.values()), tuple(channels), "; ".join(nobody))


def _behind(
    target: Target, ticket: Ticket, playbooks: Playbooks, now: datetime, nobody: list[str]
) -> Iterator[tuple[str, str]]:
    if target.kind == "owner":
        owner = ticket.owner
        if owner:
            yield owner, f"owns {ticket.reference}"
        else:
            nobody.append(f"nobody owns {ticket.reference}")
        return
    name = _name(target, ticket)
    rotation = playbooks.rotations.get(name)
    if rotation is None:
        members = sorted(members_of(name, playbooks))
        if not members:
            nobody.append(f"{name} stands for nobody")
        for key in members:
            usual = "named in the policy" if key == name else f"is {name}"
            yield key, target.reason or usual
        return
    answer = who(rotation, now)
    if not answer.on_call:
        nobody.append(answer.reason)
    for shift in answer.on_call:
        yield shift.person, shift.reason


def _asleep(person: Person | None, ticket: Ticket, now: datetime) -> str:
    if person is None or person.hours is None or ticket.terms.wake_people:
        return ""
    if working_time.is_open(person.hours, now):
        return ""
    return f"{person.name} is outside their hours, and {ticket.terms.key} wakes nobody"


def somebody_on(step: Step, ticket: Ticket, playbooks: Playbooks, now: datetime) -> datetime | None:
    """The first instant after `now` at which the step may reach somebody, or None."""
    found = (_coming(target, ticket, playbooks, now) for target in step.targets)
    return min((at for at in found if at is not None and at > now), default=None)


def _coming(target: Target, ticket: Ticket, playbooks: Playbooks, now: datetime) -> datetime | None:
    """When somebody comes on, wakes up, or takes over from those who sleep."""
    rotation = playbooks.rotations.get(_name(target, ticket))
    if rotation is not None and not who(rotation, now).on_call:
        return next_on(rotation, now)
    present = (playbooks.people.get(key) for key, _ in _behind(target, ticket, playbooks, now, []))
    hours = [person.hours for person in present if person is not None and person.hours is not None]
    awake = min((working_time.next_open(their, now) for their in hours), default=None)
    if rotation is None or awake is None:
        return awake
    return next_change(rotation, now, awake - now) or awake


def calls_second_line(step: Step, ticket: Ticket) -> bool:
    """Whether a step reaches for the ticket's second line: who is named for an event is not it."""
    usual = (target for target in step.targets if not target.reason)
    return any(_name(target, ticket) == ticket.second_line for target in usual)


def _name(target: Target, ticket: Ticket) -> str:
    """The lines of a policy are the ticket's own: a rule may have named others for it."""
    own = {FIRST_LINE: ticket.first_line, SECOND_LINE: ticket.second_line}
    return own.get(target.name, target.name)
