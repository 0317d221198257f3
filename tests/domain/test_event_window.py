"""Event windows: what is on, who is named, and what waits meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.planned.event_window import (
    NONE,
    Attention,
    EventPlan,
    Window,
    attention,
    freezes,
    in_order,
    overlapping_window,
    reversed_window,
)
from supportbot.domain.planned.ready_mode import with_named
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.opening import opened, terms_of
from supportbot.domain.triage.background import Background
from supportbot.domain.triage.decision import Triage, triage
from supportbot.domain.triage.rule import ALWAYS
from tests.domain import samples as s
from tests.domain.story import Story


def window(start: str, end: str) -> Window:
    return Window(s.at(start), s.at(end))


EXAM = EventPlan(
    name="exam",
    community="northfield",
    hub="prod",
    windows=(window("09:00", "13:00"), window("2026-11-26 09:00", "2026-11-26 13:00")),
    ready_mode=True,
    engineers=("amina",),
    freeze=True,
)
CLASS = EventPlan(
    name="class",
    community="northfield",
    hub="second",
    windows=(window("09:00", "18:00"),),
    engineers=("zoe", "amina"),
)
AT = {
    "before": ("08:59", "prod", NONE),
    "both on": ("12:00", "prod", Attention("exam", True, ("amina", "zoe"))),
    "the other hub": ("12:00", "second", Attention("class", False, ("amina", "zoe"))),
    "no hub known": ("12:00", None, Attention("exam", True, ("amina", "zoe"))),
    "a third hub": ("12:00", "third", Attention(None, False, ("amina", "zoe"))),
    "the first window's end": ("13:00", "prod", Attention(None, False, ("zoe", "amina"))),
    "between its windows": ("2026-11-25 10:00", "prod", NONE),
    "its second window": ("2026-11-26 10:00", "prod", Attention("exam", True, ("amina",))),
}


@pytest.mark.parametrize(("now", "hub", "expected"), AT.values(), ids=AT)
def test_an_event_is_on_in_its_windows_and_ready_mode_goes_first(
    now: str, hub: str | None, expected: Attention
) -> None:
    found = attention((CLASS, EXAM), "northfield", hub, s.at(now))
    assert (found.event, found.ready_mode) == (expected.event, expected.ready_mode)
    assert set(found.engineers) == set(expected.engineers)
    assert attention((CLASS, EXAM), "lakeside", hub, s.at(now)) == NONE


WINDOWS = {
    "apart": ([("09:00", "10:00"), ("11:00", "12:00")], None, None),
    "touching": ([("10:00", "11:00"), ("09:00", "10:00")], None, None),
    "overlapping": ([("09:00", "11:00"), ("10:00", "12:00")], None, 1),
    "overlapping, out of order": ([("10:00", "12:00"), ("09:00", "11:00")], None, 0),
    "one in another": ([("09:00", "18:00"), ("10:00", "12:00")], None, 1),
    "reversed": ([("09:00", "10:00"), ("12:00", "11:00")], 1, None),
    "empty": ([("09:00", "09:00")], 0, None),
}


@pytest.mark.parametrize(("said", "backwards", "overlap"), WINDOWS.values(), ids=WINDOWS)
def test_windows_neither_overlap_nor_run_backwards(
    said: list[tuple[str, str]], backwards: int | None, overlap: int | None
) -> None:
    windows = [window(*each) for each in said]
    assert reversed_window(windows) == backwards
    if backwards is None:
        assert overlapping_window(windows) == overlap


def test_windows_are_put_in_order() -> None:
    later, first = window("11:00", "12:00"), window("09:00", "10:00")
    assert in_order([later, first]) == (first, later)


FROZEN = {
    "two days before": ("2026-11-22 08:00", False),
    "a day before": ("2026-11-23 09:00", True),
    "while it is on": ("12:00", True),
    "between two windows": ("2026-11-25 12:00", True),
    "over": ("2026-11-26 13:00", False),
}


@pytest.mark.parametrize(("now", "frozen"), FROZEN.values(), ids=FROZEN)
def test_changes_wait_from_a_day_before_an_event_to_its_end(now: str, frozen: bool) -> None:
    plans = (CLASS, EXAM)
    assert bool(freezes(plans, "northfield/prod", s.at(now))) is frozen
    assert bool(freezes(plans, None, s.at(now))) is frozen
    assert freezes(plans, "northfield/second", s.at(now)) == []


READY = replace(s.P1, first_answer=Delay(10 * s.MINUTE), steps=(s.step("first-line"),))


def policy(*events: EventPlan) -> Playbooks:
    return s.playbooks(
        communities={"northfield": replace(s.NORTHFIELD, events=events)},
        rules=(s.rule("outage", ALWAYS, severity="P1"),),
        ready_severities={"P1": READY},
    )


def judged(at: datetime, *events: EventPlan, asked: tuple[EventPlan, ...] = ()) -> Triage:
    return triage(s.message(), policy(*events), at, Background(events=asked))


def test_a_ticket_of_ready_mode_keeps_its_terms_and_the_named_engineers() -> None:
    found = judged(s.NOON, EXAM)
    event = opened(1, s.message(), found, policy(EXAM), s.NOON)
    assert (event.during, event.ready_mode, event.engineers) == ("exam", True, ("amina",))
    assert event.terms.first_answer == Delay(10 * s.MINUTE)
    assert event.next_word_at == s.NOON + 10 * s.MINUTE
    assert [target.name for target in event.terms.steps[0].targets] == ["first-line", "amina"]


def test_an_event_asked_for_in_a_ticket_counts_like_one_of_the_playbooks() -> None:
    found, other = judged(s.NOON, asked=(EXAM,)), judged(s.NOON, EXAM)
    assert terms_of(found, policy()) == terms_of(other, policy(EXAM))
    assert found.facts.event == "exam"


def test_outside_its_windows_the_usual_terms_hold() -> None:
    found = judged(s.NOON + timedelta(days=1), EXAM)
    assert terms_of(found, policy(EXAM)) == s.P1
    assert found.facts.ready_mode is False


LIFTED = {
    "in ready mode": (s.NOON, "P1", "P3"),
    "outside": (s.NOON + s.DAY, "P3", None),
}


@pytest.mark.parametrize(("now", "severity", "usual"), LIFTED.values(), ids=LIFTED)
def test_ready_mode_lifts_what_the_rules_say(
    now: datetime, severity: str, usual: str | None
) -> None:
    book = replace(policy(EXAM), rules=(s.EVERYTHING_ELSE,), lifts={"P3": "P1"})
    found = triage(s.message(), book, now)
    assert (found.decision.severity, found.decision.lifted_from) == (severity, usual)
    tighter = severity == "P1"
    assert (terms_of(found, book).first_answer == READY.first_answer) is tighter


def test_a_severity_changed_in_ready_mode_has_the_terms_of_ready_mode() -> None:
    named = terms_of(judged(s.NOON, EXAM), policy(EXAM)).steps[0].targets[1:]
    calm = with_named(s.P3, named)
    story = Story(calm, policy=policy(EXAM), during="exam", ready_mode=True).do(
        c.ChangeSeverity(by="ines", severity="P1", reason="a class waits")
    )
    assert story.ticket.terms.first_answer == Delay(10 * s.MINUTE)
    assert story.paged() == ["ines", "amina"]


def test_a_named_engineer_is_called_with_step_one_and_at_any_hour() -> None:
    asleep = {"amina": s.person("amina", s.office(start="01:00", end="02:00"))}
    book = replace(policy(EXAM), people={**policy().people, **asleep})
    quiet = replace(READY, wake_people=False)
    terms = terms_of(judged(s.NOON, EXAM), replace(book, ready_severities={"P1": quiet}))
    story = Story(terms, policy=book, during="exam", ready_mode=True, engineers=("amina",))
    (reached,) = story.of(e.Reached)
    assert reached.people == ("ines", "amina")
    assert reached.reasons[1] == "named for exam"


def test_a_severity_changed_after_the_window_calls_the_engineer_no_more() -> None:
    story = Story(terms_of(judged(s.NOON, EXAM), policy(EXAM)), policy=policy(EXAM))
    assert story.paged() == ["ines", "amina"]
    story.do(c.Acknowledge(by="ines"))
    story.now = s.at("13:00")
    story.do(c.LetGo(by="ines"))
    assert story.of(e.Reached)[-1].people == ("ines",)


def test_an_engineer_who_is_second_line_elsewhere_is_not_called_as_that() -> None:
    terms = terms_of(judged(s.NOON, EXAM), policy(EXAM))
    later = replace(terms, github_issue="on_second_line")
    story = Story(later, policy=policy(EXAM), second_line="amina", engineers=("amina",))
    (reached,) = story.of(e.Reached)
    assert (reached.people, reached.second_line) == (("ines", "amina"), False)
    assert not story.ticket.issue_asked


SAME_FAULT: dict[str, tuple[dict[str, Any], bool]] = {
    "opened as usual": ({}, False),
    "opened in ready mode": ({"ready_mode": True}, False),
    "with the engineer": ({"ready_mode": True, "named": True}, True),
}


@pytest.mark.parametrize(("before", "attached"), SAME_FAULT.values(), ids=SAME_FAULT)
def test_the_first_report_of_a_window_pages_for_itself(
    before: dict[str, Any], attached: bool
) -> None:
    found = judged(s.NOON, EXAM)
    more = {key: value for key, value in before.items() if key != "named"}
    similar = s.ticket(terms_of(found, policy(EXAM)) if "named" in before else s.P1, **more)
    event = opened(2, s.message(), found, policy(EXAM), s.NOON, similar=(similar,))
    assert (event.attached_to is not None) is attached


def test_who_is_named_for_an_event_may_work_tickets() -> None:
    assert "zoe" in policy(CLASS).team()
    assert "zoe" not in policy(EXAM).team()
