"""Who is on call, case by case."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from supportbot.domain.on_call.rotation import (
    OnCall,
    Window,
    next_change,
    next_on,
    on_call,
    shifts,
    who,
)
from tests.domain.rotations import (
    AMERICAS,
    EUROPE,
    HOLIDAYS,
    MON_TO_FRI,
    SUN_FOLLOWING,
    WEEKLY,
    at,
    hand_off,
    layer,
    office,
    override,
    rotation,
)


@pytest.mark.parametrize(
    ("instant", "people"),
    [
        ("2026-11-24T06:59", ()),
        ("2026-11-24T07:00", ("amina",)),
        ("2026-11-24T15:59", ("amina",)),
        ("2026-11-24T16:00", ("lucia",)),
        ("2026-11-25T00:59", ("lucia",)),
        ("2026-11-25T01:00", ()),
        ("2026-11-28T12:00", ()),
    ],
)
def test_first_layer_in_its_hours_decides(instant: str, people: tuple[str, ...]) -> None:
    week = layer(
        "sam lucia",
        WEEKLY,
        hand_off("09:00", "America/Vancouver"),
        name="americas",
        hours=office("America/Vancouver"),
    )
    assert who(rotation(EUROPE, week), at(instant)).people == people


def test_answer_tells_person_span_layer_and_reason() -> None:
    assert on_call(SUN_FOLLOWING, at("2026-11-24T14:05")) == (
        OnCall(
            person="amina",
            since=at("2026-11-24T07:00"),
            until=at("2026-11-24T16:00"),
            layer="europe",
            reason="week 2 of 2 in europe, since Monday 2026-11-23 09:00 Europe/Berlin",
        ),
    )


def test_answer_tells_why_an_earlier_layer_did_not_decide() -> None:
    assert who(SUN_FOLLOWING, at("2026-11-24T20:00")).reason == (
        "americas is on; europe is outside its hours until Wednesday 2026-11-25 08:00 Europe/Berlin"
    )


def test_answer_tells_why_nobody_is_on_and_for_how_long() -> None:
    answer = who(SUN_FOLLOWING, at("2026-11-28T12:00"))
    assert answer.on_call == ()
    assert (answer.since, answer.until) == (at("2026-11-28T01:00"), at("2026-11-30T07:00"))
    assert answer.reason == (
        "europe is outside its hours until Monday 2026-11-30 08:00 Europe/Berlin;"
        " americas is outside its hours until Monday 2026-11-30 08:00 America/Vancouver"
    )


def test_shift_inside_hours_ends_at_the_hand_off_and_starts_there() -> None:
    spans = list(shifts(rotation(EUROPE), at("2026-11-23T00:00"), at("2026-11-24T00:00")))
    assert [(span.start, span.people) for span in spans] == [
        (at("2026-11-23T00:00"), ()),
        (at("2026-11-23T07:00"), ("jonas",)),
        (at("2026-11-23T08:00"), ("amina",)),
        (at("2026-11-23T16:00"), ()),
    ]
    assert [span.end for span in spans] == [span.start for span in spans[1:]] + [
        at("2026-11-24T00:00")
    ]


def test_windows_that_touch_make_one_shift() -> None:
    days = (Window(MON_TO_FRI, time(0), time(0), "UTC"),)
    weekdays = layer("jonas amina", WEEKLY, hand_off("00:00", "UTC"), hours=days)
    answer = who(rotation(weekdays), at("2026-11-25T12:00"))
    assert (answer.since, answer.until) == (at("2026-11-23T00:00"), at("2026-11-28T00:00"))


def test_hours_round_the_clock_end_with_the_turn() -> None:
    always = (Window(frozenset(range(7)), time(6), time(6), "Europe/Berlin"),)
    weeks = layer("jonas amina", WEEKLY, hand_off("09:00", "UTC"), hours=always)
    answer = who(rotation(weeks), at("2026-11-25T12:00"))
    assert (answer.since, answer.until) == (at("2026-11-23T09:00"), at("2026-11-30T09:00"))


def test_rotation_without_layers_says_so_and_has_nobody_for_ever() -> None:
    answer = who(rotation(), at("2026-11-24T12:00"))
    assert (answer.on_call, answer.since, answer.until) == ((), None, None)
    assert answer.reason == "second-line has no layers"
    assert next_on(rotation(), at("2026-11-24T12:00")) is None
    spans = list(shifts(rotation(), at("2026-11-24T12:00"), at("2026-11-25T12:00")))
    assert [(span.end - span.start, span.people) for span in spans] == [(timedelta(days=1), ())]


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-11-24T12:00", "2026-11-24T16:00"),
        ("2026-11-24T16:00", "2026-11-25T01:00"),
        ("2026-11-28T12:00", "2026-11-30T07:00"),
        ("2026-11-30T07:59", "2026-11-30T08:00"),
    ],
)
def test_next_change_is_the_next_instant_with_other_people(instant: str, expected: str) -> None:
    assert next_change(SUN_FOLLOWING, at(instant)) == at(expected)


def test_next_change_passes_hand_offs_from_somebody_to_themselves() -> None:
    alone = layer("jonas", WEEKLY, hand_off("09:00", "UTC"))
    leave = override("2027-03-03T00:00", "2027-03-04T00:00", "jonas", None)
    assert next_change(rotation(alone), at("2026-11-24T12:00")) is None
    found = next_change(rotation(alone, overrides=(leave,)), at("2026-11-24T12:00"))
    assert found == at("2027-03-03T00:00")


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-11-24T12:00", "2026-11-24T12:00"),
        ("2026-11-25T01:00", "2026-11-25T07:00"),
        ("2026-11-28T12:00", "2026-11-30T07:00"),
        ("2026-03-28T12:00", "2026-03-30T06:00"),
    ],
)
def test_next_on_is_now_or_when_somebody_comes_on(instant: str, expected: str) -> None:
    assert next_on(SUN_FOLLOWING, at(instant)) == at(expected)


def test_next_on_gives_up_at_its_limit() -> None:
    saturday = at("2026-11-28T12:00")
    assert next_on(SUN_FOLLOWING, saturday, limit=timedelta(days=1)) is None


def test_members_are_everyone_who_may_ever_be_on() -> None:
    made = (override(*HOLIDAYS, "jonas", "mei"), override(*HOLIDAYS, "amina", None))
    assert rotation(EUROPE, AMERICAS, overrides=made).members() == frozenset(
        {"jonas", "amina", "lucia", "sam", "mei"}
    )


def test_instants_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        who(SUN_FOLLOWING, datetime.fromisoformat("2026-11-24T12:00"))
