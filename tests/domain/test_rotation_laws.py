"""What holds of every rotation, in every zone, near every change of its clocks."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from supportbot.domain.on_call.rotation import (
    HandOff,
    Layer,
    OneOffs,
    Override,
    Period,
    Rotation,
    Shift,
    ShiftLayer,
    default_anchor,
    next_change,
    next_on,
    shifts,
    turn_at,
    who,
)
from tests.domain.zones import (
    DAY,
    MOMENT,
    TRICKY,
    by_search,
    near_changes,
    times,
    windows,
)

periods = (
    st.builds(Period, st.integers(4, 50), st.just("hour"))
    | st.builds(Period, st.integers(1, 10), st.sampled_from(("day", "week")))
    | st.builds(Period, st.integers(1, 5), st.just("month"))
)
teams = st.lists(st.sampled_from("abcd"), min_size=1, max_size=2, unique=True).map(tuple)


@st.composite
def layers(draw: st.DrawFn, zone: str) -> Layer:
    swap = draw(periods)
    weekday = draw(st.integers(0, 6)) if swap.unit == "week" else None
    day = draw(st.integers(1, 31)) if swap.unit == "month" else None
    where = draw(st.just(zone) | st.sampled_from(TRICKY))
    hand_off = HandOff(weekday, draw(times), where, day)
    groups = draw(st.lists(teams, min_size=1, max_size=4))
    alone = all(len(group) == 1 for group in groups)
    return Layer(
        name=draw(st.sampled_from(("europe", "americas"))),
        people=tuple(person for group in groups for person in group),
        swap=swap,
        hand_off=hand_off,
        anchor=default_anchor(hand_off),
        at_a_time=draw(st.integers(1, len(groups))),
        overlapping=draw(st.booleans()),
        hours=tuple(draw(st.lists(windows(zone), max_size=2))),
        teams=() if alone else tuple(groups),
    )


@st.composite
def one_by_one(draw: st.DrawFn, zone: str, around: datetime) -> ShiftLayer:
    found = []
    for person in draw(st.lists(st.sampled_from("abcd"), max_size=3)):
        start = around + timedelta(hours=draw(st.integers(-72, 72)))
        found.append(Shift(person, start, start + timedelta(hours=draw(st.integers(1, 72)))))
    return ShiftLayer("shifts", OneOffs(tuple(found)), tuple(one.person for one in found), zone)


@st.composite
def overrides(draw: st.DrawFn, around: datetime) -> Override:
    start = around + timedelta(hours=draw(st.integers(-72, 72)))
    people = st.sampled_from("abcd") | st.none()
    replace = draw(people)
    with_ = draw(people.filter(lambda person: person != replace))
    return Override(start, start + timedelta(hours=draw(st.integers(1, 72))), replace, with_)


@st.composite
def rotations(draw: st.DrawFn) -> tuple[Rotation, datetime]:
    zone, at = draw(near_changes())
    some = layers(zone) | one_by_one(zone, at)
    made = Rotation(
        "first-line",
        tuple(draw(st.lists(some, max_size=3))),
        tuple(draw(st.lists(overrides(at), max_size=4))),
        tuple(draw(st.lists(some, max_size=1))),
        draw(st.booleans()),
    )
    return made, at


@given(near_changes(), times, st.integers(1, 9), st.integers(0, 300))
def test_turn_number_counts_the_hand_offs_since_the_anchor(
    place: tuple[str, datetime], change: time, every: int, back: int
) -> None:
    zone, at = place
    anchor = at.date() - timedelta(days=back)
    daily = Layer("x", ("a",), Period(every, "day"), HandOff(None, change, zone), anchor)
    turn = turn_at(daily, at)
    starts = [anchor + timedelta(days=every * number) for number in range(-5, 303 // every + 5)]
    past = [day for day in starts if by_search(zone, datetime.combine(day, change)) <= at]
    assert turn.number == (past[-1] - anchor).days // every
    assert turn.since == by_search(zone, datetime.combine(past[-1], change))
    assert turn.since <= at < turn.until


@given(near_changes(), times, st.integers(1, 3))
def test_hand_off_keeps_its_local_time_or_follows_the_jump_at_once(
    place: tuple[str, datetime], change: time, every: int
) -> None:
    zone, at = place
    layer = Layer("x", ("a",), Period(every, "day"), HandOff(None, change, zone), date(2024, 1, 1))
    for _ in range(4):
        turn = turn_at(layer, at)
        local = turn.since.astimezone(zoneinfo.ZoneInfo(zone))
        if local.time() != change:
            just_before = (turn.since - MOMENT).astimezone(zoneinfo.ZoneInfo(zone))
            nominal = datetime.combine(layer.anchor + timedelta(days=turn.number * every), change)
            assert just_before.replace(tzinfo=None) < nominal < local.replace(tzinfo=None)
        assert turn_at(layer, turn.until).since == turn.until
        at = turn.until


@given(rotations(), st.integers(1, 24 * 20))
def test_shifts_tile_the_time_they_are_asked_for(
    made: tuple[Rotation, datetime], hours: int
) -> None:
    rotation, start = made
    end = start + timedelta(hours=hours)
    spans = list(shifts(rotation, start, end))
    assert spans[0].start == start
    assert spans[-1].end == end
    assert all(span.start < span.end for span in spans)
    assert all(before.end == after.start for before, after in pairwise(spans))


@given(rotations(), st.data())
def test_every_instant_of_a_shift_has_the_answer_of_the_shift(
    made: tuple[Rotation, datetime], data: st.DataObject
) -> None:
    rotation, at = made
    for span in shifts(rotation, at - 2 * DAY, at + 2 * DAY):
        length = (span.end - span.start) // MOMENT
        inside = span.start + data.draw(st.integers(0, length - 1)) * MOMENT
        for instant in (span.start, inside, span.end - MOMENT):
            assert who(rotation, instant) == span.answer


@given(rotations())
def test_an_answer_holds_from_its_since_until_just_before_its_until(
    made: tuple[Rotation, datetime],
) -> None:
    rotation, at = made
    answer = who(rotation, at)
    if answer.since is None or answer.until is None:
        assert not answer.on_call
        return
    assert answer.since <= at < answer.until
    assert who(rotation, answer.since) == answer
    assert who(rotation, answer.until - MOMENT) == answer
    assert who(rotation, answer.until).since == answer.until
    assert who(rotation, answer.since - MOMENT).until == answer.since


@given(rotations())
def test_nobody_is_named_twice_and_everyone_has_a_reason(made: tuple[Rotation, datetime]) -> None:
    rotation, at = made
    answer = who(rotation, at)
    assert answer.reason
    assert len(set(answer.people)) == len(answer.people)
    assert set(answer.people) <= rotation.members()
    assert not {one.person for one in answer.shadowing} & set(answer.people)
    told = (*answer.on_call, *answer.shadowing)
    assert all(one.reason for one in told)
    assert all((one.since, one.until) == (answer.since, answer.until) for one in told)


@given(rotations())
def test_next_change_and_next_on_are_the_first_such_instants(
    made: tuple[Rotation, datetime],
) -> None:
    rotation, at = made
    limit = timedelta(days=10)
    spans = list(shifts(rotation, at, at + limit))
    changed = [span.start for span in spans if span.people != spans[0].people]
    staffed = [span.start for span in spans if span.people]
    assert next_change(rotation, at, limit) == (changed[0] if changed else None)
    assert next_on(rotation, at, limit) == (staffed[0] if staffed else None)
