"""The rota: turns told whole, stays, and what comes again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from supportbot.domain.on_call.rota import AROUND, Entry, in_series, rota, stretches, zone_of
from supportbot.domain.on_call.rotation import Rotation, who
from tests.domain.rotations import (
    EUROPE,
    FORTNIGHTS,
    SUN_FOLLOWING,
    WEEKLY,
    at,
    hand_off,
    layer,
    override,
    rotation,
)

DAY, WEEK = timedelta(days=1), timedelta(days=7)
TUESDAY, DECEMBER = at("2026-11-24T00:00"), at("2026-12-01T00:00")
ALONE = rotation(layer("quinn", WEEKLY, hand_off("09:00", "UTC")))
PAIRS = rotation(FORTNIGHTS)
STAND_IN = override("2026-11-25T00:00", "2026-11-26T00:00", "amina", "jonas", "a fair")
AWAY = override("2026-11-25T00:00", "2026-11-26T00:00", "amina", None, "a fair")


def told(found: Iterable[Entry]) -> list[str]:
    return [f"{one.person} {one.since:%d %H:%M} – {one.until:%d %H:%M}" for one in found]


def week_of(*overrides: object) -> list[list[str]]:
    europe = Rotation("europe", (EUROPE,), overrides)  # type: ignore[arg-type]
    found = stretches(europe, TUESDAY, TUESDAY + WEEK)
    return [told(series.shifts) for series in in_series(found, "Europe/Berlin")]


def test_each_turn_is_a_shift_told_whole_though_a_day_of_it_was_asked_for() -> None:
    assert told(rota(PAIRS, DECEMBER, DECEMBER + DAY)) == [
        "ines 30 09:00 – 14 09:00",
        "tomasz 30 09:00 – 14 09:00",
    ]


def test_turns_of_one_person_that_follow_on_each_other_are_one_stretch() -> None:
    assert told(stretches(PAIRS, DECEMBER, DECEMBER + DAY)) == [
        "ines 16 09:00 – 14 09:00",
        "tomasz 30 09:00 – 28 09:00",
    ]


def test_whoever_is_always_on_has_turns_by_the_week_and_one_stretch_that_is_cut() -> None:
    assert told(rota(ALONE, DECEMBER, DECEMBER + WEEK)) == [
        "quinn 30 09:00 – 07 09:00",
        "quinn 07 09:00 – 14 09:00",
    ]
    (whole,) = stretches(ALONE, DECEMBER, DECEMBER + WEEK)
    assert (whole.since, whole.until) == (DECEMBER - AROUND, DECEMBER + WEEK + AROUND)


def test_the_days_of_a_week_are_one_series_and_so_are_the_nights_that_nobody_has() -> None:
    days = ["24 07:00 – 24 16:00", "25 07:00 – 25 16:00", "26 07:00 – 26 16:00"]
    days += ["27 07:00 – 27 16:00", "30 07:00 – 30 08:00"]
    nights = ["23 16:00 – 24 07:00", "24 16:00 – 25 07:00", "25 16:00 – 26 07:00"]
    nights += ["26 16:00 – 27 07:00", "30 16:00 – 01 07:00"]
    assert week_of() == [
        [f"None {night}" for night in nights],
        [f"amina {day}" for day in days],
        ["None 27 16:00 – 30 07:00"],
        ["jonas 30 08:00 – 30 16:00"],
    ]


def test_a_stand_in_has_a_series_of_their_own_and_breaks_nobody_elses() -> None:
    _, amina, jonas, *_ = week_of(STAND_IN)
    assert jonas == ["jonas 25 07:00 – 25 16:00"]
    assert amina[:2] == ["amina 24 07:00 – 24 16:00", "amina 26 07:00 – 26 16:00"]


@pytest.mark.parametrize(
    ("first", "last", "rows"),
    [
        (9, 10, [("Tue 24", "Tue 08"), ("Thu 10", "Mon 28")]),
        (1, 5, [("Tue 24", "Mon 30"), ("Mon 07", "Mon 28")]),
        (7, 14, [("Tue 24", "Fri 04"), ("Mon 14", "Mon 28")]),
        (4, 8, [("Tue 24", "Thu 03"), ("Tue 08", "Mon 28")]),
    ],
)
def test_a_series_of_weeks_ends_where_a_day_is_missing_and_goes_on_after_it(
    first: int, last: int, rows: list[tuple[str, str]]
) -> None:
    alone = replace(EUROPE, people=("amina",))
    off = override(f"2026-12-{first:02}T00:00", f"2026-12-{last:02}T00:00", "amina", None)
    found = stretches(rotation(alone, overrides=(off,)), TUESDAY, TUESDAY + 5 * WEEK)
    series = [s for s in in_series(found, "Europe/Berlin") if s.first.person]
    assert [(f"{s.first.since:%a %d}", f"{s.last.since:%a %d}") for s in series] == rows


def test_weeks_are_alike_though_clocks_change_between_them() -> None:
    alone = rotation(replace(EUROPE, people=("amina",)))
    start = at("2026-03-16T00:00")
    found = in_series(stretches(alone, start, start + 4 * WEEK), "Europe/Berlin")
    assert len([series for series in found if series.first.person]) == 1


def test_a_hole_that_an_override_leaves_stands_out_from_the_usual_nights() -> None:
    assert ["None 25 07:00 – 25 16:00"] in week_of(AWAY)
    (hole,) = (
        s
        for s in stretches(rotation(EUROPE, overrides=(AWAY,)), TUESDAY, TUESDAY + WEEK)
        if s.person is None and s.overridden
    )
    assert (
        "its people are away: override until 2026-11-26 00:00 UTC: nobody for amina" in hole.reason
    )


def test_whoever_follows_along_is_told_as_such_and_fills_no_gap() -> None:
    zoe = layer("zoe", WEEKLY, hand_off("09:00", "UTC"), name="learning")
    followed = Rotation("europe", (EUROPE,), (AWAY,), shadows=(zoe,))
    found = rota(followed, TUESDAY, TUESDAY + WEEK)
    assert {one.person for one in found if one.shadow} == {"zoe"}
    assert {one.person for one in found if not one.shadow} == {"amina", "jonas", None}
    hole = next(one for one in found if one.overridden)
    assert told([hole]) == ["None 25 07:00 – 25 16:00"]


def test_two_a_day_who_come_again_are_a_series_each() -> None:
    two = layer(
        "amina jonas", WEEKLY, hand_off("09:00", "Europe/Berlin"), at_a_time=2, hours=EUROPE.hours
    )
    found = stretches(rotation(two), TUESDAY, TUESDAY + 3 * DAY)
    series = [one for one in in_series(found, "Europe/Berlin") if one.first.person]
    assert [(one.first.person, len(one.shifts)) for one in series] == [("amina", 3), ("jonas", 3)]


@pytest.mark.parametrize("rotated", [PAIRS, SUN_FOLLOWING, rotation(EUROPE, overrides=(AWAY,))])
def test_at_every_hour_the_rota_says_what_who_says(rotated: Rotation) -> None:
    every = rota(rotated, TUESDAY, TUESDAY + WEEK), stretches(rotated, TUESDAY, TUESDAY + WEEK)
    for hour in range(7 * 24):
        now = TUESDAY + timedelta(hours=hour)
        people: set[str | None] = {*who(rotated, now).people} or {None}
        for found in every:
            assert {one.person for one in found if one.since <= now < one.until} == people


def test_without_layers_it_is_one_gap() -> None:
    (gap,) = rota(Rotation("empty", ()), TUESDAY, TUESDAY + DAY)
    assert (gap.person, gap.reason) == (None, "empty has no layers")


@pytest.mark.parametrize(
    ("rotated", "zone"),
    [
        (PAIRS, "UTC"),
        (rotation(EUROPE), "Europe/Berlin"),
        (SUN_FOLLOWING, "UTC"),
        (rotation(EUROPE, *ALONE.layers), "Europe/Berlin"),
    ],
)
def test_a_rotation_has_the_zone_of_its_hand_offs_where_they_agree(
    rotated: Rotation, zone: str
) -> None:
    assert zone_of(rotated) == zone
