"""When a period with a name begins and ends."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import islice, pairwise, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.domain.on_call.calendar_period import CalendarPeriod, YearDays
from supportbot.domain.on_call.working_time import Window
from tests.domain.samples import DAY, MINUTE, NOON, at
from tests.domain.zones import hours, near_changes

NIGHT = Window(frozenset({1, 4}), time(22), time(6), "UTC")
WINTER = YearDays((12, 18), (1, 3))


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        pytest.param(
            CalendarPeriod((NIGHT,), (), "UTC"),
            ["2026-11-24 22:00", "2026-11-25 06:00", "2026-11-27 22:00"],
            id="hours, each time that they open and close",
        ),
        pytest.param(
            CalendarPeriod((), (WINTER,), "Europe/Berlin"),
            ["2026-12-17 23:00", "2027-01-03 23:00", "2027-12-17 23:00"],
            id="days of the year, on the clocks of their zone",
        ),
        pytest.param(
            CalendarPeriod((), (YearDays((2, 29), (2, 29)),), "UTC"),
            ["2028-02-29 00:00", "2028-03-01 00:00"],
            id="even a day that is not in every year",
        ),
        pytest.param(CalendarPeriod((), (YearDays((1, 1), (12, 31)),), "UTC"), [], id="always on"),
    ],
)
def test_the_changes_of_a_period_from_a_moment_on(
    period: CalendarPeriod, expected: list[str]
) -> None:
    assert list(islice(period.changes_from(NOON), len(expected) or 1)) == list(map(at, expected))


@st.composite
def periods(draw: st.DrawFn) -> tuple[CalendarPeriod, datetime]:
    zone, around = draw(near_changes())
    first = around.date() + draw(st.integers(-2, 2)) * DAY
    last = first + draw(st.integers(0, 2)) * DAY
    days = YearDays((first.month, first.day), (last.month, last.day))
    return CalendarPeriod(draw(hours(zone)).windows, (days,), zone), around - DAY


@settings(max_examples=30)
@given(periods())
def test_between_two_changes_a_period_stays_as_it_is(case: tuple[CalendarPeriod, datetime]) -> None:
    period, start = case
    changes = takewhile(lambda one: one < start + 2 * DAY, period.changes_from(start))
    for begin, end in pairwise([start, *changes, start + 2 * DAY]):
        moments = {begin, end - timedelta(microseconds=1)}
        moments |= {begin + n * 7 * MINUTE for n in range((end - begin) // (7 * MINUTE))}
        assert len({period.is_on(moment) for moment in moments if begin <= moment < end}) <= 1
