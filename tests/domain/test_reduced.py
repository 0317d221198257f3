"""Reduced capacity: the policy waits until it is over, or tells and does not page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

from supportbot.domain.escalation.cover import gaps
from supportbot.domain.on_call.calendar_period import CalendarPeriod, YearDays
from supportbot.domain.on_call.working_time import Delay, Window
from supportbot.domain.policy.step import During, Target, Times
from supportbot.domain.ticket import events as e
from tests.domain.samples import DAY, HOUR, NOON, P1, SATURDAY, playbooks, step
from tests.domain.story import Story

WEEKEND = Window(frozenset({5, 6}), time(0), time(0), "UTC")
TURN_OF_THE_YEAR = YearDays((12, 18), (1, 3))
REDUCED = Times("reduced-capacity", CalendarPeriod((WEEKEND,), (TURN_OF_THE_YEAR,), "UTC"))
STEPS = (step("first-line"), step("second-line", after=HOUR))
MANAGER = (Target("role", "manager"),)
HELD = replace(P1, steps=STEPS, during=(During(REDUCED, "hold"),), last_resort=MANAGER)
TOLD = replace(P1, steps=STEPS, during=(During(REDUCED, "notify"),))
MONDAY = datetime(2026, 11, 30, tzinfo=UTC)


def test_the_policy_waits_until_it_is_over_and_says_so() -> None:
    told = Story(HELD, SATURDAY).until(SATURDAY + HOUR)
    (held,) = told.of(e.StepPassed)
    assert (held.how, held.until) == ("held", MONDAY)
    assert held.reason == "P1 calls nobody during reduced-capacity"
    assert told.due("escalate") == MONDAY
    assert told.paged() == []
    (note,) = [one.payload["text"] for one in told.sent("slack.note") if "held" in str(one.payload)]
    assert "Step 1 held until Monday 2026-11-30 00:00 UTC" in note
    told.until(MONDAY + 2 * HOUR)
    assert told.paged()[:2] == ["ines", "jonas"]


def test_what_comes_due_in_it_waits_and_what_was_called_before_stays_called() -> None:
    friday = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    told = Story(HELD, friday).until(MONDAY - HOUR)
    assert told.paged() == ["ines"]
    assert [(one.step, one.until) for one in told.of(e.StepPassed)] == [(1, MONDAY)]
    assert told.until(MONDAY).paged() == ["ines", "jonas"]


def test_the_turn_of_the_year_is_one_stretch_with_its_weekends() -> None:
    told = Story(HELD, datetime(2026, 12, 17, 23, 30, tzinfo=UTC)).until(
        datetime(2027, 1, 5, tzinfo=UTC)
    )
    held = told.of(e.StepPassed)[0]
    # 2027-01-03, the last day of it, is a Sunday.
    assert held.until == datetime(2027, 1, 4, tzinfo=UTC)


def test_pages_are_notices_and_nobody_is_paged() -> None:
    told = Story(TOLD, SATURDAY).until(SATURDAY + 2 * HOUR)
    assert told.paged() == []
    assert [(event.people, event.urgent) for event in told.of(e.Reached)][:2] == [
        (("ines",), False),
        (("jonas",), False),
    ]
    assert Story(TOLD, NOON).paged() == ["ines"]


def test_the_last_resort_is_told_and_not_paged_either() -> None:
    nobody = replace(TOLD, steps=(step("gone"), step("webhook:pager")), last_resort=MANAGER)
    told = Story(nobody, SATURDAY)
    assert [(event.people, event.urgent) for event in told.of(e.Reached)] == [(("lucia",), False)]
    assert told.paged() == []
    assert told.sent("webhook.page") == []
    last = told.of(e.StepPassed)[-1].reason
    assert last == "it is for a paging service alone, and pages nobody now"


def test_a_person_who_asks_for_the_next_step_gets_it() -> None:
    told = Story(HELD, SATURDAY)
    assert told.escalate() is None
    assert told.paged() == ["ines"]


def test_the_times_in_which_nobody_is_to_be_paged_are_no_gaps_and_others_are() -> None:
    book = playbooks(severities={"P1": replace(HELD, first_answer=Delay(HOUR), last_resort=())})
    assert gaps(book, SATURDAY - DAY) == ()
    nobody = replace(book, rotations={})
    (gap,) = gaps(nobody, SATURDAY)
    assert gap.start == MONDAY
