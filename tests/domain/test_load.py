"""Load: what counts as an interruption, on whose clocks, and what a fair share of it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from supportbot.domain.fairness.interruption import (
    Deed,
    Interruption,
    Kind,
    PageEvent,
    deeds,
    pages,
)
from supportbot.domain.fairness.load import PersonLoad, load, on_call_spans
from supportbot.domain.fairness.own_time import OwnTime, overlap
from supportbot.domain.fairness.quarter import Quarter, quarter_of, quarter_said
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.escalation_events import AllHands
from tests.domain.rotations import DAILY, WEEKLY, at, hand_off, layer, rotation
from tests.domain.samples import DAY, HOUR, MINUTE, office

START, END = at("2026-11-01T00:00"), at("2026-12-01T00:00")
BERLIN = OwnTime("Europe/Berlin", office("Europe/Berlin"))
TOKYO = OwnTime("Asia/Tokyo", office("Asia/Tokyo"))


def reached(when: datetime, *people: str, urgent: bool = True, position: int = 0) -> e.Reached:
    why = tuple("on" for _ in people)
    return e.Reached(
        at=when,
        position=position,
        step=0,
        attempt=0,
        urgent=urgent,
        people=people,
        reasons=why,
    )


def failed(when: datetime, person: str, position: int = 0) -> e.PageFailed:
    return e.PageFailed(at=when, position=position, person=person, reason="no such channel")


def page(person: str, when: str, ticket: int = 1, kind: Kind = "page") -> Interruption:
    return Interruption(person, at(when), ticket, kind)


def load_of(own: OwnTime, *found: Interruption) -> PersonLoad:
    (one,) = load(found, {}, {"jonas": own}, START, END)
    return one


NOON, LATER = at("2026-11-24T12:00"), at("2026-11-24T12:05")
ALL_HANDS = AllHands(at=NOON, alone="zoe", people=("ines", "jonas"), reasons=("on", "on"))


@pytest.mark.parametrize(
    ("events", "arrived"),
    [
        pytest.param([(1, reached(NOON, "ines", "jonas"))], ["ines", "jonas"], id="each person"),
        pytest.param([(1, reached(NOON, "ines", urgent=False))], [], id="a notice is no page"),
        pytest.param(
            [(1, reached(NOON, "ines", "jonas")), (1, failed(LATER, "ines"))],
            ["jonas"],
            id="a page that failed woke nobody",
        ),
        pytest.param(
            [(1, reached(NOON, "ines")), (1, reached(LATER, "ines")), (1, failed(LATER, "ines"))],
            ["ines"],
            id="one of two tries failed",
        ),
        pytest.param(
            [(1, ALL_HANDS)],
            ["ines", "jonas"],
            id="all hands",
        ),
        pytest.param(
            [(1, reached(NOON, "ines")), (2, failed(LATER, "ines"))],
            ["ines"],
            id="another ticket's failure",
        ),
        pytest.param(
            [(1, reached(NOON, "ines")), (1, failed(LATER, "ines", position=3))],
            ["ines"],
            id="another step's failure",
        ),
    ],
)
def test_pages_that_arrived_count(events: list[tuple[int, PageEvent]], arrived: list[str]) -> None:
    assert [one.person for one in pages(events)] == arrived


def test_what_people_did_is_told_apart() -> None:
    done = (Deed("ines", NOON, 1, name) for name in ("Acknowledged", "HandedOver", "Replied"))
    assert [one.kind for one in deeds(done)] == ["acknowledged", "handed over", "acted"]


@pytest.mark.parametrize(
    ("own", "whens", "expected"),
    [
        pytest.param(BERLIN, ["2026-11-24T10:00"], (0, 0, 0, 0), id="within hours"),
        pytest.param(BERLIN, ["2026-11-24T17:00"], (1, 0, 0, 0), id="18:00 in Berlin"),
        pytest.param(BERLIN, ["2026-11-24T20:59"], (1, 0, 0, 0), id="a minute before the night"),
        pytest.param(BERLIN, ["2026-11-24T21:00"], (1, 1, 0, 0), id="22:00 in Berlin"),
        pytest.param(BERLIN, ["2026-11-24T06:00"], (1, 0, 0, 0), id="07:00, the night is over"),
        pytest.param(TOKYO, ["2026-11-24T14:00"], (1, 1, 0, 0), id="23:00 in Tokyo"),
        pytest.param(
            BERLIN,
            ["2026-11-24T22:00", "2026-11-25T01:00", "2026-11-25T05:30"],
            (3, 1, 0, 0),
            id="one night, thrice",
        ),
        pytest.param(
            BERLIN, ["2026-11-25T01:00", "2026-11-25T22:00"], (2, 2, 0, 0), id="two nights, a day"
        ),
        pytest.param(
            BERLIN, ["2026-11-28T12:00", "2026-11-28T18:00"], (2, 0, 1, 0), id="one Saturday"
        ),
        pytest.param(BERLIN, ["2026-11-29T23:30"], (1, 1, 0, 0), id="Monday morning in Berlin"),
        pytest.param(
            OwnTime("UTC", office(), frozenset({date(2026, 11, 24)})),
            ["2026-11-24T12:00"],
            (1, 0, 0, 1),
            id="a holiday has no hours",
        ),
        pytest.param(
            OwnTime("UTC", None, frozenset({date(2026, 11, 28)})),
            ["2026-11-28T12:00"],
            (1, 0, 0, 1),
            id="a holiday on a Saturday counts once",
        ),
        pytest.param(OwnTime(), ["2026-11-24T19:00"], (0, 0, 0, 0), id="who named no hours"),
        pytest.param(
            OwnTime("UTC", office(), leave=((at("2026-11-23T00:00"), at("2026-11-27T00:00")),)),
            ["2026-11-24T12:00"],
            (1, 0, 0, 0),
            id="on leave",
        ),
    ],
)
def test_what_a_page_breaks_is_judged_on_the_persons_own_clocks(
    own: OwnTime, whens: list[str], expected: tuple[int, int, int, int]
) -> None:
    one = load_of(own, *(page("jonas", when) for when in whens))
    assert (one.outside_hours, one.nights, one.weekend_days, one.holidays) == expected
    assert one.interruptions == sum(expected)


def test_work_on_a_free_day_counts_without_any_page() -> None:
    one = load_of(
        BERLIN,
        page("jonas", "2026-11-28T12:00", 1, "acknowledged"),
        page("jonas", "2026-11-28T13:00", 1, "acknowledged"),
        page("jonas", "2026-11-28T14:00", 1, "handed over"),
    )
    assert (one.pages, one.weekend_days, one.acknowledged, one.hand_overs) == (0, 1, 1, 1)


@pytest.mark.parametrize(
    ("whens", "busiest", "flags"),
    [
        ([("08:00", 1), ("08:10", 1), ("08:20", 1)], 1, ()),
        ([("08:00", 1), ("14:00", 2)], 2, ()),
        ([("08:00", 1), ("14:00", 2), ("19:59", 3)], 3, ("incidents",)),
        ([("08:00", 1), ("14:00", 2), ("20:00", 3)], 2, ()),
    ],
)
def test_more_than_two_incidents_within_twelve_hours_are_flagged(
    whens: list[tuple[str, int]], busiest: int, flags: tuple[str, ...]
) -> None:
    one = load_of(OwnTime(), *(page("jonas", f"2026-11-24T{when}", n) for when, n in whens))
    assert (one.busiest, one.flags) == (busiest, flags)


def test_fair_is_by_the_time_that_each_is_there() -> None:
    half_away = OwnTime(leave=((START, START + 15 * DAY),))
    spans = {"ines": [(START, END)], "jonas": [(START, END)]}
    found = [page("ines", f"2026-11-{day}T23:00") for day in (16, 17)]
    times = {"ines": OwnTime(hours=office()), "jonas": half_away}
    ines, jonas = load(found, spans, times, START, END)
    assert (ines.interruptions, ines.share, jonas.interruptions) == (4, 1.0, 0)
    assert [one.fair_share for one in (ines, jonas)] == pytest.approx([2 / 3, 1 / 3])
    assert [one.deviation for one in (ines, jonas)] == pytest.approx([4 / 3, -4 / 3])


def test_whoever_is_in_no_rotation_owes_no_share() -> None:
    on_call = {"ines": [(START, END)]}
    found = [page("manager", "2026-11-28T12:00")]
    manager, _ = load(found, on_call, {}, START, END)
    assert (manager.person, manager.fair_share, manager.deviation) == ("manager", 0.0, 1.0)


def test_time_on_call_in_two_rotations_at_once_counts_once() -> None:
    alone = rotation(layer("ines", WEEKLY, hand_off("09:00", "UTC")))
    by_day = rotation(layer("ines jonas", DAILY, hand_off("09:00", "UTC", None)))
    spans = on_call_spans([alone, by_day], START, START + 4 * DAY)
    ines, jonas = sorted(load([], spans, {}, START, START + 4 * DAY), key=lambda one: -one.on_call)
    assert (ines.on_call, ines.on_call_share, ines.flags) == (4 * DAY, 1.0, ("on_call",))
    assert jonas.on_call < 3 * DAY


def test_nothing_happened_and_nobody_is_on_call() -> None:
    assert load([], {}, {}, START, END) == ()


def test_spans_that_overlap_are_covered_once() -> None:
    spans = [(NOON, NOON + HOUR), (NOON + 30 * MINUTE, NOON + 2 * HOUR), (END, END + DAY)]
    assert overlap(spans, NOON - DAY, NOON + 90 * MINUTE) == timedelta(minutes=90)


@pytest.mark.parametrize(
    ("said", "quarter", "start"),
    [
        ("2026Q4", Quarter(2026, 4), datetime(2026, 10, 1, tzinfo=UTC)),
        (" 2027-q1 ", Quarter(2027, 1), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_quarter_is_read_with_its_bounds(said: str, quarter: Quarter, start: datetime) -> None:
    assert quarter_said(said) == quarter == quarter_of(start) == quarter_of(quarter.end - DAY)
    assert (quarter.start, quarter.end) == (start, quarter.next.start)


@pytest.mark.parametrize(
    "said", ["", "2026Q5", "26Q1", "Q1", "2026", "\N{FULLWIDTH DIGIT TWO}026Q1"]
)
def test_what_is_no_quarter_is_refused_with_an_example(said: str) -> None:
    with pytest.raises(ValueError, match="such as 2026Q4"):
        quarter_said(said)
