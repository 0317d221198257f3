"""Whom a step of a policy reaches now, and if nobody, when it may reach somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from supportbot.domain.escalation import times
from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.override import cover_at
from supportbot.domain.on_call.rotation import next_change, next_on, who
from supportbot.domain.on_call.wall_clock import utc
from supportbot.domain.policy.playbook import FIRST_LINE, SECOND_LINE, Person, Playbooks
from supportbot.domain.policy.presence import absence_of
from supportbot.domain.policy.step import Group, Step, Target
from supportbot.domain.ticket.commands import members_of
from supportbot.domain.ticket.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Reach:
    """The people a step reaches now, each with the reason, or why there is nobody.

    Their `shadows` hear of it, and are not reached.
    """

    people: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    webhooks: tuple[str, ...] = ()
    shadows: tuple[str, ...] = ()
    nobody: str = ""

    @property
    def anybody(self) -> bool:
        return bool(self.people or self.channels or self.groups or self.webhooks)


@dataclass(frozen=True, slots=True)
class _Found:
    """Why somebody is behind a target, and whether that calls them at any hour."""

    reason: str
    at_any_hour: bool = False


def reach_of(step: Step, ticket: Ticket, playbooks: Playbooks, now: datetime) -> Reach:
    """Everyone the step reaches at `now`, once each, in the order of its targets."""
    closed = times.shut(step, now)
    if closed:
        return Reach(nobody=closed)
    nobody: list[str] = []
    people: dict[str, str] = {}
    for key, found in _called(step, ticket, playbooks, now, nobody).items():
        asleep = "" if found.at_any_hour else _asleep(playbooks.people.get(key), ticket, now)
        if asleep:
            nobody.append(asleep)
        else:
            people[key] = found.reason
    return Reach(
        tuple(people),
        tuple(people.values()),
        channels=tuple(t.name for t in step.targets if t.kind == "channel"),
        groups=tuple(Group(t.name, t.address) for t in step.targets if t.kind == "group"),
        webhooks=tuple(t.name for t in step.targets if t.kind == "webhook"),
        shadows=_shadows(step, people, ticket, playbooks, now),
        nobody="; ".join(nobody),
    )


def _shadows(
    step: Step, people: Mapping[str, str], ticket: Ticket, playbooks: Playbooks, now: datetime
) -> tuple[str, ...]:
    """Who follows along with those on call in the step's rotations, when somebody is called."""
    named = (playbooks.rotations.get(_name(target, ticket)) for target in step.targets)
    found = (one for rotation in named if rotation for one in who(rotation, now).shadowing)
    keys = dict.fromkeys(one.person for one in found)
    return tuple(key for key in keys if people and key not in people)


def _called(
    step: Step, ticket: Ticket, playbooks: Playbooks, now: datetime, nobody: list[str]
) -> dict[str, _Found]:
    """Whom the step is for at this moment, awake or not."""
    present = _present(step, ticket, playbooks, now, nobody)
    if not step.working_first:
        return present
    at_work = {
        key: found
        for key, found in present.items()
        if found.at_any_hour or _works(playbooks.people.get(key), now)
    }
    return at_work or dict(_colleague(step, ticket, playbooks, now)) or present


def _present(
    step: Step, ticket: Ticket, playbooks: Playbooks, now: datetime, nobody: list[str]
) -> dict[str, _Found]:
    present: dict[str, _Found] = {}
    for target in step.targets:
        if target.until is not None and now >= target.until:
            nobody.append(f"{target.name} was {target.reason}, which is over")
            continue
        for key, reason in _behind(target, ticket, playbooks, now, nobody):
            known = present.get(key)
            named = bool(target.reason) or (known is not None and known.at_any_hour)
            present[key] = _Found(known.reason if known else reason, named)
    return present


def _works(person: Person | None, now: datetime) -> bool:
    """Whether they may be called without being woken; of whom no hours are known, any time."""
    return person is None or person.hours is None or working_time.is_open(person.hours, now)


def _colleague(
    step: Step, ticket: Ticket, playbooks: Playbooks, now: datetime
) -> Iterator[tuple[str, _Found]]:
    """The first of the rotations' other people, layer by layer, whose hours say they work now."""
    for key in _colleagues(step, ticket, playbooks, now):
        if _works(playbooks.people.get(key), now):
            yield key, _Found("works now, and nobody on call does")
            return


def _colleagues(step: Step, ticket: Ticket, playbooks: Playbooks, now: datetime) -> Iterator[str]:
    """Everyone of the step's rotations who is not away and whose hours are known."""
    named = (playbooks.rotations.get(_name(target, ticket)) for target in step.targets)
    for rotation in (rotation for rotation in named if rotation):
        cover = cover_at(rotation.overrides, utc(now))
        for person in (person for layer in rotation.layers for person in layer.people):
            key = cover.stand_in(person) or ""
            known = playbooks.people.get(key)
            here = absence_of(key, playbooks, now) is None
            if known is not None and known.hours is not None and here:
                yield known.key


def _behind(
    target: Target, ticket: Ticket, playbooks: Playbooks, now: datetime, nobody: list[str]
) -> Iterator[tuple[str, str]]:
    if target.kind in ("channel", "group", "webhook"):
        return
    rotation = playbooks.rotations.get(_name(target, ticket))
    if target.kind == "owner" or rotation is None:
        for key, reason in _named(target, ticket, playbooks, nobody):
            if absence := absence_of(key, playbooks, now):
                nobody.append(f"{playbooks.people[key].name} is away: {absence}")
            else:
                yield key, reason
        return
    answer = who(rotation, now)
    if not answer.on_call:
        nobody.append(answer.reason)
    for shift in answer.on_call:
        yield shift.person, shift.reason


def _named(
    target: Target, ticket: Ticket, playbooks: Playbooks, nobody: list[str]
) -> Iterator[tuple[str, str]]:
    """The owner, the members of a role, or a person: on leave or not."""
    if target.kind == "owner":
        if ticket.owner:
            yield ticket.owner, f"owns {ticket.reference}"
        else:
            nobody.append(f"nobody owns {ticket.reference}")
        return
    name = _name(target, ticket)
    members = sorted(members_of(name, playbooks))
    if not members:
        nobody.append(f"{name} stands for nobody")
    for key in members:
        yield key, target.reason or ("named in the policy" if key == name else f"is {name}")


def _back(target: Target, ticket: Ticket, playbooks: Playbooks, now: datetime) -> datetime | None:
    """When the first of those behind a target who are on leave is back."""
    each = (absence_of(key, playbooks, now) for key, _ in _named(target, ticket, playbooks, []))
    return min((absence.end for absence in each if absence), default=None)


def _asleep(person: Person | None, ticket: Ticket, now: datetime) -> str:
    if person is None or ticket.terms.wake_people or _works(person, now):
        return ""
    return f"{person.name} is outside their hours, and {ticket.terms.key} wakes nobody"


def somebody_on(step: Step, ticket: Ticket, playbooks: Playbooks, now: datetime) -> datetime | None:
    """The first instant after `now` at which the step may reach somebody, or None."""
    if times.shut(step, now):
        usual = replace(step, only_within=None, only_outside=None)
        reached = reach_of(usual, ticket, playbooks, now).anybody
        ever = reached or somebody_on(usual, ticket, playbooks, now) is not None
        return times.opens(step, now) if ever else None
    found = [_coming(target, ticket, playbooks, now) for target in step.targets]
    if step.working_first:
        keys = _colleagues(step, ticket, playbooks, now)
        found.append(_awake((playbooks.people.get(key) for key in keys), now))
    return min((at for at in found if at is not None and at > now), default=None)


def _coming(target: Target, ticket: Ticket, playbooks: Playbooks, now: datetime) -> datetime | None:
    """When somebody comes on, wakes up, or takes over from those who sleep."""
    rotation = playbooks.rotations.get(_name(target, ticket))
    if rotation is not None and not who(rotation, now).on_call:
        return next_on(rotation, now)
    present = (playbooks.people.get(key) for key, _ in _behind(target, ticket, playbooks, now, []))
    awake = _awake(present, now)
    if rotation is None:
        back = _back(target, ticket, playbooks, now)
        return min((at for at in (awake, back) if at is not None), default=None)
    if awake is None:
        return awake
    return next_change(rotation, now, awake - now) or awake


def _awake(people: Iterable[Person | None], now: datetime) -> datetime | None:
    """When the first of them works; None when of nobody the hours are known."""
    hours = [one.hours for one in people if one is not None and one.hours is not None]
    return min((working_time.next_open(their, now) for their in hours), default=None)


def calls_second_line(step: Step, ticket: Ticket) -> bool:
    """Whether a step reaches for the ticket's second line: who is named for an event is not it."""
    usual = (target for target in step.targets if not target.reason)
    return any(_name(target, ticket) == ticket.second_line for target in usual)


def _name(target: Target, ticket: Ticket) -> str:
    """The lines of a policy are the ticket's own: a rule may have named others for it."""
    own = {FIRST_LINE: ticket.first_line, SECOND_LINE: ticket.second_line}
    return own.get(target.name, target.name)
