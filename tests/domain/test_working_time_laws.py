"""What holds of all working hours, in every zone, near every change of its clocks."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from supportbot.domain.on_call.working_time import (
    Delay,
    WorkingHours,
    add,
    elapsed_between,
    is_open,
    next_open,
)
from tests.domain.zones import (
    MOMENT,
    hours,
    near_changes,
)


@st.composite
def working_spans(draw: st.DrawFn) -> tuple[WorkingHours, datetime, timedelta]:
    zone, at = draw(near_changes())
    return draw(hours(zone)), at, timedelta(minutes=draw(st.integers(0, 6000)))


@given(working_spans())
def test_time_worked_until_a_delay_runs_out_is_the_delay(
    made: tuple[WorkingHours, datetime, timedelta],
) -> None:
    hours, start, length = made
    end = add(start, Delay(length, "working"), hours)
    assert elapsed_between(start, end, hours) == length
    if length:
        assert elapsed_between(start, end - MOMENT, hours) < length
        assert is_open(hours, end - MOMENT)


@given(working_spans())
def test_delay_of_the_time_worked_runs_out_no_later(
    made: tuple[WorkingHours, datetime, timedelta],
) -> None:
    hours, start, length = made
    end = start + length
    worked = elapsed_between(start, end, hours)
    out = add(start, Delay(worked, "working"), hours)
    assert out <= end
    assert elapsed_between(out, end, hours) == timedelta(0)


@given(working_spans(), st.integers(0, 100))
def test_time_worked_adds_up(made: tuple[WorkingHours, datetime, timedelta], percent: int) -> None:
    hours, start, length = made
    middle, end = start + length * percent / 100, start + length
    parts = elapsed_between(start, middle, hours) + elapsed_between(middle, end, hours)
    assert parts == elapsed_between(start, end, hours)


@given(near_changes(), st.data())
def test_time_worked_is_the_sum_of_the_open_minutes(
    place: tuple[str, datetime], data: st.DataObject
) -> None:
    assume(place[1].year > 1972)  # some offsets (Africa/Monrovia) had odd seconds until then
    hours_of_zone = data.draw(hours(place[0]))
    start = place[1]
    minutes = [start + timedelta(minutes=minute) for minute in range(6 * 60)]
    worked = sum(is_open(hours_of_zone, minute) for minute in minutes)
    exact = elapsed_between(start, start + timedelta(hours=6), hours_of_zone)
    assert exact == timedelta(minutes=worked)


@given(working_spans())
def test_next_open_is_open_and_nothing_before_it_is(
    made: tuple[WorkingHours, datetime, timedelta],
) -> None:
    hours, at, _ = made
    opens = next_open(hours, at)
    assert opens >= at
    assert is_open(hours, opens)
    assert elapsed_between(at, opens, hours) == timedelta(0)
    assert opens == at or not is_open(hours, opens - MOMENT)
