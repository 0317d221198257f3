"""Windows, and delays that run only inside them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from supportbot.domain.on_call.working_time import (
    NO_PARTICULAR_ZONE,
    Delay,
    Window,
    WorkingHours,
    add,
    elapsed_between,
    is_open,
    next_open,
)

MON_TO_FRI = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(start: str, end: str, zone: str, days: frozenset[int] = MON_TO_FRI) -> Window:
    return Window(days, time.fromisoformat(start), time.fromisoformat(end), zone)


def hours(start: str, end: str, zone: str, days: frozenset[int] = MON_TO_FRI) -> WorkingHours:
    return WorkingHours((window(start, end, zone, days),))


def working(count: float) -> Delay:
    return Delay(count * HOUR, "working")


BERLIN = hours("08:00", "17:00", "Europe/Berlin")
BERLIN_NIGHT = hours("22:00", "06:00", "Europe/Berlin", EVERY_DAY)
TORONTO = hours("00:00", "00:00", "America/Toronto", EVERY_DAY)
LORD_HOWE = hours("01:00", "03:00", "Australia/Lord_Howe", EVERY_DAY)
KATHMANDU = hours("09:00", "17:00", "Asia/Kathmandu")
APIA = hours("09:00", "17:00", "Pacific/Apia")
CASABLANCA = hours("00:00", "08:00", "Africa/Casablanca", EVERY_DAY)
ST_JOHNS = hours("00:00", "06:00", "America/St_Johns", EVERY_DAY)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-24T10:00", 0, "2026-11-24T10:00"),
        ("2026-11-24T10:00", 24, "2026-11-25T10:00"),
        ("2026-11-27T12:00", 24, "2026-11-30T12:00"),
        ("2026-11-28T12:00", 24, "2026-12-01T00:00"),
        ("2026-11-27T00:00", 24, "2026-11-28T00:00"),
        ("2026-11-27T00:00", 24.5, "2026-11-30T00:30"),
        ("2026-11-28T12:00", 0, "2026-11-28T12:00"),
        ("2026-11-27T12:00", 120, "2026-12-04T12:00"),
        ("2026-12-31T12:00", 48, "2027-01-04T12:00"),
    ],
)
def test_working_hours_in_no_particular_zone_leave_out_the_weekend(
    start: str, count: float, end: str
) -> None:
    assert add(at(start), working(count)) == at(end)


@pytest.mark.parametrize(
    ("hours", "start", "count", "end"),
    [
        (BERLIN, "2026-11-24T06:00", 1, "2026-11-24T08:00"),
        (BERLIN, "2026-11-24T15:30", 1, "2026-11-25T07:30"),
        (BERLIN, "2026-11-27T15:30", 1, "2026-11-30T07:30"),
        (BERLIN, "2026-11-24T07:00", 9, "2026-11-24T16:00"),
        # The weekends on which the clocks change: 17:00 and 08:00 stay where they are on the wall.
        (BERLIN, "2026-03-27T15:30", 1, "2026-03-30T06:30"),
        (BERLIN, "2026-10-23T14:30", 1, "2026-10-26T07:30"),
        # A night of seven hours and one of nine.
        (BERLIN_NIGHT, "2026-03-28T21:00", 7, "2026-03-29T04:00"),
        (BERLIN_NIGHT, "2026-03-28T21:00", 8, "2026-03-29T21:00"),
        (BERLIN_NIGHT, "2026-10-24T20:00", 9, "2026-10-25T05:00"),
        (TORONTO, "2026-03-08T00:00", 24, "2026-03-09T00:00"),
        (TORONTO, "2026-11-01T00:00", 24, "2026-11-02T00:00"),
        # 01:00 to 03:00 lasts 1.5 hours in October and 2.5 in April.
        (LORD_HOWE, "2026-10-03T14:00", 2, "2026-10-04T14:30"),
        (LORD_HOWE, "2026-04-04T13:00", 3, "2026-04-05T15:00"),
        (KATHMANDU, "2026-11-24T03:15", 8, "2026-11-24T11:15"),
        (KATHMANDU, "2026-11-27T11:00", 1, "2026-11-30T04:00"),
        # Thursday 29 December 2011, then no Friday: the next working day is Monday 2 January.
        (APIA, "2011-12-30T02:00", 2, "2012-01-01T20:00"),
        (CASABLANCA, "2024-03-09T23:00", 9, "2024-03-10T08:00"),
        (CASABLANCA, "2024-04-14T00:00", 7, "2024-04-14T07:00"),
        # From the first midnight, through the second, seven hours until 06:00.
        (ST_JOHNS, "2010-11-07T02:30", 7, "2010-11-07T09:30"),
    ],
)
def test_working_delay_runs_out_inside_local_windows(
    hours: WorkingHours, start: str, count: float, end: str
) -> None:
    assert add(at(start), working(count), hours) == at(end)
    assert elapsed_between(at(start), at(end), hours) == count * HOUR


def test_elapsed_delay_takes_no_notice_of_hours() -> None:
    assert add(at("2026-11-27T16:30"), Delay(HOUR), BERLIN) == at("2026-11-27T17:30")


def test_results_are_utc_whatever_zone_the_start_comes_in() -> None:
    start = datetime.fromisoformat("2026-11-24T16:30+01:00")
    for delay in (working(1), working(0), Delay(HOUR)):
        assert add(start, delay, BERLIN).tzinfo is UTC
    assert next_open(BERLIN, start).tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-24T10:00", "2026-11-24T10:00", 0),
        ("2026-11-24T10:00", "2026-11-24T09:00", 0),
        ("2026-11-28T10:00", "2026-11-29T10:00", 0),
        ("2026-11-27T12:00", "2026-11-30T12:00", 24),
        ("2026-11-28T12:00", "2026-12-01T06:00", 30),
        ("2026-01-01T00:00", "2027-01-01T00:00", 261 * 24),
    ],
)
def test_elapsed_working_time_leaves_out_the_weekend(start: str, end: str, expected: int) -> None:
    assert elapsed_between(at(start), at(end)) == expected * HOUR


@pytest.mark.parametrize(
    ("hours", "instant", "expected"),
    [
        (NO_PARTICULAR_ZONE, "2026-11-27T23:59:59", True),
        (NO_PARTICULAR_ZONE, "2026-11-28T00:00", False),
        (NO_PARTICULAR_ZONE, "2026-11-29T23:59:59", False),
        (NO_PARTICULAR_ZONE, "2026-11-30T00:00", True),
        (BERLIN, "2026-11-24T06:59:59", False),
        (BERLIN, "2026-11-24T07:00", True),
        (BERLIN, "2026-11-24T15:59:59", True),
        (BERLIN, "2026-11-24T16:00", False),
        (BERLIN, "2026-07-24T06:00", True),
        (APIA, "2011-12-30T10:00", False),
    ],
)
def test_hours_are_open_from_their_start_and_no_longer_at_their_end(
    hours: WorkingHours, instant: str, expected: bool
) -> None:
    assert is_open(hours, at(instant)) is expected


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        # Friday's night lasts into Saturday; none starts on Saturday or Sunday.
        ("2026-11-28T04:59", True),
        ("2026-11-28T05:00", False),
        ("2026-11-28T21:30", False),
        ("2026-11-30T04:00", False),
        ("2026-11-30T21:00", True),
    ],
)
def test_night_window_belongs_to_the_day_on_which_it_starts(instant: str, expected: bool) -> None:
    assert is_open(hours("22:00", "06:00", "Europe/Berlin"), at(instant)) is expected


def test_windows_that_meet_in_a_repeated_hour_share_it_out_without_overlap() -> None:
    early = hours("22:00", "02:30", "Europe/Berlin", EVERY_DAY)
    late = hours("02:30", "06:00", "Europe/Berlin", EVERY_DAY)
    first_showing, second_showing = at("2026-10-25T00:30"), at("2026-10-25T01:30")
    assert not is_open(early, first_showing)
    assert is_open(late, first_showing)
    assert not is_open(early, second_showing - timedelta(minutes=15))
    assert is_open(late, second_showing - timedelta(minutes=15))


def test_window_that_a_zone_leaves_out_does_not_open_that_day() -> None:
    in_the_gap = hours("02:00", "03:00", "Europe/Berlin", EVERY_DAY)
    assert next_open(in_the_gap, at("2026-03-28T12:00")) == at("2026-03-30T00:00")


@pytest.mark.parametrize(
    ("hours", "instant", "expected"),
    [
        (NO_PARTICULAR_ZONE, "2026-11-24T10:00", "2026-11-24T10:00"),
        (NO_PARTICULAR_ZONE, "2026-11-28T10:00", "2026-11-30T00:00"),
        (BERLIN, "2026-11-24T07:00", "2026-11-24T07:00"),
        (BERLIN, "2026-11-27T16:00", "2026-11-30T07:00"),
        (BERLIN, "2026-03-27T16:00", "2026-03-30T06:00"),
        (BERLIN, "2026-10-23T15:00", "2026-10-26T07:00"),
        (APIA, "2011-12-30T03:00", "2012-01-01T19:00"),
    ],
)
def test_next_open_is_now_or_when_the_next_window_starts(
    hours: WorkingHours, instant: str, expected: str
) -> None:
    assert next_open(hours, at(instant)) == at(expected)


def test_overlapping_windows_of_two_zones_count_once() -> None:
    both = WorkingHours(
        (
            window("08:00", "17:00", "Europe/Berlin"),  # 07:00 to 16:00 UTC
            window("08:00", "17:00", "America/Toronto"),  # 13:00 to 22:00 UTC
        )
    )
    assert elapsed_between(at("2026-11-24T00:00"), at("2026-11-25T00:00"), both) == 15 * HOUR
    assert add(at("2026-11-24T07:00"), working(15), both) == at("2026-11-24T22:00")


def test_hours_without_a_window_are_refused() -> None:
    with pytest.raises(ValueError, match="working hours without a window never begin"):
        WorkingHours(())


@pytest.mark.parametrize(
    ("weekdays", "zone", "message"),
    [
        (frozenset[int](), "UTC", "a window needs weekdays"),
        (frozenset({7}), "UTC", r"from 0 \(Monday\) to 6, not \[7\]"),
        (frozenset({0}), "Berlin", "'Berlin' is not an IANA time zone"),
    ],
)
def test_window_that_could_never_open_is_refused(
    weekdays: frozenset[int], zone: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Window(weekdays, time(8), time(17), zone)


def test_window_times_with_a_zone_of_their_own_are_refused() -> None:
    with pytest.raises(ValueError, match="without a tzinfo"):
        Window(MON_TO_FRI, time(8, tzinfo=UTC), time(17), "Europe/Berlin")


def test_negative_delay_is_refused() -> None:
    with pytest.raises(ValueError, match="a delay cannot be negative"):
        Delay(-HOUR)


def test_opening_is_known_for_a_day_of_the_calendar() -> None:
    nine_to_five = window("09:00", "17:00", "Pacific/Apia")
    assert nine_to_five.opening_on(date(2011, 12, 30)) is None
    assert nine_to_five.opening_on(date(2011, 12, 29)) == (
        at("2011-12-29T19:00"),
        at("2011-12-30T03:00"),
    )
