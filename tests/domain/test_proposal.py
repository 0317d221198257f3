"""Proposals: who gets which turn of a quarter, what they never do, and what they say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.domain.fairness.own_time import OwnTime
from supportbot.domain.fairness.proposal import LayerProposal, Past, proposed
from supportbot.domain.fairness.proposed_overrides import overrides_of
from supportbot.domain.fairness.quarter import Quarter
from supportbot.domain.on_call.rotation import Layer, Period, Rotation, shifts, who
from tests.domain.rotations import DAILY, EUROPE, WEEKLY, at, hand_off, layer, override, rotation
from tests.domain.samples import DAY, office

Q1 = Quarter(2027, 1)
MONDAYS = hand_off("09:00", "Europe/Berlin")
THREE = layer("ines tomasz akira", WEEKLY, MONDAYS, anchor=date(2027, 1, 4))


def away(*spans: tuple[str, str]) -> OwnTime:
    return OwnTime(leave=tuple((at(start), at(end)) for start, end in spans))


def plan(
    of: Layer, times: Mapping[str, OwnTime] | None = None, past: Mapping[str, Past] | None = None
) -> LayerProposal:
    (found,) = proposed(rotation(of), times or {}, past or {}, Q1)
    return found


def changes(found: LayerProposal) -> list[tuple[str, str, str]]:
    return [
        (f"{one.stint.since:%m-%d}", one.person, one.reason)
        for one in found.assigned
        if one.is_changed
    ]


def test_the_usual_order_stays_where_nothing_speaks_against_it() -> None:
    found = plan(THREE)
    assert [one.person for one in found.assigned[:4]] == ["ines", "tomasz", "akira", "ines"]
    assert (len(found.assigned), changes(found)) == (13, [])


def test_leave_moves_a_turn_and_keeps_the_rest() -> None:
    found = plan(THREE, {"tomasz": away(("2027-01-13T00:00", "2027-01-15T00:00"))})
    assert len(changes(found)) == 2
    why = "tomasz is away from 2027-01-13 to 2027-01-14"
    assert why in {reason for _, _, reason in changes(found)}
    turns = [one.person for one in found.assigned]
    assert turns[1] != "tomasz"
    assert max(Counter(turns).values()) == 5


def test_whoever_is_there_half_of_the_time_gets_about_half_of_the_turns() -> None:
    found = plan(THREE, {"ines": away(("2027-01-01T00:00", "2027-02-15T00:00"))})
    turns = {one.person: one.proposed.turns for one in found.people}
    assert turns == {"ines": 3, "tomasz": 5, "akira": 5}


def test_the_odd_turn_goes_to_whoever_was_interrupted_least() -> None:
    past = {"ines": Past(12, 4), "tomasz": Past(3, 1), "akira": Past(5, 0)}
    found = plan(THREE, past=past)
    assert {one.person: one.proposed.turns for one in found.people}["tomasz"] == 5
    assert found.people[0].past == Past(12, 4)
    assert sum(one.proposed.expected for one in found.people) == pytest.approx(20)


def test_weekends_are_spread_where_the_order_would_give_them_to_the_same_people() -> None:
    seven = layer("a b c d e f g", DAILY, hand_off("00:00", "UTC", None))
    found = plan(seven)
    days = [one.proposed.weekend_days for one in found.people]
    usual = [one.usual.weekend_days for one in found.people]
    assert (max(usual), min(usual)) == (13, 0)
    assert max(days) - min(days) <= 1
    assert "so that weekends are spread evenly" in {reason for _, _, reason in changes(found)}


def test_holidays_are_spread() -> None:
    holidays = frozenset({date(2027, 1, 6), date(2027, 1, 27)})
    own = OwnTime(holidays=holidays)
    found = plan(THREE, {"ines": own, "tomasz": own, "akira": own})
    assert sorted(one.proposed.holidays for one in found.people) == [0, 1, 1]


def test_hours_that_miss_the_layers_earn_fewer_turns() -> None:
    times = {"jonas": OwnTime(hours=office("Europe/Berlin")), "amina": OwnTime(hours=office())}
    of = replace(EUROPE, people=("jonas", "amina", "lucia"))
    far = {**times, "lucia": OwnTime(hours=office("America/Vancouver"))}
    turns = {one.person: one.proposed.turns for one in plan(of, far).people}
    assert turns["lucia"] <= 1 < turns["amina"]


def test_of_two_at_a_time_nobody_is_on_twice_at_once() -> None:
    fortnights = layer(
        "ines tomasz akira wanjiru", Period(2, "week"), MONDAYS, at_a_time=2, overlapping=True
    )
    found = plan(fortnights, {"tomasz": away(("2027-02-08T00:00", "2027-03-20T00:00"))})
    on = rotation(fortnights, overrides=overrides_of(rotation(fortnights), [found]))
    for span in shifts(on, Q1.start, Q1.end + 60 * DAY):
        assert len(set(span.people)) == 2
    leave = away(("2027-02-08T00:00", "2027-03-20T00:00")).leave[0]
    assert all("tomasz" not in span.people for span in shifts(on, *leave))


def test_somebody_in_two_layers_is_replaced_in_the_one_alone() -> None:
    nights = layer("jonas amina lucia", WEEKLY, hand_off("17:00", "UTC", 4), name="nights")
    both = rotation(EUROPE, nights)
    # Away for the nights of a week in which both layers have jonas or amina.
    times = {"jonas": away(("2027-01-01T18:00", "2027-01-04T03:00"))}
    found = proposed(both, times, {}, Q1)
    assert_done(both, found)


@pytest.mark.parametrize(
    ("of", "why"),
    [
        (layer("a b", Period(1, "hour"), hand_off("00:00", "UTC", None)), "turns begin"),
        (layer("a b", Period(52, "week"), MONDAYS), "no turn of it begins"),
        (replace(THREE, teams=(("ines", "tomasz"), ("akira",))), "several people change at once"),
    ],
)
def test_a_layer_for_which_there_is_no_proposal_says_why(of: Layer, why: str) -> None:
    found = plan(of)
    assert why in found.left
    assert found.assigned == ()


def test_whom_an_override_takes_out_is_away() -> None:
    out = override("2027-01-11T09:00", "2027-01-13T09:00", "tomasz", None)
    (found,) = proposed(rotation(THREE, overrides=(out,)), {}, {}, Q1)
    assert found.assigned[1].person != "tomasz"


def test_a_single_person_takes_no_turns() -> None:
    assert proposed(rotation(layer("ines", WEEKLY, MONDAYS)), {}, {}, Q1) == ()


def assert_done(of: Rotation, found: tuple[LayerProposal, ...]) -> None:
    """With the overrides every layer has the people proposed whenever it decides."""
    planned = replace(of, overrides=(*of.overrides, *overrides_of(of, found)))
    for one in found:
        for assigned in one.assigned:
            for start, end in assigned.stint.duty:
                for moment in (start, start + (end - start) / 2):
                    assert assigned.person in who(planned, moment).people


@st.composite
def _teams(draw: st.DrawFn) -> tuple[Layer, dict[str, OwnTime], dict[str, Past]]:
    people = [f"p{n}" for n in range(draw(st.integers(2, 5)))]
    days = draw(st.sampled_from((7, 14)))
    of = layer(" ".join(people), Period(days // 7, "week"), MONDAYS)
    starts = st.integers(0, 90).map(lambda day: Q1.start + timedelta(days=day))
    leaves = st.lists(st.tuples(starts, st.integers(1, 30)), max_size=2)
    times = {
        person: OwnTime(leave=tuple((start, start + n * DAY) for start, n in draw(leaves)))
        for person in people
    }
    past = {person: Past(draw(st.integers(0, 30))) for person in people}
    return of, times, past


@settings(max_examples=40)
@given(_teams())
def test_laws_of_every_proposal(team: tuple[Layer, dict[str, OwnTime], dict[str, Past]]) -> None:
    of, times, past = team
    found = plan(of, times, past)
    turns = Counter(dict.fromkeys(of.people, 0))
    turns.update(one.person for one in found.assigned)
    free: dict[str, frozenset[int]] = {}
    for person, own in times.items():
        each = enumerate(found.assigned)
        free[person] = frozenset(
            n for n, one in each if not own.away(one.stint.since, one.stint.until)
        )
    for number, one in enumerate(found.assigned):
        there = {person for person in of.people if number in free[person]}
        assert one.person in there or not there
        assert bool(one.reason) == one.is_changed
    for person in of.people:
        for other in of.people:
            if free[person] == free[other]:
                assert abs(turns[person] - turns[other]) <= 1
    assert_done(rotation(of), (found,))
    assert plan(of, times, past) == found


def test_a_stint_begins_in_its_quarter() -> None:
    since = [one.stint.since for one in plan(THREE).assigned]
    assert since[0] == datetime(2027, 1, 4, 8, tzinfo=UTC)
    assert all(Q1.start <= at < Q1.end for at in since)
