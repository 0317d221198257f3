"""Turns of hours and of months, and teams that take turns, case by case."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from supportbot.domain.on_call.hand_off import LAST
from supportbot.domain.on_call.rotation import HandOff, Layer, Period, default_anchor, turn_at, who
from tests.domain.rotations import WEEKLY, at, hand_off, layer, rotation

BERLIN = "Europe/Berlin"


def turns(period: Period, change: HandOff, anchor: str) -> Layer:
    people = ("ines", "tomasz", "akira")
    return Layer("main", people, period, change, date.fromisoformat(anchor))


TWICE_A_DAY = turns(Period(12, "hour"), HandOff(None, time(8), BERLIN), "2026-03-28")
HOURLY = turns(Period(1, "hour"), HandOff(None, time(0), BERLIN), "2026-03-28")


@pytest.mark.parametrize(
    ("instant", "number", "hours"),
    [
        ("2026-03-28T06:59", -1, 12),
        ("2026-03-28T07:00", 0, 12),
        # The night in which 02:00 jumps to 03:00.
        ("2026-03-28T19:00", 1, 11),
        ("2026-03-29T05:59", 1, 11),
        ("2026-03-29T06:00", 2, 12),
        # The night in which 03:00 falls back to 02:00.
        ("2026-10-24T18:00", 421, 13),
        ("2026-10-25T06:59", 421, 13),
        ("2026-10-25T07:00", 422, 12),
    ],
)
def test_turns_of_hours_are_counted_on_the_wall(instant: str, number: int, hours: int) -> None:
    turn = turn_at(TWICE_A_DAY, at(instant))
    assert (turn.number, turn.until - turn.since) == (number, timedelta(hours=hours))


def test_an_hour_left_out_is_nobodys_and_one_that_comes_twice_is_one_turn() -> None:
    before, after = turn_at(HOURLY, at("2026-03-29T00:59")), turn_at(HOURLY, at("2026-03-29T01:00"))
    assert after.number == before.number + 2
    assert before.until == after.since == at("2026-03-29T01:00")
    twice = turn_at(HOURLY, at("2026-10-25T01:30"))
    assert (twice.since, twice.until) == (at("2026-10-25T00:00"), at("2026-10-25T02:00"))


@pytest.mark.parametrize(
    ("change", "every", "instant", "since", "until"),
    [
        (HandOff(None, time(9), BERLIN), 1, "2026-07-01T06:59", "2026-06-01T07:00", None),
        (HandOff(None, time(9), BERLIN, day=1), 1, "2026-03-10T00:00", "2026-03-01T08:00", None),
        (HandOff(None, time(9), BERLIN, day=1), 3, "2026-03-10T00:00", "2026-01-01T08:00", None),
        (HandOff(None, time(9), "UTC", day=31), 1, "2026-02-28T09:00", "2026-02-28T09:00", None),
        (HandOff(None, time(9), "UTC", day=31), 1, "2028-02-29T08:59", "2028-01-31T09:00", None),
        (HandOff(None, time(9), "UTC", day=30), 1, "2026-03-29T00:00", "2026-02-28T09:00", None),
        (HandOff(0, time(9), "UTC", week=1), 1, "2026-11-23T00:00", "2026-11-02T09:00", "12-07"),
        (HandOff(0, time(9), "UTC", week=4), 1, "2026-11-23T09:00", "2026-11-23T09:00", "12-28"),
        (HandOff(4, time(9), "UTC", week=LAST), 1, "2026-11-27T09:00", "2026-11-27T09:00", "12-25"),
        (HandOff(6, time(9), "UTC", week=LAST), 1, "2026-11-28T09:00", "2026-10-25T09:00", "11-29"),
    ],
)
def test_turns_of_months_begin_on_their_day(
    change: HandOff, every: int, instant: str, since: str, until: str | None
) -> None:
    months = turns(Period(every, "month"), change, default_anchor(change).isoformat())
    turn = turn_at(months, at(instant))
    assert turn.since == at(since)
    assert until is None or turn.until == at(f"2026-{until}T09:00")


def test_months_are_counted_from_the_anchor_and_back() -> None:
    quarters = turns(Period(3, "month"), HandOff(None, time(9), "UTC", day=31), "2026-01-31")
    instants = ["2025-10-31T09:00", "2026-01-31T09:00", "2026-04-30T09:00", "2027-01-31T08:59"]
    assert [turn_at(quarters, at(one)).number for one in instants] == [-1, 0, 1, 3]


def test_those_of_a_team_take_their_turn_together() -> None:
    change = hand_off("09:00", "UTC")
    teams = (("ines", "tomasz"), ("akira",))
    people = ("ines", "tomasz", "akira")
    made = Layer("main", people, WEEKLY, change, date(2024, 1, 1), teams=teams)
    weeks = [who(rotation(made), at(f"2024-01-{day}T09:00")).people for day in ("01", "08", "15")]
    assert weeks == [("ines", "tomasz"), ("akira",), ("ines", "tomasz")]
    assert who(rotation(made), at("2024-01-08T09:00")).on_call[0].reason == (
        "week 2 of 2 in main, since Monday 2024-01-08 09:00 UTC"
    )


def test_teams_are_made_of_the_layers_people() -> None:
    change = hand_off("09:00", "UTC")
    with pytest.raises(ValueError, match="teams of other people"):
        Layer("main", ("ines",), WEEKLY, change, date(2024, 1, 1), teams=(("tomasz",),))


@pytest.mark.parametrize(
    ("weekday", "day", "week", "message"),
    [
        (None, 0, None, "a day of the month is 1 to 31"),
        (None, 32, None, "a day of the month is 1 to 31"),
        (None, None, 1, "a week of the month"),
        (0, None, 6, "a week of the month"),
    ],
)
def test_a_hand_off_on_no_day_of_a_month_is_refused(
    weekday: int | None, day: int | None, week: int | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        HandOff(weekday, time(9), "UTC", day, week)


def test_a_weekday_may_begin_turns_of_hours_that_come_back_to_it() -> None:
    monday = hand_off("08:00", "UTC")
    assert layer("ines tomasz", Period(12, "hour"), monday).anchor == date(2024, 1, 1)
    with pytest.raises(ValueError, match="every 5 hours and always on Monday"):
        layer("ines tomasz", Period(5, "hour"), monday)
