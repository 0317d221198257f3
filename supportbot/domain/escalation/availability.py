"""When a step of a policy would reach somebody: spans of time instead of one moment.

The same answer as `reach.reach_of` gives moment by moment, worked out once for a whole season.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum
from heapq import merge
from itertools import takewhile

from supportbot.domain.escalation import reduced, times
from supportbot.domain.escalation.reach import Reach, reach_of
from supportbot.domain.on_call.absence import absence_at
from supportbot.domain.on_call.rotation import Rotation, next_on, shifts
from supportbot.domain.on_call.wall_clock import utc
from supportbot.domain.on_call.working_time import Opening, WorkingHours
from supportbot.domain.policy.playbook import (
    FIRST_LINE,
    SECOND_LINE,
    Person,
    Playbooks,
    Severity,
)
from supportbot.domain.policy.step import Step, Target
from supportbot.domain.ticket.commands import members_of
from supportbot.domain.ticket.ticket import Ticket

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class Level(IntEnum):
    """What comes of a step: it is skipped or held, it is spent on no one's pager, or it pages."""

    NOBODY = 0
    UNHEARD = 1
    PAGED = 2


@dataclass(frozen=True, slots=True)
class Spans:
    """`levels[i]` holds from `starts[i]` (UTC) until the next start; neighbours differ."""

    starts: tuple[datetime, ...]
    levels: tuple[Level, ...]

    @classmethod
    def of(cls, pieces: Iterable[tuple[datetime, Level]]) -> Spans:
        """From pieces in their order; those that change nothing are left out."""
        starts: list[datetime] = []
        levels: list[Level] = []
        for start, level in pieces:
            if not levels or levels[-1] is not level:
                starts.append(start)
                levels.append(level)
        return cls(tuple(starts), tuple(levels))

    @classmethod
    def always(cls, level: Level) -> Spans:
        return cls((_BEGINNING,), (level,))

    def at(self, moment: datetime) -> Level:
        return self.levels[max(0, bisect_right(self.starts, moment) - 1)]

    def somebody_from(self, moment: datetime) -> datetime | None:
        """The first instant at or after `moment` at which the level is not NOBODY; None: never."""
        place = max(0, bisect_right(self.starts, moment) - 1)
        if self.levels[place] is not Level.NOBODY:
            return moment
        # Neighbours differ, so the next span is one with somebody.
        return self.starts[place + 1] if place + 1 < len(self.starts) else None

    def paged_from(self, moment: datetime) -> datetime | None:
        """The first start of a span after `moment` in which somebody is paged; None: never."""
        later = range(bisect_right(self.starts, moment), len(self.starts))
        return next((self.starts[n] for n in later if self.levels[n] is Level.PAGED), None)

    def changes(self) -> tuple[datetime, ...]:
        return self.starts[1:]

    def capped(self, most: Level) -> Spans:
        return Spans.of(
            (s, min(one, most)) for s, one in zip(self.starts, self.levels, strict=True)
        )


def best_of(several: Iterable[Spans]) -> Spans:
    """At every moment the highest level of them all; NOBODY when there are none."""
    each = list(several)
    if len(each) == 1:
        return each[0]
    starts = sorted({start for spans in each for start in spans.starts})
    pieces = ((start, max(spans.at(start) for spans in each)) for start in starts)
    return Spans.of(pieces) if each else Spans.always(Level.NOBODY)


@dataclass(slots=True)
class Season:
    """Everyone's availability from `start` to `end` (UTC), worked out when first asked for."""

    playbooks: Playbooks
    start: datetime
    end: datetime
    _people: dict[tuple[str, bool], Spans] = field(default_factory=dict)
    _rotations: dict[tuple[str, bool], Spans] = field(default_factory=dict)

    def step(self, step: Step, ticket: Ticket) -> Spans:
        """What the step comes to for a ticket of this kind that nobody has."""
        lines, wake = lines_of(ticket.first_line, ticket.second_line), ticket.terms.wake_people
        found = best_of(self._target(target, lines, wake) for target in step.targets)
        if step.working_first:
            found = self._asked(step, ticket, self._changes(step, lines))
        if step.only_within or step.only_outside:
            found = Spans.of(self._in_its_times(step, found))
        return found if step.page else found.capped(Level.UNHEARD)

    def reduced(self, terms: Severity) -> Spans:
        """When the policy itself says that it calls nobody, or pages nobody."""
        changes = takewhile(lambda at: at < self.end, reduced.changes(terms, self.start))
        return Spans.of(
            (at, Level.UNHEARD if reduced.reduced(terms, at) else Level.NOBODY)
            for at in (self.start, *changes)
        )

    def ever(self, step: Step, ticket: Ticket) -> bool:
        """Whether somebody may come, be it after the season: then a step that is held waits."""
        lines = lines_of(ticket.first_line, ticket.second_line)
        if times.shut(step, self.end) and times.opens(step, self.end) is None:
            return False
        names = [lines.get(target.name, target.name) for target in step.targets]
        if step.working_first and any(self._colleague(name) for name in names):
            return True
        return any(self._ever(target, lines) for target in step.targets)

    def _colleague(self, name: str) -> bool:
        people = (self.playbooks.people.get(key) for key in members_of(name, self.playbooks))
        return any(person is not None and person.hours is not None for person in people)

    def _in_its_times(self, step: Step, usual: Spans) -> Iterator[tuple[datetime, Level]]:
        changes = takewhile(lambda at: at < self.end, times.changes(step, self.start))
        for at in merge([self.start], (s for s in usual.starts if s > self.start), changes):
            yield at, Level.NOBODY if times.shut(step, at) else usual.at(at)

    def openings(self, hours: WorkingHours) -> tuple[Opening, ...]:
        """The open time in the season, in order and without overlap."""
        return tuple(_openings(hours, self.start, self.end))

    def _asked(self, step: Step, ticket: Ticket, moments: Iterable[datetime]) -> Spans:
        """The answer of `reach.reach_of` at each of these moments, which are all that matter."""
        usual = replace(step, only_within=None, only_outside=None)
        return Spans.of(
            (at, self._level(reach_of(usual, ticket, self.playbooks, at))) for at in moments
        )

    def _level(self, reach: Reach) -> Level:
        paged = any(has_address(self.playbooks.people.get(person)) for person in reach.people)
        if paged or reach.webhooks:
            return Level.PAGED
        return Level.UNHEARD if reach.anybody else Level.NOBODY

    def _changes(self, step: Step, lines: Mapping[str, str]) -> list[datetime]:
        """When somebody of the step comes on, leaves, begins or ends to work."""
        found = {self.start}
        for target in step.targets:
            name = lines.get(target.name, target.name)
            rotation = self.playbooks.rotations.get(name)
            if rotation is not None:
                found.update(shift.start for shift in shifts(rotation, self.start, self.end))
                found.update(utc(o.start) for o in rotation.overrides)
                found.update(utc(o.end) for o in rotation.overrides)
            for key in members_of(name, self.playbooks):
                found.update(self._present(key, wake=False).changes())
        return sorted(at for at in found if self.start <= at < self.end)

    def _target(self, target: Target, lines: Mapping[str, str], wake: bool) -> Spans:
        if target.kind in ("channel", "group"):
            return Spans.always(Level.UNHEARD)
        if target.kind == "webhook":
            return Spans.always(Level.PAGED)
        if target.kind == "owner":  # nobody owns a ticket for which the policy still runs
            return Spans.always(Level.NOBODY)
        name = lines.get(target.name, target.name)
        rotation = self.playbooks.rotations.get(name)
        if rotation is not None:
            return self._rotation(rotation, wake)
        return best_of(self._present(key, wake) for key in self._members(name))

    def _ever(self, target: Target, lines: Mapping[str, str]) -> bool:
        if target.kind in ("channel", "group", "webhook", "owner"):
            return target.kind != "owner"
        name = lines.get(target.name, target.name)
        rotation = self.playbooks.rotations.get(name)
        if rotation is None:
            return bool(self._members(name))
        return next_on(rotation, self.end) is not None

    def _members(self, name: str) -> tuple[str, ...]:
        alone = (name,) if name in self.playbooks.people else ()
        return self.playbooks.roles.get(name, alone)

    def _rotation(self, rotation: Rotation, wake: bool) -> Spans:
        known = self._rotations.get((rotation.name, wake))
        if known is None:
            known = Spans.of(self._shifts(rotation, wake))
            self._rotations[rotation.name, wake] = known
        return known

    def _shifts(self, rotation: Rotation, wake: bool) -> Iterator[tuple[datetime, Level]]:
        for shift in shifts(rotation, self.start, self.end):
            on = [self._person(key, wake) for key in shift.people]
            inside = {c for spans in on for c in _between(spans, shift.start, shift.end)}
            for start in (shift.start, *sorted(inside)):
                yield start, max((spans.at(start) for spans in on), default=Level.NOBODY)

    def _person(self, key: str, wake: bool) -> Spans:
        known = self._people.get((key, wake))
        if known is None:
            person = self.playbooks.people.get(key)
            level = Level.PAGED if has_address(person) else Level.UNHEARD
            hours = person.hours if person and not wake else None
            known = self._awake(hours, level) if hours else Spans.always(level)
            self._people[key, wake] = known
        return known

    def _present(self, key: str, wake: bool) -> Spans:
        """Of somebody who is called by name or role: not while they are on leave."""
        spans, person = self._person(key, wake), self.playbooks.people.get(key)
        if person is None or not person.away:
            return spans
        edges = {edge for absence in person.away for edge in (absence.start, absence.end)}
        pieces = (
            (at, Level.NOBODY if absence_at(person.away, at) else spans.at(at))
            for at in sorted(edges.union(spans.starts))
        )
        return Spans.of(pieces)

    def _awake(self, hours: WorkingHours, level: Level) -> Spans:
        pieces = [(self.start, Level.NOBODY)]
        for opens, closes in _openings(hours, self.start, self.end):
            if opens <= pieces[-1][0]:
                pieces.pop()
            pieces += [(opens, level), (closes, Level.NOBODY)]
        return Spans.of(pieces)


def has_address(person: Person | None) -> bool:
    """Whether a page to them can go anywhere: to Slack, or to the account of their mail address."""
    return person is not None and bool(person.slack or person.mail)


def lines_of(first_line: str, second_line: str) -> dict[str, str]:
    """Who stands for the lines that policies speak of."""
    return {FIRST_LINE: first_line, SECOND_LINE: second_line}


def _between(spans: Spans, start: datetime, end: datetime) -> tuple[datetime, ...]:
    starts = spans.starts
    return starts[bisect_right(starts, start) : bisect_right(starts, end)]


def _openings(hours: WorkingHours, start: datetime, end: datetime) -> Iterator[Opening]:
    """The open time in the season, in order and without overlap."""
    reached = start
    for opens, closes in merge(*(window.openings_from(start) for window in hours.windows)):
        if opens >= end:
            return
        if closes > reached:
            yield max(opens, reached), closes
            reached = closes
