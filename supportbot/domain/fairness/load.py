"""Load: how often each person was interrupted, and how that compares with a fair share.

Fair is by time available: who is in a rotation and not on leave for half of the time should carry
half of what the others do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from supportbot.domain.fairness.interruption import Interruption
from supportbot.domain.fairness.own_time import OwnTime, Span, is_weekend, overlap
from supportbot.domain.on_call.rotation import Rotation, shifts

MOST_ON_CALL = 0.25
"""Of a person's time. Google's Site Reliability Engineering, chapter 11, is where teams have this
and the next figure from."""
MOST_INCIDENTS = 2
SHIFT = timedelta(hours=12)

Flag = Literal["on_call", "incidents"]
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLoad:
    """What one person carried. Nights, weekend days and holidays are counted once each, on the
    person's clocks, however often they were paged or acted then.

    `busiest` is the largest number of tickets that paged them within any 12 hours. `share` and
    `fair_share` are of everybody's interruptions; `on_call_share` is of the time there was.
    """

    person: str
    pages: int = 0
    outside_hours: int = 0
    nights: int = 0
    weekend_days: int = 0
    holidays: int = 0
    acknowledged: int = 0
    hand_overs: int = 0
    busiest: int = 0
    on_call: timedelta = _NO_TIME
    on_call_share: float = 0.0
    share: float = 0.0
    fair_share: float = 0.0
    deviation: float = 0.0
    """Interruptions above the fair share; below it is negative."""

    @property
    def interruptions(self) -> int:
        return self.outside_hours + self.nights + self.weekend_days + self.holidays

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Which of the limits are passed."""
        passed: dict[Flag, bool] = {
            "on_call": self.on_call_share > MOST_ON_CALL,
            "incidents": self.busiest > MOST_INCIDENTS,
        }
        return tuple(flag for flag, is_passed in passed.items() if is_passed)


Shifts = Mapping[str, Sequence[Span]]
"""When each person is on call."""


def on_call_spans(rotations: Iterable[Rotation], start: datetime, end: datetime) -> Shifts:
    """When each person is on call in any of the rotations between `start` and `end` (aware)."""
    found: dict[str, list[Span]] = defaultdict(list)
    for rotation in rotations:
        for span in shifts(rotation, start, end):
            for person in span.people:
                found[person].append((span.start, span.end))
    return found


def load(
    interruptions: Iterable[Interruption],
    on_call: Shifts,
    times: Mapping[str, OwnTime],
    start: datetime,
    end: datetime,
) -> tuple[PersonLoad, ...]:
    """Everyone's load from `start` to `end` (aware UTC, end later), the most interrupted first.

    They are whoever is on call or was interrupted. Whose own time is not known is taken to live in
    UTC. Only whoever is on call has a fair share.
    """
    by_person: dict[str, list[Interruption]] = {person: [] for person in on_call}
    for interruption in interruptions:
        by_person.setdefault(interruption.person, []).append(interruption)
    own = {person: times.get(person, OwnTime()) for person in by_person}
    counted = [_counted(person, found, own[person]) for person, found in by_person.items()]
    total = sum(one.interruptions for one in counted)
    available = {person: end - start - own[person].away(start, end) for person in on_call}
    together = sum(available.values(), _NO_TIME)
    shared = []
    for one in counted:
        fair = available.get(one.person, _NO_TIME) / together if together else 0.0
        time = overlap(on_call.get(one.person, ()), start, end)
        shared.append(_shared(one, fair, total, time, time / (end - start)))
    return tuple(sorted(shared, key=lambda one: (-one.interruptions, -one.pages, one.person)))


def _shared(
    one: PersonLoad, fair_share: float, total: int, on_call: timedelta, on_call_share: float
) -> PersonLoad:
    return replace(
        one,
        on_call=on_call,
        on_call_share=on_call_share,
        share=one.interruptions / total if total else 0.0,
        fair_share=fair_share,
        deviation=one.interruptions - fair_share * total,
    )


def _counted(person: str, found: Sequence[Interruption], own: OwnTime) -> PersonLoad:
    paged = sorted(one.at for one in found if one.kind == "page")
    days = {own.day(one.at) for one in found}
    return PersonLoad(
        person=person,
        pages=len(paged),
        outside_hours=sum(own.is_outside(at) for at in paged),
        nights=len({night for at in paged if (night := own.night(at))}),
        weekend_days=sum(is_weekend(day) and day not in own.holidays for day in days),
        holidays=len(days & own.holidays),
        acknowledged=len({one.ticket for one in found if one.kind == "acknowledged"}),
        hand_overs=sum(one.kind == "handed over" for one in found),
        busiest=_busiest([one for one in found if one.kind == "page"]),
    )


def _busiest(paged: Sequence[Interruption]) -> int:
    """The largest number of tickets that paged within any shift's length."""
    most, within = 0, list[Interruption]()
    for page in sorted(paged, key=lambda one: one.at):
        within = [one for one in within if page.at - one.at < SHIFT] + [page]
        most = max(most, len({one.ticket for one in within}))
    return most
