"""The question before a shift: the day before, on the clocks of whoever is to be on call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from supportbot.domain.on_call.rota import Entry, stretches
from supportbot.domain.on_call.rotation import Rotation
from supportbot.domain.on_call.wall_clock import first_instant, reading

ASKED_AT = time(16)
_DAY = timedelta(days=1)
# Somebody's Tuesday after their Monday is the same turn, and so is the Monday after the weekend.
_SAME_TURN = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class ShiftPrompt:
    """`person` (a key) is asked at `at` (UTC) whether the shift from `since` to `until` is fine."""

    rotation: str
    person: str
    at: datetime
    since: datetime
    until: datetime

    @property
    def name(self) -> str:
        """For ever the same for this person and shift, however often the rota is read."""
        return f"{self.rotation}.{self.person}.{self.since:%Y%m%dT%H%M}"


def shift_prompts(
    rotation: Rotation, zones: dict[str, str], start: datetime, end: datetime
) -> Iterator[ShiftPrompt]:
    """The questions of the shifts that begin from `start` to `end` (aware); `zones` by person.

    Of the days of one turn, only the first is asked about.
    """
    last: dict[str, datetime] = {}
    told = stretches(rotation, start - _SAME_TURN, end)
    for shift in told:
        if shift.person is None:
            continue
        before = last.get(shift.person)
        last[shift.person] = max(shift.until, before or shift.until)
        goes_on = (
            before is not None
            and shift.since - before < _SAME_TURN
            and not any(_is_turn_between(one, before, shift) for one in told)
        )
        if start <= shift.since < end and not goes_on:
            yield _prompt(shift, shift.person, zones.get(shift.person, "UTC"))


def _is_turn_between(other: Entry, before: datetime, shift: Entry) -> bool:
    """Whether somebody else had their turn there since: then theirs is a new one."""
    theirs = other.person in (None, shift.person) or other.layer != shift.layer
    return not theirs and not other.overridden and before <= other.since < shift.since


def _prompt(shift: Entry, person: str, zone: str) -> ShiftPrompt:
    day_before = reading(shift.since, zone).date() - _DAY
    asked = first_instant(datetime.combine(day_before, ASKED_AT), zone)
    return ShiftPrompt(shift.rotation, person, asked, shift.since, shift.until)
