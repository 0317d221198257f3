"""The minutes that tell of all others whether somebody is paged in time.

What comes of a ticket differs only where one of its due times, or its limit, passes a change: a
hand-off, the end of somebody's hours, of a weekend, of the times that a step is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, pairwise

from supportbot.domain.escalation.availability import Level, Season, Spans
from supportbot.domain.escalation.plan import SHORTEST_ROUND
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.policy.playbook import Severity

_NO_TIME = timedelta(0)
_MINUTE = timedelta(minutes=1)
_WEEKEND = timedelta(days=2)
_WEEK = timedelta(days=7)
_MOST_OFFSETS = 1_000
"""With more of them, to look at every minute is quicker than to find out which of them tell."""


@dataclass(frozen=True, slots=True)
class Telling:
    """`spans` are what each step of the terms, and their last resort, comes to in the season."""

    terms: Severity
    season: Season
    spans: tuple[Spans, ...]

    def minutes(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The minutes whose answers are those of all minutes until the next of them, in order."""
        offsets, every = self._all_offsets(), (end - start) // _MINUTE
        if len(offsets) > _MOST_OFFSETS:
            return (start + _MINUTE * number for number in range(every))
        # How far from a change a ticket may open for a due time or the limit to fall on it.
        shifts = {one - other for one in offsets for other in offsets}
        reach = max(shifts, default=_NO_TIME)
        changes = set(self._changes(start - reach, end + reach))
        if 2 * len(shifts) * len(changes) > every:
            return (start + _MINUTE * number for number in range(every))
        found = {start}
        for change in changes:
            for shift in shifts:
                minute = (change + shift).replace(second=0, microsecond=0)
                found.update((minute, minute + _MINUTE))
        return iter(sorted(minute for minute in found if start <= minute < end))

    def _changes(self, start: datetime, end: datetime) -> Iterator[datetime]:
        for change in {change for spans in self.spans for change in spans.changes()}:
            if start <= change <= end:
                yield change
        working = [delay for delay in self._delays() if delay.kind == "working"]
        if any(delay.hours is None for delay in working):
            yield from _ends_of_weeks(start, end)
        for hours in {delay.hours for delay in working if delay.hours}:
            for opening in self.season.openings(hours):
                yield from opening

    def _all_offsets(self) -> set[timedelta]:
        """How long after a ticket opens a due time of any round, or the limit, may come."""
        answer = self.terms.first_answer
        limits = self._lengths(answer) if answer else self._offsets()
        longest = max(limits, default=_NO_TIME)
        return {o for o in self._with_rounds(longest) if o <= longest} | {_NO_TIME, *limits}

    def _delays(self) -> Iterator[Delay]:
        yield from (step.after for step in self.terms.steps)
        if self.terms.first_answer:
            yield self.terms.first_answer

    def _offsets(self) -> set[timedelta]:
        """How long after the start of a round its places may come due."""
        return {
            length + later
            for step in self.terms.steps
            for length in self._lengths(step.after)
            for later in step.tries()
        }

    def _with_rounds(self, longest: timedelta) -> set[timedelta]:
        offsets = self._offsets()
        if not any(Level.UNHEARD in spans.levels for spans in self.spans):
            return offsets  # a round that is not in vain ends with a page
        rests = {max(offset, SHORTEST_ROUND) for offset in offsets}
        further = rests | {offset + rest for offset in offsets for rest in rests}
        starts, fresh = {_NO_TIME}, {_NO_TIME}
        while fresh:
            fresh = {s + f for s in fresh for f in further if s + f <= longest} - starts
            starts |= fresh
        return {start + offset for start in starts for offset in (_NO_TIME, *offsets)}

    def _lengths(self, delay: Delay) -> set[timedelta]:
        """How much time may really pass in a delay, by the pauses that fall into it."""
        if delay.kind == "elapsed":
            return {delay.length}
        if delay.hours is not None:
            return self._with_pauses(delay.length, self.season.openings(delay.hours))
        weekends = delay.length // timedelta(days=5) + 2
        return {delay.length + _WEEKEND * number for number in range(weekends)}

    def _with_pauses(
        self, length: timedelta, openings: tuple[tuple[datetime, datetime], ...]
    ) -> set[timedelta]:
        found = {length}
        for first in range(len(openings)):
            paused, worked = _NO_TIME, _NO_TIME
            for (_, closed), (opens, closes) in pairwise(islice(openings, first, None)):
                paused += opens - closed
                found.add(length + paused)
                worked += closes - opens
                if worked >= length:
                    break
        return found


def _ends_of_weeks(start: datetime, end: datetime) -> Iterator[datetime]:
    """When working time in no particular zone stops and starts: Saturdays and Mondays, 00:00."""
    monday = (start - timedelta(days=start.weekday())).replace(hour=0, minute=0)
    while monday <= end:
        yield monday
        yield monday + _WEEK - _WEEKEND
        monday += _WEEK
