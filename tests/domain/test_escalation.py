"""The policy: what a round will do, whom each step reaches, and what fires when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from supportbot.domain.escalation import plan as escalation
from supportbot.domain.escalation.plan import AFTER_DEAD_PAGE, SHORTEST_ROUND, plan
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.policy.playbook import Playbooks, Severity
from supportbot.domain.policy.step import Step
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from tests.domain.samples import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    P1,
    P2,
    P3,
    SATURDAY,
    after,
    at,
    clock,
    nobody_until,
    office,
    people,
    playbooks,
    rotation,
    severity,
    step,
    ticket,
    working,
)
from tests.domain.story import Story

HAND_OVER = e.HandedOver(at=NOON, by="ines")


def story(*steps: Step, now: datetime = NOON, policy: Playbooks | None = None) -> Story:
    return Story(replace(P1, steps=steps), now, policy)


def called(told: Story) -> list[str]:
    """`12:00 ines`, one for each step that went out."""
    return [" ".join((time, *people)) for time, people in told.called()]


def passed(told: Story) -> list[str]:
    return [f"{clock(event.at)} {event.how} {event.step + 1}" for event in told.of(e.StepPassed)]


@pytest.mark.parametrize(
    ("steps", "start", "expected"),
    [
        pytest.param(
            [step("ines"), step("jonas", after=10 * MINUTE), step("lucia", after=HOUR)],
            NOON,
            ["12:00 1.1", "12:10 2.1", "13:00 3.1"],
            id="delays count from the start of the round",
        ),
        pytest.param(
            [step("ines", repeat=3), step("jonas", after=15 * MINUTE)],
            NOON,
            ["12:00 1.1", "12:10 1.2", "12:15 2.1", "12:20 1.3", "12:30 1.4"],
            id="repeats of one step go on among the next",
        ),
        pytest.param(
            [step("ines", repeat=1, every=5 * MINUTE), step("jonas", after=5 * MINUTE)],
            NOON,
            ["12:00 1.1", "12:05 1.2", "12:05 2.1"],
            id="at one time the earlier step goes first",
        ),
        pytest.param(
            [step("ines"), step("jonas", after=working(4 * HOUR))],
            at("2026-11-27 22:00"),
            ["22:00 1.1", "02:00 2.1"],
            id="working delays stand still at the weekend",
        ),
        pytest.param(
            [step("ines", after=working(DAY)), step("jonas", after=6 * HOUR)],
            NOON,
            ["18:00 2.1", "12:00 1.1"],
            id="clocks of two kinds are put in order",
        ),
        pytest.param([], NOON, [], id="no steps, no plan"),
    ],
)
def test_a_plan_is_everything_in_the_order_it_comes_due(
    steps: list[Step], start: datetime, expected: list[str]
) -> None:
    places = plan(ticket(replace(P1, steps=tuple(steps)), start))
    assert [f"{clock(due.at)} {due.index + 1}.{due.attempt}" for due in places] == expected


def test_working_delays_end_on_the_next_working_day() -> None:
    terms = replace(P1, steps=(step("ines", after=working(4 * HOUR)),))
    assert plan(ticket(terms, SATURDAY))[0].at == at("2026-11-30 04:00")


@pytest.mark.parametrize(
    ("terms", "second_line", "expected"),
    [
        pytest.param(
            P1, "second-line", ["12:00 2", "12:10 3", "12:20 3", "12:30 3"], id="its step is first"
        ),
        pytest.param(P2, "second-line", ["12:00 2"], id="however long first line had"),
        pytest.param(
            replace(P1, steps=(step("ines"),)),
            "second-line",
            ["12:00 1"],
            id="a policy without second line calls it all the same",
        ),
        pytest.param(
            P1, "manager", ["12:00 2", "12:10 3", "12:20 3", "12:30 3"], id="a rule names another"
        ),
        pytest.param(
            replace(P1, steps=(step("ines"), step("lucia", after=HOUR), step("zoe", after=DAY))),
            "lucia",
            ["12:00 2", "11:00 3"],
            id="or a person whom a step names",
        ),
        pytest.param(
            replace(P1, steps=(step("second-line", after=HOUR), step("zoe", after=working(DAY)))),
            "second-line",
            ["12:00 1", "12:00 2"],
            id="delays of the other kind stay whole",
        ),
    ],
)
def test_handed_over_the_policy_begins_with_second_line(
    terms: Severity, second_line: str, expected: list[str]
) -> None:
    handed = after(ticket(terms, second_line=second_line), HAND_OVER)
    assert [f"{clock(due.at)} {due.index + 1}" for due in plan(handed)] == expected


def test_second_line_of_a_policy_that_only_notifies_is_notified() -> None:
    quiet = replace(P3, steps=(step("first-line", page=False),))
    handed = after(ticket(quiet), HAND_OVER)
    assert [due.step.page for due in plan(handed)] == [False]


def test_an_unanswered_policy_calls_one_after_the_other() -> None:
    told = Story().until(NOON + 45 * MINUTE)
    assert called(told) == [
        "12:00 ines",
        "12:10 jonas",
        "12:20 jonas lucia",
        "12:30 jonas lucia",
        "12:40 jonas lucia",
    ]
    assert [event.attempt for event in told.of(e.Reached)] == [1, 1, 1, 2, 3]


def test_everyone_called_learns_why() -> None:
    told = Story().until(NOON + 20 * MINUTE)
    reasons = told.of(e.Reached)[-1].reasons
    assert reasons[0].startswith("week 1 of 2 in main, since Monday 2026-11-23 09:00")
    assert reasons[1] == "is manager"


def test_somebody_named_twice_in_a_step_is_called_once() -> None:
    told = story(step("ines", "first-line", "ines"))
    assert called(told) == ["12:00 ines"]


@pytest.mark.parametrize(
    ("owner", "second_line", "expected"),
    [
        pytest.param("zoe", "second-line", ["12:00 zoe", "12:10 jonas"], id="for the first line"),
        pytest.param("first-line", "zoe", ["12:00 ines", "12:10 zoe"], id="for the second"),
        pytest.param("manager", "zoe", ["12:00 lucia", "12:10 zoe"], id="for both"),
    ],
)
def test_the_lines_of_a_policy_are_those_that_the_rule_named(
    owner: str, second_line: str, expected: list[str]
) -> None:
    told = Story(first_line=owner, second_line=second_line).until(NOON + 10 * MINUTE)
    assert called(told) == expected


def test_a_step_for_the_owner_calls_whoever_has_the_line_at_work() -> None:
    owned = after(ticket(), e.Taken(at=NOON, by="tomasz", line="first"))
    moved = escalation.start(
        replace(owned, terms=replace(P1, steps=(step("owner"),))), playbooks(), NOON
    )
    assert [event.people for event in moved.events if isinstance(event, e.Reached)] == [("tomasz",)]


EMPTY = playbooks(
    rotations={
        "first-line": nobody_until("first-line", "ines", NOON + 6 * HOUR),
        "second-line": rotation("second-line", "jonas amina"),
    }
)


def test_an_empty_step_is_skipped_at_once_and_the_next_one_does_not_wait() -> None:
    told = Story(policy=EMPTY)
    assert passed(told) == ["12:00 skipped 1"]
    assert called(told) == ["12:00 jonas"]
    assert told.due("escalate") == NOON + 20 * MINUTE


def test_a_step_that_is_skipped_says_why() -> None:
    told = Story(policy=EMPTY)
    assert told.of(e.StepPassed)[0].reason.startswith("main is outside its hours until")


def test_a_step_after_one_that_was_reached_keeps_its_time() -> None:
    told = story(
        step("first-line"),
        step("second-line", after=10 * MINUTE),
        step("lucia", after=30 * MINUTE),
        policy=EMPTY,
    )
    assert called(told.until(NOON + HOUR)) == ["12:00 jonas", "12:30 lucia"]


@pytest.mark.parametrize(
    ("targets", "why"),
    [
        (["owner"], "nobody owns SUP-1"),
        (["gone"], "gone stands for nobody"),
        (["owner", "gone"], "nobody owns SUP-1; gone stands for nobody"),
    ],
)
def test_a_step_without_anybody_behind_it_says_so(targets: list[str], why: str) -> None:
    told = story(step(*targets), step("ines", after=HOUR))
    assert told.of(e.StepPassed)[0].reason == why
    assert called(told) == ["12:00 ines"]


def test_a_channel_hears_even_when_no_person_is_on() -> None:
    told = story(step("first-line", "#outages"), policy=EMPTY)
    assert [event.channels for event in told.of(e.Reached)] == [("#outages",)]


def test_a_held_step_waits_until_somebody_is_on_and_then_goes_out() -> None:
    told = story(step("first-line", when_empty="hold"), step("lucia", after=8 * HOUR), policy=EMPTY)
    assert passed(told) == ["12:00 held 1"]
    assert told.of(e.StepPassed)[0].until == NOON + 6 * HOUR
    assert called(told.until(NOON + 9 * HOUR)) == ["18:00 ines", "20:00 lucia"]


def test_a_held_step_is_not_late_when_its_people_come() -> None:
    told = story(
        step("first-line", when_empty="hold", if_late="drop"),
        step("lucia", after=HOUR, if_late="drop"),
        policy=EMPTY,
    ).until(NOON + 6 * HOUR)
    assert called(told) == ["18:00 ines", "18:00 lucia"]
    assert [event.late_by for event in told.of(e.Reached)] == [0, 0]


def test_a_step_that_can_never_reach_anybody_is_not_held() -> None:
    told = story(step("gone", when_empty="hold"), step("ines", after=HOUR))
    assert passed(told) == ["12:00 skipped 1"]
    assert called(told) == ["12:00 ines"]


DAY_SHIFT = office("UTC", "08:00", "17:00")
SLEEPERS = playbooks(people=people("ines", "tomasz", "jonas", hours=DAY_SHIFT))
EVENING = at("20:00")


@pytest.mark.parametrize(
    ("now", "wakes", "expected"),
    [
        pytest.param(NOON, False, ["12:00 ines"], id="in their hours"),
        pytest.param(EVENING, True, ["20:00 ines"], id="worth waking for"),
        pytest.param(EVENING, False, ["20:00 lucia"], id="not worth it, so the next is asked"),
    ],
)
def test_only_a_severity_that_wakes_people_calls_outside_their_hours(
    now: datetime, wakes: bool, expected: list[str]
) -> None:
    terms = replace(P1, wake_people=wakes, steps=(step("first-line"), step("lucia", after=HOUR)))
    assert called(Story(terms, now, SLEEPERS)) == expected


def test_whoever_sleeps_is_left_out_and_whoever_is_awake_is_called() -> None:
    terms = replace(P1, wake_people=False, steps=(step("first-line", "lucia", "zoe"),))
    assert called(Story(terms, EVENING, SLEEPERS)) == ["20:00 lucia zoe"]


def test_a_step_held_for_sleepers_goes_out_when_they_begin_their_day() -> None:
    terms = replace(P1, wake_people=False, steps=(step("first-line", when_empty="hold"),))
    told = Story(terms, EVENING, SLEEPERS)
    assert told.due("escalate") == at("2026-11-25 08:00")
    assert called(told.until(at("2026-11-25 08:30"))) == ["08:00 ines"]
    assert "Ines is outside their hours, and P1 wakes nobody" in told.of(e.StepPassed)[0].reason


def test_a_step_held_for_a_sleeper_goes_out_when_someone_awake_takes_over() -> None:
    # Ines sleeps until Monday 08:00 in New York; Tomasz takes over at 09:00 UTC, and is up.
    asleep = people("ines", hours=office("America/New_York"))
    policy = playbooks(people={**asleep, **people("tomasz", hours=office("Europe/Berlin"))})
    terms = replace(P1, wake_people=False, steps=(step("first-line", when_empty="hold"),))
    told = Story(terms, SATURDAY, policy)
    assert told.due("escalate") == at("2026-11-30 09:00")
    assert called(told.until(at("2026-11-30 09:00"))) == ["09:00 tomasz"]


def test_a_round_in_which_everyone_sleeps_begins_again_when_the_first_wakes() -> None:
    everyone = people("ines", "tomasz", "jonas", "amina", "lucia", hours=DAY_SHIFT)
    told = Story(P3, at("2026-11-27 22:00"), playbooks(people=everyone))
    assert passed(told) == ["22:00 skipped 1", "22:00 skipped 2"]
    assert told.due("escalate") == at("2026-11-30 08:00")
    assert called(told.until(at("2026-11-30 08:00"))) == ["08:00 ines"]


@pytest.mark.parametrize(
    ("steps", "again"),
    [
        pytest.param((step("ines"),), NOON + SHORTEST_ROUND, id="a short round waits an hour"),
        pytest.param(
            (step("ines"), step("lucia", after=3 * HOUR)), NOON + 6 * HOUR, id="a long one as much"
        ),
        pytest.param((), NOON + SHORTEST_ROUND, id="and so does one without steps"),
        pytest.param((step("gone"),), NOON + SHORTEST_ROUND, id="or without people"),
    ],
)
def test_a_policy_that_ran_out_begins_again_later(steps: tuple[Step, ...], again: datetime) -> None:
    told = story(*steps).until(again - MINUTE)
    assert told.due("escalate") == again
    told.until(again)
    restarted = told.of(e.PolicyRestarted)
    assert [event.at for event in restarted] == [again]
    assert (told.ticket.round, told.ticket.round_at) == (2, again)
    due = told.due("escalate")
    assert due is not None
    assert due > again


def test_the_round_that_begins_again_does_the_whole_policy() -> None:
    told = story(step("ines"), step("jonas", after=10 * MINUTE)).until(NOON + 90 * MINUTE)
    assert called(told) == ["12:00 ines", "12:10 jonas", "13:10 ines", "13:20 jonas"]


def test_late_steps_fire_once_each_in_order() -> None:
    told = Story().asleep_until(NOON + 3 * HOUR)
    assert called(told)[1:] == [
        "15:00 jonas",
        "15:00 jonas lucia",
        "15:00 jonas lucia",
        "15:00 jonas lucia",
    ]
    late = [round(event.late_by / 60) for event in told.of(e.Reached)]
    assert late == [0, 170, 160, 150, 140]
    assert told.due("escalate") == NOON + 4 * HOUR


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        pytest.param(5 * MINUTE, ["12:00 ines", "12:15 jonas"], id="a little late still fires"),
        pytest.param(6 * MINUTE, ["12:00 ines"], id="later is dropped"),
    ],
)
def test_a_step_that_the_policy_drops_when_late(late: timedelta, expected: list[str]) -> None:
    told = story(
        step("ines"), step("jonas", after=10 * MINUTE, if_late="drop"), step("lucia", after=DAY)
    ).asleep_until(NOON + 10 * MINUTE + late)
    assert called(told) == expected
    assert len(told.of(e.StepPassed)) == 2 - len(expected)
    assert told.due("escalate") == NOON + DAY


def test_dropping_a_late_step_says_how_late_it_was() -> None:
    told = story(step("ines"), step("jonas", after=HOUR, if_late="drop"))
    told.asleep_until(NOON + 3 * HOUR)
    reason = told.of(e.StepPassed)[0].reason
    assert reason == "due 120 min ago, and the policy drops it when late"


def test_a_stale_timer_of_an_earlier_round_does_nothing() -> None:
    told = Story()
    stale = told.timers["escalate"]
    told.do(c.Acknowledge(by="ines")).do(c.LetGo(by="ines"))
    before = told.ticket
    told.timers["escalate"] = stale
    told.until(stale.due)
    assert told.dropped == ["SUP-1 is new in round 2"]
    assert told.ticket == before


def test_a_dead_page_calls_the_next_at_once() -> None:
    told = Story()
    told.now = NOON + 2 * MINUTE
    told.page_dies(told.sent("slack.page")[0])
    assert called(told) == ["12:00 ines", "12:02 jonas"]
    assert told.due("escalate") == NOON + 20 * MINUTE


def test_only_the_newest_step_s_dead_page_moves_the_policy_on() -> None:
    told = Story().until(NOON + 10 * MINUTE)
    told.page_dies(told.sent("slack.page")[0])
    assert called(told) == ["12:00 ines", "12:10 jonas"]
    assert [event.person for event in told.of(e.PageFailed)] == ["ines"]


def test_while_one_page_of_a_step_may_get_through_nobody_else_is_called() -> None:
    told = story(step("ines", "zoe"), step("jonas", after=HOUR))
    told.page_dies(told.sent("slack.page")[1])
    assert called(told) == ["12:00 ines zoe"]
    assert called(told.until(NOON + HOUR)) == ["12:00 ines zoe", "13:00 jonas"]


def test_a_second_dead_page_of_a_step_does_not_move_it_on_twice() -> None:
    told = story(step("ines", "zoe"), step("jonas", after=HOUR), step("lucia", after=2 * HOUR))
    for page in told.sent("slack.page"):
        told.page_dies(page)
    assert called(told) == ["12:00 ines zoe", "12:00 jonas"]


def test_a_dead_page_of_an_earlier_round_does_not_move_the_new_one_on() -> None:
    told = Story().do(c.Acknowledge(by="ines")).do(c.LetGo(by="ines"))
    before = called(told)
    failed = e.PageFailed(at=NOON, position=0, person="ines", reason="away", round=1)
    told.fail(failed)
    assert called(told) == before
    told.fail(replace(failed, round=2))
    assert called(told) == [*before, "12:00 jonas"]


@pytest.mark.parametrize("state", ["acknowledged", "resolved"])
def test_a_dead_page_of_a_ticket_that_somebody_has_calls_nobody(state: str) -> None:
    told = Story()
    command = c.Acknowledge(by="tomasz") if state == "acknowledged" else c.Resolve(by="tomasz")
    told.do(command).page_dies(told.sent("slack.page")[0])
    assert called(told) == ["12:00 ines"]
    assert told.due("escalate") is None


def test_when_the_last_page_dies_the_round_begins_again_soon() -> None:
    told = story(step("ines"))
    told.page_dies(told.sent("slack.page")[0])
    assert told.due("escalate") == NOON + AFTER_DEAD_PAGE
    assert called(told.until(NOON + AFTER_DEAD_PAGE)) == ["12:00 ines", "12:10 ines"]


def test_escalate_now_does_the_next_step_and_the_owner_stays() -> None:
    told = Story().do(c.Acknowledge(by="ines"))
    assert told.escalate() is None
    assert called(told) == ["12:00 ines", "12:00 jonas"]
    reached = told.of(e.Reached)[-1]
    assert (reached.by, reached.asked_by_hand) == ("ines", True)
    assert (told.ticket.state, told.ticket.owner) == ("acknowledged", "ines")
    assert told.due("escalate") is None


def test_escalate_now_leaves_the_rest_of_the_policy_at_its_times() -> None:
    told = Story()
    told.escalate()
    assert told.due("escalate") == NOON + 20 * MINUTE
    assert called(told.until(NOON + 25 * MINUTE)) == [
        "12:00 ines",
        "12:00 jonas",
        "12:20 jonas lucia",
    ]


def test_escalate_now_hours_later_is_neither_late_nor_dropped() -> None:
    told = story(step("ines"), step("jonas", after=10 * MINUTE, if_late="drop"))
    told.do(c.Acknowledge(by="ines")).until(NOON + 3 * HOUR)
    assert told.escalate() is None
    assert called(told) == ["12:00 ines", "15:00 jonas"]
    assert told.of(e.Reached)[-1].late_by == 0


def test_escalate_now_while_the_rest_is_overdue_leaves_the_rest_late() -> None:
    told = Story()
    told.now = NOON + HOUR
    told.escalate()
    told.until(told.now)
    late = [round(event.late_by / 60) for event in told.of(e.Reached)]
    assert late == [0, 0, 40, 30, 20]
    assert called(told)[1:] == ["13:00 jonas", *["13:00 jonas lucia"] * 3]


def test_escalate_now_goes_to_a_further_step_before_repeating_the_last() -> None:
    told = story(step("ines", repeat=5), step("jonas", after=HOUR))
    told.escalate()
    assert called(told) == ["12:00 ines", "12:00 jonas"]


def test_escalate_now_goes_past_steps_that_reach_nobody() -> None:
    told = story(step("ines"), step("gone", after=HOUR), step("lucia", after=2 * HOUR))
    told.escalate()
    assert called(told) == ["12:00 ines", "12:00 lucia"]


def test_escalate_now_after_the_last_step_calls_it_again() -> None:
    told = story(step("ines"))
    told.escalate()
    assert called(told) == ["12:00 ines", "12:00 ines"]
    assert told.due("escalate") == NOON + SHORTEST_ROUND


@pytest.mark.parametrize(
    ("told", "by", "reason"),
    [
        pytest.param(Story(), "mara", "Mara is in no rotation and no role", id="a stranger"),
        pytest.param(
            Story().do(c.Resolve(by="ines")), "ines", "SUP-1 is resolved: reopen it", id="resolved"
        ),
        pytest.param(story(), "ines", "P1 has no steps to escalate to.", id="no steps"),
        pytest.param(
            story(step("ines"), step("gone", after=HOUR)),
            "ines",
            "No further step of P1 reaches anybody now.",
            id="nobody further",
        ),
    ],
)
def test_escalate_now_is_refused_with_a_reason(told: Story, by: str, reason: str) -> None:
    version = told.ticket.version
    refused = told.escalate(by)
    assert refused is not None
    assert refused.reason.startswith(reason)
    assert told.ticket.version == version


def test_a_rotation_s_change_of_people_in_a_round_calls_whoever_is_on_then() -> None:
    eve = at("2026-11-30 08:55")
    told = story(
        step("first-line"), step("first-line", after=10 * MINUTE), now=eve, policy=playbooks()
    )
    assert called(told.until(at("2026-11-30 09:10"))) == ["08:55 ines", "09:05 tomasz"]


def test_a_step_says_whether_it_called_second_line() -> None:
    told = Story().until(NOON + 10 * MINUTE)
    assert [event.second_line for event in told.of(e.Reached)] == [False, True]


def test_delays_of_a_policy_may_be_nothing() -> None:
    terms = severity("P1", step("ines"), step("jonas", after=Delay(timedelta(0))))
    assert called(Story(terms)) == ["12:00 ines", "12:00 jonas"]
