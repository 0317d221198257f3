"""The rota: who is on call over weeks, a shift for each person and turn, and the gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from supportbot.domain.on_call.layer import Layer
from supportbot.domain.on_call.rotation import SEARCH_LIMIT, Answer, Rotation, shifts, who
from supportbot.domain.on_call.wall_clock import utc, zone

AROUND = timedelta(days=60)
"""How far before and after the weeks asked for it is looked when somebody's shifts began or end."""

_TICK, _WEEK = timedelta(microseconds=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Entry:
    """`person` is on call from `since` until `until` (UTC, end excluded); None: nobody is.

    `overridden`: an override decided it, and is the reason; or it left nobody. A `shadow` follows
    along and answers for nothing.
    """

    rotation: str
    person: str | None
    since: datetime
    until: datetime
    layer: str
    reason: str
    overridden: bool = False
    shadow: bool = False


Same = Callable[[Entry], object]
"""What neighbouring pieces of one shift have in common."""


@dataclass(frozen=True, slots=True)
class Series:
    """Shifts of one person in one layer, with no shift of others there in between; in order."""

    shifts: tuple[Entry, ...]

    @property
    def first(self) -> Entry:
        return self.shifts[0]

    @property
    def last(self) -> Entry:
        return self.shifts[-1]

    @property
    def length(self) -> timedelta:
        return sum((shift.until - shift.since for shift in self.shifts), timedelta(0))


def rota(rotation: Rotation, start: datetime, end: datetime) -> tuple[Entry, ...]:
    """Every shift and gap with a part between `start` and `end` (aware), by when it begins.

    Each turn is a shift of its own. A shift is told whole, also where it begins before `start` or
    goes on after `end`; beyond SEARCH_LIMIT it is cut.
    """
    return _told(rotation, utc(start), utc(end), _turn_of, SEARCH_LIMIT)


def stretches(rotation: Rotation, start: datetime, end: datetime) -> tuple[Entry, ...]:
    """The same with turns of one person in one layer that follow on each other as one shift.

    It is cut where it lasts more than AROUND beyond `start` or `end`: some never end.
    """
    return _told(rotation, utc(start), utc(end), _stay_of, AROUND)


def in_series(found: Iterable[Entry], zone_name: str) -> tuple[Series, ...]:
    """The shifts, by begin, with those gathered that come again: the days of somebody's week.

    A series ends where a week is not like the one before it, so that a day off shows. What an
    override decided is gathered by override, and gaps by what clocks in the zone show when they
    begin and end, so that an unusual one stands by itself.
    """
    gathered: list[list[Entry]] = []
    latest: dict[object, int] = {}
    slots: dict[object, tuple[datetime | None, datetime]] = {}
    for shift in found:
        seen_by_clocks = shift.person is None and not shift.overridden
        place = _clocks(shift, zone_name) if seen_by_clocks else _place_of(shift)
        before, now = slots.get(place, (None, shift.since))
        if shift.since > now:
            before, now = now, shift.since
        slots[place] = before, now
        own = latest.get((place, shift.person))
        if (
            own is not None
            and gathered[own][-1].since == before
            and _is_like_last_week(gathered[own], shift, zone_name)
        ):
            gathered[own].append(shift)
        else:
            latest[place, shift.person] = len(gathered)
            gathered.append([shift])
    return tuple(Series(tuple(several)) for several in gathered)


def _is_like_last_week(series: Sequence[Entry], shift: Entry, zone_name: str) -> bool:
    """Whether a week ago, too, one began when this one does and none between the last one and it.

    In the first week of a series every day may be its day.
    """

    def on_the_wall(one: Entry) -> datetime:
        return one.since.astimezone(zone(zone_name)).replace(tzinfo=None)

    week_ago, after = on_the_wall(shift) - _WEEK, on_the_wall(series[-1]) - _WEEK
    began = False
    for one in reversed(series):
        wall = on_the_wall(one)
        if wall <= after:
            break
        if wall < week_ago:
            return False
        began = began or wall == week_ago
    return began or week_ago < on_the_wall(series[0])


def zone_of(rotation: Rotation) -> str:
    """The zone in which all its layers hand off, else UTC. One with a single person never does."""
    alone = [isinstance(layer, Layer) and len(layer.people) == 1 for layer in rotation.layers]
    zones = {
        layer.zone
        for layer, never in zip(rotation.layers, alone, strict=True)
        if all(alone) or not never
    }
    return zones.pop() if len(zones) == 1 else "UTC"


def _told(
    rotation: Rotation, start: datetime, end: datetime, same: Same, around: timedelta
) -> tuple[Entry, ...]:
    """Neighbouring pieces that are the `same` become one shift."""
    found: list[Entry] = []
    running: dict[object, int] = {}
    begin = _first_begin(rotation, start, same, around)
    for piece in _pieces(rotation, begin, end, same, around):
        key = same(piece)
        place = running.get(key)
        if place is not None and found[place].until == piece.since:
            found[place] = replace(found[place], until=piece.until)
        else:
            running[key] = len(found)
            found.append(piece)
    return tuple(shift for shift in found if shift.until > start)


def _pieces(
    rotation: Rotation, begin: datetime, end: datetime, same: Same, around: timedelta
) -> Iterator[Entry]:
    """From `begin` to `end`, and on for as long as somebody who is on at `end` stays."""
    last: tuple[Entry, ...] = ()
    for span in shifts(rotation, begin, end + around):
        pieces = _shifts_in(rotation, span.answer, span.start, span.end)
        if span.start >= end:
            staying = {same(piece) for piece in last}
            pieces = tuple(piece for piece in pieces if same(piece) in staying)
            if not pieces:
                return
        yield from pieces
        last = pieces


def _first_begin(rotation: Rotation, start: datetime, same: Same, around: timedelta) -> datetime:
    """When the first of the shifts that are on at `start` began."""
    answer, begin = who(rotation, start), start
    staying = {same(piece) for piece in _shifts_in(rotation, answer, start, start)}
    while staying and answer.since is not None and begin > start - around:
        begin = max(answer.since, start - around)
        answer = who(rotation, begin - _TICK)
        staying &= {same(piece) for piece in _shifts_in(rotation, answer, begin, begin)}
    return begin


def _shifts_in(
    rotation: Rotation, answer: Answer, since: datetime, until: datetime
) -> tuple[Entry, ...]:
    name = rotation.name
    on = [
        Entry(name, one.person, since, until, one.layer, one.reason, one.overridden, shadow)
        for ones, shadow in ((answer.on_call, False), (answer.shadowing, True))
        for one in ones
    ]
    if answer.on_call:
        return tuple(on)
    return (Entry(name, None, since, until, "", answer.reason, answer.vacated), *on)


def _turn_of(shift: Entry) -> object:
    if shift.person is None:
        return shift.overridden
    return (shift.person, shift.shadow, shift.layer, shift.reason)


def _stay_of(shift: Entry) -> object:
    return (shift.person, *_place_of(shift)) if shift.person else shift.overridden


def _place_of(shift: Entry) -> tuple[object, ...]:
    why = shift.reason if shift.overridden else ""
    return (shift.rotation, shift.layer, shift.shadow, why)


def _clocks(shift: Entry, zone_name: str) -> tuple[object, ...]:
    since, until = (at.astimezone(zone(zone_name)) for at in (shift.since, shift.until))
    return (shift.rotation, since.time(), until.time(), until.date() - since.date())
