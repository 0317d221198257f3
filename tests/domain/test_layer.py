"""Whose turn it is, and when turns change."""

from __future__ import annotations

from datetime import UTC, date, time, timedelta

import pytest

from supportbot.domain.on_call.rotation import (
    HandOff,
    Period,
    default_anchor,
    on_call,
    shifts,
    turn_at,
    who,
)
from tests.domain.rotations import (
    DAILY,
    FORTNIGHTS,
    WEEKLY,
    at,
    hand_off,
    layer,
    rotation,
)


@pytest.mark.parametrize(
    ("instant", "people"),
    [
        ("2024-01-01T08:59", ("wanjiru",)),
        ("2024-01-01T09:00", ("ines",)),
        ("2024-01-02T08:59", ("ines",)),
        ("2024-01-02T09:00", ("tomasz",)),
        ("2024-01-05T09:00", ("ines",)),
        ("2023-12-29T09:00", ("tomasz",)),
    ],
)
def test_daily_turns_follow_the_list_and_reach_back_before_the_anchor(
    instant: str, people: tuple[str, ...]
) -> None:
    daily = layer("ines tomasz akira wanjiru", DAILY, hand_off("09:00", "UTC", None))
    assert who(rotation(daily), at(instant)).people == people


@pytest.mark.parametrize(
    ("instant", "people"),
    [
        ("2024-01-03T08:59", ("akira",)),
        ("2024-01-03T09:00", ("ines",)),
        ("2024-01-13T08:59", ("ines",)),
        ("2024-01-13T09:00", ("tomasz",)),
        ("2024-01-23T09:00", ("akira",)),
        ("2024-02-02T09:00", ("ines",)),
    ],
)
def test_turns_of_ten_days_count_from_their_anchor(instant: str, people: tuple[str, ...]) -> None:
    ten_days = layer(
        "ines tomasz akira",
        Period(10, "day"),
        hand_off("09:00", "UTC", None),
        anchor=date(2024, 1, 3),
    )
    assert who(rotation(ten_days), at(instant)).people == people


@pytest.mark.parametrize(
    ("instant", "people"),
    [
        ("2024-01-01T09:00", ("ines", "tomasz")),
        ("2024-01-15T09:00", ("tomasz", "akira")),
        ("2024-01-29T09:00", ("akira", "wanjiru")),
        ("2024-02-12T08:59", ("akira", "wanjiru")),
        ("2024-02-12T09:00", ("wanjiru", "ines")),
        ("2024-02-26T09:00", ("ines", "tomasz")),
    ],
)
def test_overlapping_turns_swap_one_person_each_fortnight(
    instant: str, people: tuple[str, ...]
) -> None:
    assert who(rotation(FORTNIGHTS), at(instant)).people == people


@pytest.mark.parametrize(
    ("instant", "people"),
    [
        ("2024-01-01T09:00", ("ines", "tomasz")),
        ("2024-01-08T09:00", ("akira", "ines")),
        ("2024-01-15T09:00", ("tomasz", "akira")),
        ("2024-01-22T09:00", ("ines", "tomasz")),
    ],
)
def test_several_at_a_time_without_overlap_come_in_groups_down_the_list(
    instant: str, people: tuple[str, ...]
) -> None:
    pairs = layer("ines tomasz akira", WEEKLY, hand_off("09:00", "UTC"), at_a_time=2)
    assert who(rotation(pairs), at(instant)).people == people


def test_somebody_listed_twice_takes_two_turns_and_one_seat() -> None:
    thrice = layer("ines tomasz ines", WEEKLY, hand_off("09:00", "UTC"), at_a_time=2)
    assert who(rotation(thrice), at("2024-01-01T09:00")).people == ("ines", "tomasz")
    assert who(rotation(thrice), at("2024-01-08T09:00")).people == ("ines",)


@pytest.mark.parametrize(
    ("zone", "change", "day", "expected"),
    [
        ("Europe/Berlin", "09:00", "2026-03-28", "2026-03-28T08:00"),
        ("Europe/Berlin", "09:00", "2026-03-29", "2026-03-29T07:00"),
        ("Europe/Berlin", "02:30", "2026-03-29", "2026-03-29T01:00"),
        ("Europe/Berlin", "02:30", "2026-10-25", "2026-10-25T00:30"),
        ("America/Toronto", "02:30", "2026-03-08", "2026-03-08T07:00"),
        ("America/Toronto", "01:30", "2026-11-01", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", "01:45", "2026-04-05", "2026-04-04T14:45"),
        ("Asia/Kathmandu", "09:00", "2026-03-29", "2026-03-29T03:15"),
        ("Pacific/Apia", "09:00", "2011-12-30", "2011-12-30T10:00"),
        ("Pacific/Apia", "09:00", "2011-12-31", "2011-12-30T19:00"),
        ("Africa/Casablanca", "02:30", "2024-03-10", "2024-03-10T01:30"),
        ("Africa/Casablanca", "02:30", "2024-04-14", "2024-04-14T02:00"),
        ("America/St_Johns", "00:00", "2010-11-07", "2010-11-07T02:30"),
        ("America/St_Johns", "00:30", "2010-03-14", "2010-03-14T03:31"),
    ],
)
def test_daily_hand_off_happens_once_at_its_wall_clock_time(
    zone: str, change: str, day: str, expected: str
) -> None:
    daily = layer("ines tomasz", DAILY, hand_off(change, zone, None), anchor=date(2010, 1, 1))
    moment = timedelta(microseconds=1)
    turn = turn_at(daily, at(expected))
    assert turn.since == at(expected)
    assert turn.number == (date.fromisoformat(day) - date(2010, 1, 1)).days
    assert turn_at(daily, at(expected) - moment).number == turn.number - 1
    # A repeated hour must not bring the turn before back.
    for minutes in (15, 30, 45, 60, 75, 90, 120):
        later = at(expected) + timedelta(minutes=minutes)
        assert turn_at(daily, later).number == turn.number


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-28", 23),
        ("Europe/Berlin", "2026-10-24", 25),
        ("America/Toronto", "2026-03-07", 23),
        ("America/Toronto", "2026-10-31", 25),
        ("Australia/Lord_Howe", "2026-10-03", 23.5),
        ("Australia/Lord_Howe", "2026-04-04", 24.5),
        ("Asia/Kathmandu", "2026-03-28", 24),
        ("Pacific/Apia", "2011-12-29", 15),
        ("Pacific/Apia", "2011-12-30", 9),
        ("Africa/Casablanca", "2024-03-09", 25),
        ("Africa/Casablanca", "2024-04-13", 23),
        ("America/St_Johns", "2010-11-06", 25),
    ],
)
def test_turn_from_nine_to_nine_is_as_long_as_the_clocks_make_it(
    zone: str, day: str, hours: float
) -> None:
    change = hand_off("09:00", zone, None)
    turn = turn_at(layer("ines tomasz", DAILY, change), change.on(date.fromisoformat(day)))
    assert turn.until - turn.since == timedelta(hours=hours)


def test_hand_off_at_midnight_of_a_day_left_out_skips_that_turn() -> None:
    midnight = hand_off("00:00", "Pacific/Apia", None)
    daily = layer("ines tomasz akira", DAILY, midnight, anchor=date(2011, 12, 29))
    spans = shifts(rotation(daily), at("2011-12-29T10:00"), at("2011-12-31T10:00"))
    assert [span.people for span in spans] == [("ines",), ("akira",)]


def test_those_who_overlap_are_told_how_far_they_are() -> None:
    reasons = [one.reason for one in on_call(rotation(FORTNIGHTS), at("2026-11-24T14:05"))]
    turn = "turn 4 of 4 in first-line, since Monday 2026-11-16 09:00 UTC"
    assert reasons == [
        f"{turn} (in turn 2 of the 2 they stay)",
        f"{turn} (in turn 1 of the 2 they stay)",
    ]


@pytest.mark.parametrize(
    ("swap", "people", "at_a_time", "expected"),
    [
        (Period(1, "day"), "a b c", 1, "day 3 of 3 in main, since Wednesday 2024-01-03 09:00 UTC"),
        (
            Period(2, "day"),
            "a b c d",
            2,
            "turn 2 of 2 in main, since Wednesday 2024-01-03 09:00 UTC",
        ),
        (Period(2, "day"), "a b c", 2, "turn 2 of 3 in main, since Wednesday 2024-01-03 09:00 UTC"),
    ],
)
def test_turns_are_told_by_their_place_in_the_cycle(
    swap: Period, people: str, at_a_time: int, expected: str
) -> None:
    made = layer(people, swap, hand_off("09:00", "UTC", None), at_a_time=at_a_time)
    answers = on_call(rotation(made), at("2024-01-04T08:00"))
    assert {one.reason for one in answers} == {expected}


@pytest.mark.parametrize(
    ("weekday", "expected"),
    [(None, date(2024, 1, 1)), (0, date(2024, 1, 1)), (2, date(2024, 1, 3)), (6, date(2024, 1, 7))],
)
def test_default_anchor_is_the_first_fitting_day_of_2024(
    weekday: int | None, expected: date
) -> None:
    assert default_anchor(hand_off("09:00", "UTC", weekday)) == expected


@pytest.mark.parametrize(
    ("swap", "weekday", "anchor", "people", "at_a_time", "message"),
    [
        (WEEKLY, 0, "2024-01-01", "ines", 2, "layer main wants 2 at a time and has 1"),
        (WEEKLY, 0, "2024-01-01", "", 1, "layer main wants 1 at a time and has 0"),
        (WEEKLY, 0, "2024-01-01", "ines", 0, "layer main wants 0 at a time and has 1"),
        (WEEKLY, None, "2024-01-01", "ines", 1, "its hand-off needs a weekday"),
        (WEEKLY, 0, "2024-01-02", "ines", 1, "on Monday, but 2024-01-02 is a Tuesday"),
        (Period(10, "day"), 0, "2024-01-01", "ines", 1, "every 10 days and always on Monday"),
    ],
)
def test_layer_that_contradicts_itself_is_refused(
    swap: Period, weekday: int | None, anchor: str, people: str, at_a_time: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        layer(
            people,
            swap,
            hand_off("09:00", "UTC", weekday),
            anchor=date.fromisoformat(anchor),
            at_a_time=at_a_time,
        )


@pytest.mark.parametrize(("every", "unit"), [(0, "day"), (-1, "week"), (367, "day"), (53, "week")])
def test_turn_without_length_or_longer_than_a_year_is_refused(every: int, unit: str) -> None:
    with pytest.raises(ValueError, match=f"from an hour to a year, not {every} {unit}s"):
        Period(every, "day" if unit == "day" else "week")


def test_hand_off_on_no_weekday_or_in_no_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="a weekday is 0"):
        hand_off("09:00", "UTC", 7)
    with pytest.raises(ValueError, match="not an IANA time zone"):
        hand_off("09:00", "Berlin")
    with pytest.raises(ValueError, match="without a tzinfo"):
        HandOff(0, time(9, tzinfo=UTC), "UTC")
