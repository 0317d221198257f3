"""Instants and local time, at the places where zones misbehave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.domain.on_call.wall_clock import first_instant, reading, spoken, utc, zone
from tests.domain.zones import (
    MOMENT,
    by_search,
    near_changes,
    pieces,
    same_clocks,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone_name", "wall", "instant"),
    [
        ("UTC", "2026-11-23T09:00", "2026-11-23T09:00"),
        ("Europe/Berlin", "2026-11-23T09:00", "2026-11-23T08:00"),
        # 29 March 2026: 02:00 jumps to 03:00.
        ("Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59"),
        ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T03:01", "2026-03-29T01:01"),
        # 25 October 2026: 03:00 falls back to 02:00.
        ("Europe/Berlin", "2026-10-25T02:00", "2026-10-25T00:00"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00"),
        ("America/Toronto", "2026-03-08T02:30", "2026-03-08T07:00"),
        ("America/Toronto", "2026-11-01T01:30", "2026-11-01T05:30"),
        # Half an hour only: 02:00 jumps to 02:30 in October, 02:00 falls back to 01:30 in April.
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        ("Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-04T15:30"),
        # No summer time since 1986, when a quarter of an hour was left out.
        ("Asia/Kathmandu", "2026-03-29T02:30", "2026-03-28T20:45"),
        ("Asia/Kathmandu", "1986-01-01T00:10", "1985-12-31T18:30"),
        # Crossing the date line left out the whole of 30 December 2011.
        ("Pacific/Apia", "2011-12-29T23:59", "2011-12-30T09:59"),
        ("Pacific/Apia", "2011-12-30T00:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-31T09:00", "2011-12-30T19:00"),
        # Back during Ramadan: 03:00 falls to 02:00, and jumps to 03:00 a month later.
        ("Africa/Casablanca", "2024-03-10T02:30", "2024-03-10T01:30"),
        ("Africa/Casablanca", "2024-04-14T02:30", "2024-04-14T02:00"),
        # At one minute past midnight, back into the day before.
        ("America/St_Johns", "2010-11-07T00:00", "2010-11-07T02:30"),
        ("America/St_Johns", "2010-11-06T23:30", "2010-11-07T02:00"),
        ("America/St_Johns", "2010-11-07T00:30", "2010-11-07T04:00"),
        ("America/St_Johns", "2010-03-14T00:30", "2010-03-14T03:31"),
    ],
)
def test_first_instant_at_which_a_local_time_is_reached(
    zone_name: str, wall: str, instant: str
) -> None:
    assert first_instant(datetime.fromisoformat(wall), zone_name) == at(instant)


@pytest.mark.parametrize(
    ("zone_name", "instant", "wall"),
    [
        ("Europe/Berlin", "2026-11-23T08:00", "2026-11-23T09:00"),
        ("Europe/Berlin", "2026-03-29T00:59:59.999999", "2026-03-29T01:59:59.999999"),
        ("Europe/Berlin", "2026-03-29T01:00", "2026-03-29T03:00"),
        ("Europe/Berlin", "2026-10-25T00:59:59.999999", "2026-10-25T02:59:59.999999"),
        ("Europe/Berlin", "2026-10-25T01:00", "2026-10-25T02:59:59.999999"),
        ("Europe/Berlin", "2026-10-25T01:59:59.999999", "2026-10-25T02:59:59.999999"),
        ("Europe/Berlin", "2026-10-25T02:00", "2026-10-25T03:00"),
        ("America/St_Johns", "2010-11-07T02:31", "2010-11-07T00:00:59.999999"),
        ("America/St_Johns", "2010-11-07T03:31", "2010-11-07T00:01"),
    ],
)
def test_the_clock_stands_still_while_an_hour_repeats(
    zone_name: str, instant: str, wall: str
) -> None:
    assert reading(at(instant), zone_name) == datetime.fromisoformat(wall)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe",
        "Europe/Nowhere",
        "CEST",
        "/etc/passwd",
        "../zone",
        "a\0b",
        "x" * 5000,
        "zone.tab",
    ],
)
def test_what_is_no_zone_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match="is not an IANA time zone"):
        zone(name)


def test_a_time_without_zone_is_refused() -> None:
    naive = datetime.fromisoformat("2026-11-23T09:00")
    with pytest.raises(ValueError, match="2026-11-23T09:00:00 has no time zone"):
        utc(naive)
    with pytest.raises(ValueError, match="has no time zone"):
        reading(naive, "Europe/Berlin")


def test_instants_are_spoken_in_the_time_of_the_zone() -> None:
    assert spoken(at("2026-11-23T08:00:30"), "Europe/Berlin") == (
        "Monday 2026-11-23 09:00 Europe/Berlin"
    )


@pytest.mark.parametrize("part", range(8))
def test_local_times_around_changes_are_reached_when_the_pieces_say(part: int) -> None:
    for name in same_clocks()[part::8]:
        for change, ahead in pieces(name)[1::4]:
            local = (change + ahead).replace(tzinfo=None)
            for minutes in (-90, -60, -30, -1, 0, 1, 30):
                wall = local + timedelta(minutes=minutes)
                reached = first_instant(wall, name)
                assert reached == by_search(name, wall), (name, wall)
                assert reading(reached, name) >= wall, (name, wall)
                assert reading(reached - MOMENT, name) < wall, (name, wall)


@given(near_changes(), st.integers(-3000, 3000))
def test_reached_and_reading_are_two_sides_of_one_thing(
    place: tuple[str, datetime], minutes: int
) -> None:
    name, at = place
    wall = at.replace(tzinfo=None) + timedelta(minutes=minutes)
    assert (first_instant(wall, name) <= at) == (wall <= reading(at, name))
