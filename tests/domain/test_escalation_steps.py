"""What steps can say beyond whom and when: times, gaps, whoever works, last resorts, each of them,
and what calls others while somebody has the ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import Any

import pytest

from supportbot.domain.escalation.plan import SHORTEST_ROUND, plan
from supportbot.domain.on_call.calendar_period import CalendarPeriod, YearDays
from supportbot.domain.on_call.override import Override
from supportbot.domain.on_call.working_time import Delay, Window
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.policy.step import AllHands, Step, Target, Times
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import escalation_events as ee
from supportbot.domain.ticket import events as e
from tests.domain.samples import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    P1,
    at,
    clock,
    nobody_until,
    office,
    people,
    playbooks,
    rotation,
    step,
    ticket,
)
from tests.domain.story import Story

EVENING = NOON.replace(hour=20)
NEW_YEAR = at("2026-12-31 20:00")


def story(
    *steps: Step, now: datetime = NOON, policy: Playbooks | None = None, **terms: Any
) -> Story:
    return Story(replace(P1, steps=steps, **terms), now, policy)


def called(told: Story) -> list[str]:
    return [" ".join((time, *people)) for time, people in told.called()]


def passed(told: Story) -> list[str]:
    return [
        f"{clock(event.at)} {event.how} {event.step + 1}: {event.reason}"
        for event in told.of(e.StepPassed)
    ]


# --- gaps


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"repeat": 3}, ["12:00", "12:05", "12:10", "12:15"]),
        ({"repeat": 4, "growing": True}, ["12:00", "12:05", "12:15", "12:35", "13:15"]),
    ],
)
def test_gaps_are_equal_or_each_twice_as_long_as_the_last(
    more: dict[str, Any], expected: list[str]
) -> None:
    terms = replace(P1, steps=(step("ines", every=5 * MINUTE, **more),))
    assert [clock(due.at) for due in plan(ticket(terms))] == expected


# --- delays in somebody's own hours

BERLIN = office("Europe/Berlin", "09:00", "17:00")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param(at("12:00"), at("16:00"), id="all of it within the day"),
        pytest.param(at("14:00"), at("2026-11-25 10:00"), id="the rest the next day"),
        pytest.param(at("2026-11-27 15:00"), at("2026-11-30 11:00"), id="over the weekend"),
        pytest.param(at("2026-11-28 12:00"), at("2026-11-30 12:00"), id="from outside"),
    ],
)
def test_working_time_of_somebody_counts_in_their_hours_alone(
    start: datetime, expected: datetime
) -> None:
    delay = Delay(4 * HOUR, "working", BERLIN)
    terms = replace(P1, steps=(step("ines"), step("jonas", after=delay)))
    assert plan(ticket(terms, start))[1].at == expected


def test_handed_over_delays_of_other_hours_stay_whole() -> None:
    mine, theirs = Delay(HOUR, "working", BERLIN), Delay(HOUR, "working", office())
    terms = replace(P1, steps=(step("second-line", after=mine), step("zoe", after=theirs)))
    handed = Story(terms).happen(e.HandedOver(at=NOON, by="ines")).ticket
    assert [clock(due.at) for due in plan(handed)] == ["12:00", "13:00"]


# --- times


def times(said: str, *windows: Window, days: tuple[YearDays, ...] = ()) -> Times:
    return Times(said, CalendarPeriod(windows, days, "UTC"))


WEEKDAYS = frozenset(range(5))
DAYTIME = times("office hours", Window(WEEKDAYS, time(8), time(17), "UTC"))
NIGHT = times("nights", Window(frozenset(range(7)), time(18), time(6), "UTC"))
WINTER = times("the turn of the year", days=(YearDays((12, 18), (1, 3)),))
ALWAYS = times("always", Window(frozenset(range(7)), time(0), time(0), "UTC"))


@pytest.mark.parametrize(
    ("terms", "now", "expected"),
    [
        pytest.param({"only_within": DAYTIME}, NOON, ["12:00 ines"], id="within, it goes out"),
        pytest.param({"only_within": DAYTIME}, EVENING, ["20:00 jonas"], id="or is skipped"),
        pytest.param({"only_outside": NIGHT}, NOON, ["12:00 ines"], id="outside, it goes out"),
        pytest.param({"only_outside": NIGHT}, EVENING, ["20:00 jonas"], id="during, it is skipped"),
        pytest.param(
            {"only_within": WINTER}, at("2026-12-31 12:00"), ["12:00 ines"], id="days of the year"
        ),
        pytest.param(
            {"only_within": DAYTIME, "only_outside": WINTER},
            at("2026-12-31 12:00"),
            ["12:00 jonas"],
            id="both have to allow it",
        ),
    ],
)
def test_a_step_for_certain_times_goes_out_in_them_alone(
    terms: dict[str, Any], now: datetime, expected: list[str]
) -> None:
    assert called(story(step("ines", **terms), step("jonas", after=HOUR), now=now)) == expected


@pytest.mark.parametrize(
    ("terms", "now", "until"),
    [
        ({"only_within": DAYTIME}, EVENING, "2026-11-25 08:00"),
        ({"only_outside": NIGHT}, EVENING, "2026-11-25 06:00"),
        (
            {"only_within": DAYTIME, "only_outside": WINTER},
            at("2026-12-30 20:00"),
            "2027-01-04 08:00",
        ),
        ({"only_within": WINTER}, NOON, "2026-12-18 00:00"),
    ],
)
def test_a_step_that_is_held_goes_out_when_its_times_begin(
    terms: dict[str, Any], now: datetime, until: str
) -> None:
    told = story(step("ines", when_empty="hold", **terms), now=now)
    begins = at(until)
    assert told.of(e.StepPassed)[0].until == begins
    assert called(told.until(begins)) == [f"{clock(begins)} ines"]


def test_a_step_for_certain_times_says_which() -> None:
    told = story(
        step("ines", only_within=DAYTIME),
        step("ines", only_outside=NIGHT),
        step("jonas"),
        now=EVENING,
    )
    assert passed(told) == [
        "20:00 skipped 1: this step is only for office hours",
        "20:00 skipped 2: this step is not for nights",
    ]


def test_a_step_whose_times_never_come_is_not_held() -> None:
    told = story(step("ines", when_empty="hold", only_outside=ALWAYS), step("jonas"))
    assert passed(told) == ["12:00 skipped 1: this step is not for always"]


def test_a_step_for_certain_times_that_reaches_nobody_even_then_is_not_held() -> None:
    told = story(step("gone", when_empty="hold", only_within=DAYTIME), step("jonas"), now=EVENING)
    assert called(told) == ["20:00 jonas"]


def test_each_try_of_a_step_looks_at_its_times() -> None:
    told = story(step("ines", repeat=2, every=2 * HOUR, only_within=DAYTIME), now=at("16:00"))
    assert called(told.until(EVENING)) == ["16:00 ines"]


# --- whoever works now

AWAKE_LATER = office(start="18:00", end="23:00")
LATE_SHIFT = playbooks(
    people={**people("ines", "jonas", hours=office()), **people("tomasz", hours=AWAKE_LATER)},
)


@pytest.mark.parametrize(
    ("targets", "now", "wake", "expected"),
    [
        pytest.param("first-line", NOON, True, ["ines"], id="on call and at work"),
        pytest.param("first-line", EVENING, True, ["tomasz"], id="a colleague who works"),
        pytest.param("first-line", EVENING, False, ["tomasz"], id="even where nobody is woken"),
        pytest.param("jonas tomasz", EVENING, True, ["tomasz"], id="others sleep on"),
        pytest.param("jonas lucia", EVENING, True, ["lucia"], id="no hours known: may be called"),
        pytest.param("first-line", at("04:00"), True, ["ines"], id="nobody works: who is on call"),
        pytest.param("first-line", at("04:00"), False, [], id="unless nobody is woken"),
    ],
)
def test_whoever_works_now_is_called_before_anybody_is_woken(
    targets: str, now: datetime, wake: bool, expected: list[str]
) -> None:
    told = story(
        step(*targets.split(), working_first=True), now=now, policy=LATE_SHIFT, wake_people=wake
    )
    assert [list(event.people) for event in told.of(e.Reached)] == ([expected] if expected else [])


def test_a_colleague_who_is_on_leave_is_passed_over() -> None:
    away = Override(NOON, NOON + DAY, "tomasz", None, "leave")
    line = replace(rotation("first-line", "ines tomasz"), overrides=(away,))
    policy = replace(LATE_SHIFT, rotations={**LATE_SHIFT.rotations, "first-line": line})
    told = story(step("first-line", working_first=True), now=EVENING, policy=policy)
    assert called(told) == ["20:00 ines"]


def test_a_colleague_hears_why_they_are_called() -> None:
    told = story(step("first-line", working_first=True), now=EVENING, policy=LATE_SHIFT)
    assert told.of(e.Reached)[0].reasons == ("works now, and nobody on call does",)


def test_held_for_whoever_works_it_goes_out_when_the_first_of_them_does() -> None:
    held = step("first-line", working_first=True, when_empty="hold")
    early = people("tomasz", hours=office(start="06:00"))
    policy = replace(LATE_SHIFT, people={**LATE_SHIFT.people, **early})
    told = story(held, now=at("04:00"), policy=policy, wake_people=False)
    assert called(told.until(at("06:00"))) == ["06:00 tomasz"]


# --- the last resort

EMPTY = playbooks(
    rotations={
        "first-line": nobody_until("first-line", "ines", NOON + 6 * HOUR),
        "second-line": rotation("second-line", "jonas amina"),
    }
)
LUCIA = (Target("role", "manager"),)


def test_a_round_that_reaches_nobody_calls_the_last_resort_at_once() -> None:
    told = story(step("first-line"), step("gone"), policy=EMPTY, last_resort=LUCIA)
    assert called(told) == ["12:00 lucia"]
    (reached,) = told.of(e.Reached)
    assert (reached.last_resort, reached.urgent, reached.step) == (True, True, 2)
    assert told.paged() == ["lucia"]


def test_it_is_not_called_when_somebody_was_reached() -> None:
    told = story(step("ines"), step("first-line", after=HOUR), policy=EMPTY, last_resort=LUCIA)
    assert called(told.until(NOON + 90 * MINUTE)) == ["12:00 ines"]


def test_pages_that_all_died_reached_nobody() -> None:
    told = story(step("ines"), step("jonas", after=HOUR), last_resort=LUCIA)
    told.page_dies(told.sent("slack.page")[-1])
    assert told.paged() == ["ines", "jonas"]
    told.page_dies(told.sent("slack.page")[-1])
    assert told.paged() == ["ines", "jonas", "lucia"]


def test_a_page_that_got_through_and_stayed_without_answer_is_no_case_for_it() -> None:
    told = story(step("ines"), step("jonas", after=HOUR), last_resort=LUCIA).until(NOON + HOUR)
    told.page_dies(told.sent("slack.page")[-1])
    assert told.paged() == ["ines", "jonas"]


def test_its_own_dead_page_begins_the_round_again_soon_and_not_at_once() -> None:
    told = story(step("gone"), last_resort=LUCIA)
    told.page_dies(told.sent("slack.page")[-1])
    assert called(told) == ["12:00 lucia"]
    assert told.due("escalate") == NOON + 10 * MINUTE
    assert called(told.until(NOON + 10 * MINUTE)) == ["12:00 lucia", "12:10 lucia"]


def test_a_hold_calls_it_and_stays_a_hold() -> None:
    told = story(step("first-line", when_empty="hold"), policy=EMPTY, last_resort=LUCIA)
    assert called(told) == ["12:00 lucia"]
    assert (told.due("escalate"), told.ticket.position) == (NOON + 6 * HOUR, 0)
    assert called(told.until(NOON + 6 * HOUR)) == ["12:00 lucia", "18:00 ines"]


def test_it_sleeps_where_nobody_is_woken_and_that_is_said() -> None:
    asleep = playbooks(people=people("lucia", hours=office()))
    told = story(step("gone"), now=EVENING, policy=asleep, last_resort=LUCIA, wake_people=False)
    assert passed(told)[-1] == "20:00 skipped 2: Lucia is outside their hours, and P1 wakes nobody"
    notes = [note.payload["text"] for note in told.sent("slack.note")]
    assert notes[-1].startswith("The last resort skipped: ")


def test_it_is_called_when_it_wakes_if_still_nobody_was_reached() -> None:
    asleep = playbooks(people=people("lucia", hours=office()))
    told = story(step("gone"), now=EVENING, policy=asleep, last_resort=LUCIA, wake_people=False)
    assert called(told.until(at("2026-11-25 08:00"))) == ["08:00 lucia"]


def test_escalate_now_comes_to_it_when_no_step_reaches_anybody() -> None:
    told = story(step("ines"), step("gone", after=HOUR), last_resort=LUCIA)
    told.playbooks = replace(EMPTY, people=people("lucia", "jonas"))
    assert told.escalate("jonas") is None
    assert called(told)[-1] == "12:00 lucia"


# --- groups, paging services, shadows


def test_a_user_group_is_called_in_the_team_s_thread() -> None:
    told = story(step("@ops"))
    (mention,) = told.sent("slack.mention")
    assert mention.payload["groups"] == [{"handle": "ops", "id": "S0OPS"}]
    assert (mention.payload["people"], told.paged()) == ([], [])
    assert told.ticket.paged == 0


def test_whoever_shadows_hears_of_it_and_is_not_reached() -> None:
    along = rotation("first-line", "zoe").layers
    line = replace(rotation("first-line", "ines"), shadows=along)
    policy = playbooks(rotations={"first-line": line, "second-line": EMPTY.rotations["first-line"]})
    told = story(step("first-line"), step("second-line", after=HOUR), policy=policy)
    assert (called(told), told.paged()) == (["12:00 ines"], ["ines"])
    (copy,) = told.sent("slack.copy")
    assert (copy.target["person"], copy.payload["called"]) == ("zoe", ["Ines"])
    told.page_dies(told.sent("slack.page")[0])
    assert passed(told)[-1].startswith("12:00 skipped 2")


def test_nobody_shadows_a_step_that_reaches_nobody() -> None:
    away = Override(NOON, NOON + DAY, "ines", None, "leave")
    along = rotation("first-line", "zoe").layers
    line = replace(rotation("first-line", "ines"), shadows=along, overrides=(away,))
    policy = playbooks(rotations={"first-line": line, "second-line": line})
    assert story(step("first-line"), policy=policy).sent("slack.copy") == []


PAGER = step("webhook:pager")


def test_a_paging_service_is_paged_on_its_own_lane() -> None:
    (page,) = story(PAGER).sent("webhook.page")
    assert page.target["webhook"] == "pager"
    assert page.lanes == ("webhook/service/pager",)
    assert {"step", "reason", "title", "severity", "hub"} <= page.payload.keys()


def test_a_dead_page_of_a_paging_service_moves_the_policy_on() -> None:
    told = story(PAGER, step("jonas", after=HOUR))
    told.page_dies(told.sent("webhook.page")[0])
    assert told.paged() == ["jonas"]
    said = [note.payload["text"] for note in told.sent("slack.note")]
    assert "The page to webhook:pager did not get through: Slack is away." in said


def test_while_one_page_of_a_step_may_get_through_the_policy_waits() -> None:
    told = story(step("webhook:pager", "ines"), step("zoe", after=HOUR))
    told.page_dies(told.sent("webhook.page")[0])
    assert told.paged() == ["ines"]


# --- each of them

EACH = step("jonas", "amina", "lucia", repeat=2, acknowledged_by="each")


def test_each_of_them_is_called_until_they_acknowledged() -> None:
    told = story(EACH).until(NOON + MINUTE).do(c.Acknowledge(by="jonas"))
    assert (told.ticket.state, told.ticket.second_owner) == ("acknowledged", "jonas")
    assert told.ticket.awaited == ("amina", "lucia")
    told.until(NOON + 11 * MINUTE).do(c.Acknowledge(by="amina"))
    told.until(NOON + 21 * MINUTE).do(c.Take(by="lucia"))
    assert called(told) == ["12:00 jonas amina lucia", "12:10 amina lucia", "12:20 lucia"]
    assert told.due("acknowledge_each") is None
    assert not told.ticket.awaited


def test_after_the_last_try_they_are_called_every_hour() -> None:
    told = story(EACH).do(c.Acknowledge(by="jonas")).until(NOON + 30 * MINUTE)
    assert told.due("acknowledge_each") == NOON + 20 * MINUTE + SHORTEST_ROUND
    assert called(told.until(NOON + 90 * MINUTE))[-1] == "13:20 amina lucia"


def test_every_call_to_acknowledge_is_a_try_of_its_own() -> None:
    told = story(EACH).do(c.Acknowledge(by="jonas")).until(NOON + 4 * HOUR)
    tries = [event.attempt for event in told.of(e.Reached)]
    assert tries == sorted(set(tries))


def test_a_try_that_came_early_is_not_done_again_at_its_time() -> None:
    nobody = step("manager", only_within=NIGHT)
    early = step("amina", "lucia", after=30 * MINUTE, acknowledged_by="each")
    told = story(nobody, early).until(NOON + 12 * MINUTE).do(c.Acknowledge(by="amina"))
    assert called(told) == ["12:00 amina lucia"]
    assert called(told.until(NOON + 80 * MINUTE)) == ["12:00 amina lucia", "13:12 lucia"]
    tries = [event.attempt for event in told.of(e.Reached)]
    assert tries == [1, 2]


def test_the_thread_says_who_is_missing() -> None:
    told = story(EACH).do(c.Acknowledge(by="jonas")).do(c.Acknowledge(by="amina"))
    notes = [note.payload["text"] for note in told.sent("slack.note")]
    assert "Amina acknowledged it, too. Still to acknowledge: Lucia." in notes
    assert len(told.sent("slack.reply")) == 2, "the reporter hears it once"


def test_who_was_not_asked_acknowledges_for_nobody_else() -> None:
    told = story(EACH).do(c.Acknowledge(by="ines"))
    assert told.ticket.awaited == ("jonas", "amina", "lucia")
    refused = told.act(c.Acknowledge(by="tomasz"))
    assert refused is not None
    assert "was acknowledged by Ines" in refused.reason


@pytest.mark.parametrize(
    "command", [c.Resolve(by="jonas"), c.LetGo(by="jonas"), c.HandOver(by="jonas")]
)
def test_what_ends_the_round_ends_the_waiting_for_them(command: c.Command) -> None:
    told = story(EACH, step("zoe", after=2 * HOUR)).do(c.Acknowledge(by="jonas")).do(command)
    assert told.due("acknowledge_each") is None


def test_those_who_sleep_are_called_when_they_work() -> None:
    policy = playbooks(people=people("amina", "lucia", hours=office()))
    told = story(EACH, now=at("16:55"), policy=policy, wake_people=False)
    told.do(c.Acknowledge(by="jonas")).until(at("2026-11-25 08:01"))
    assert called(told) == ["16:55 jonas amina lucia", "08:00 amina lucia"]


# --- all hands

HANDS = AllHands(2 * HOUR, (Target("rotation", "second-line"), *LUCIA))


def test_whoever_has_it_alone_for_too_long_gets_company() -> None:
    told = story(step("ines"), all_hands=HANDS).do(c.Take(by="ines")).until(NOON + 2 * HOUR)
    (raised,) = told.of(ee.AllHands)
    assert (raised.alone, raised.people) == ("ines", ("jonas", "lucia"))
    assert told.paged() == ["ines", "jonas", "lucia"]
    assert told.due("all_hands") == NOON + 4 * HOUR


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        pytest.param([c.Take(by="ines"), c.Take(by="jonas")], None, id="another has a line"),
        pytest.param([c.Take(by="ines"), c.LetGo(by="ines")], None, id="nobody has it"),
        pytest.param([c.Take(by="ines"), c.Resolve(by="ines")], None, id="it is over"),
        pytest.param([c.Take(by="ines"), c.Take(by="tomasz")], 2, id="one for another"),
        pytest.param([c.Acknowledge(by="ines")], 2, id="the only one to acknowledge"),
        pytest.param([c.Take(by="jonas"), c.LetGo(by="jonas")], None, id="second line alone, gone"),
        pytest.param([c.Take(by="jonas")], 2, id="second line alone"),
    ],
)
def test_the_clock_runs_while_one_person_has_every_line(
    acts: list[c.Command], expected: int | None
) -> None:
    told = story(step("ines"), all_hands=HANDS)
    for command in acts:
        told.do(command)
    assert told.due("all_hands") == (NOON + expected * HOUR if expected else None)


def test_the_one_who_is_alone_is_not_called_to_help() -> None:
    told = story(step("ines"), all_hands=HANDS).do(c.Take(by="jonas")).until(NOON + 2 * HOUR)
    assert told.of(ee.AllHands)[0].people == ("lucia",)


def test_all_hands_without_hands_say_so() -> None:
    alone = AllHands(2 * HOUR, (Target("rotation", "second-line"),))
    told = story(step("ines"), all_hands=alone).do(c.Take(by="jonas")).until(NOON + 2 * HOUR)
    last = told.sent("slack.note")[-1].payload["text"]
    assert last == (
        "All hands: Jonas has been alone with it for 2 h."
        " Nobody else can be called: there is nobody else."
    )


def test_another_severity_has_its_own_all_hands() -> None:
    told = story(step("ines"), all_hands=HANDS).do(c.Take(by="ines"))
    told.do(c.ChangeSeverity(by="ines", severity="P3", reason="calm"))
    assert told.due("all_hands") is None


def test_a_dead_page_of_all_hands_leaves_the_policy_alone() -> None:
    told = story(step("ines"), all_hands=HANDS).do(c.Take(by="ines")).until(NOON + 2 * HOUR)
    told.page_dies(told.sent("slack.page")[-1])
    assert told.ticket.state == "acknowledged"
    assert len(told.of(e.Reached)) == 1
