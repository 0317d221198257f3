"""Cover: for every minute and every severity that pages, somebody is paged in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.domain.escalation import plan as escalation
from supportbot.domain.escalation.availability import has_address
from supportbot.domain.escalation.cover import Gap, cases, gaps, limit_of
from supportbot.domain.on_call.calendar_period import CalendarPeriod, YearDays
from supportbot.domain.on_call.rotation import (
    HandOff,
    Layer,
    Override,
    Period,
    Rotation,
    default_anchor,
)
from supportbot.domain.on_call.working_time import Delay, WorkingHours
from supportbot.domain.policy.playbook import Person, Playbooks, Severity
from supportbot.domain.policy.step import Step, Target, Times
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.evolving import evolve
from supportbot.domain.triage.rule import Rule
from tests.domain.samples import (
    DAY,
    EVERYTHING_ELSE,
    HOUR,
    MINUTE,
    NOON,
    P1,
    SATURDAY,
    fact,
    nobody_until,
    office,
    opened,
    people,
    person,
    playbooks,
    rotation,
    rule,
    step,
    working,
)
from tests.domain.zones import hours, near_changes

NIGHT = NOON.replace(hour=17)
MORNING = NIGHT + 15 * HOUR
OFFICE = Times("office hours", CalendarPeriod(office().windows, (), "UTC"))
LATE = person("tomasz", office(start="17:00", end="23:00"))


def policy(
    *steps: Step,
    first_answer: Delay | None = None,
    wake: bool = True,
    last_resort: tuple[Target, ...] = (),
    rules: tuple[Rule, ...] = (EVERYTHING_ELSE,),
    rotations: tuple[Rotation, ...] = (),
    **more: Person,
) -> Playbooks:
    """One severity with these steps; `ines` is on first line, in office hours only."""
    terms = replace(
        P1, steps=steps, first_answer=first_answer, wake_people=wake, last_resort=last_resort
    )
    usual = playbooks(
        severities={"P1": terms},
        rules=rules,
        people={**people("ines", "tomasz", hours=office()), **more},
    )
    lines = {
        "first-line": rotation("first-line", "ines", office()),
        "second-line": rotation("second-line", "jonas"),
        **{one.name: one for one in rotations},
    }
    return replace(usual, rotations=lines)


def spans(found: tuple[Gap, ...]) -> list[tuple[datetime, datetime | None]]:
    return [(gap.start, gap.until) for gap in found]


def first(book: Playbooks, days: int = 3, start: datetime = NOON) -> list[tuple[str, str]]:
    """The gaps as `24 17:00` to `25 08:00`."""
    return [
        (f"{gap.start:%d %H:%M}", f"{gap.until:%d %H:%M}" if gap.until else "the end")
        for gap in gaps(book, start, days * DAY)
    ]


@pytest.mark.parametrize(
    ("book", "expected"),
    [
        pytest.param(
            policy(step("second-line")), [], id="a rotation without hours covers every minute"
        ),
        pytest.param(
            policy(step("first-line")),
            [("24 17:00", "25 08:00")],
            id="with office hours alone there is nobody from their end to their beginning",
        ),
        pytest.param(
            policy(step("first-line"), first_answer=Delay(30 * MINUTE)),
            [("24 17:00", "25 07:30")],
            id="who comes on before the first answer is due is paged in time",
        ),
        pytest.param(
            policy(step("first-line"), step("second-line", after=15 * MINUTE)),
            [],
            id="a later step of the round covers what an earlier one leaves",
        ),
        pytest.param(
            policy(
                step("#desk"),
                step("second-line", after=HOUR),
                first_answer=Delay(30 * MINUTE),
            ),
            [("24 12:00", "the end")],
            id="a channel is no page, and the page after it comes too late for the first answer",
        ),
        pytest.param(
            policy(
                step("first-line"), step("second-line", after=HOUR), first_answer=Delay(10 * MINUTE)
            ),
            [],
            id="a step that reaches nobody is skipped, and the next goes out at once",
        ),
        pytest.param(
            policy(step("first-line"), step("second-line", page=False)),
            [("24 17:00", "25 08:00")],
            id="being told is not being paged",
        ),
        pytest.param(
            policy(step("tomasz"), wake=False),
            [("24 17:00", "25 08:00")],
            id="where nobody is woken, people are away outside their hours",
        ),
        pytest.param(policy(step("tomasz")), [], id="where people are woken, their hours are not"),
        pytest.param(
            policy(step("ghost"), ghost=Person("ghost", "Ghost")),
            [("24 12:00", "the end")],
            id="somebody without any address is out of reach",
        ),
        pytest.param(
            policy(step("post"), post=Person("post", "Post", mail="post@desk.example")),
            [],
            id="a mail address leads to the account in Slack",
        ),
        pytest.param(
            policy(step("owner")), [("24 12:00", "the end")], id="nobody owns what is new"
        ),
        pytest.param(
            policy(
                step("first-line"),
                step("second-line", after=HOUR),
                rotations=(nobody_until("second-line", "jonas", MORNING - HOUR),),
            ),
            [("24 17:00", "25 06:00")],
            id="a later step counts from when it comes due, and holds as long as its people are on",
        ),
        pytest.param(policy(step("webhook:pager")), [], id="a paging service is there to page"),
        pytest.param(
            policy(step("@ops")), [("24 12:00", "the end")], id="a user group is no pager"
        ),
        pytest.param(
            policy(step("first-line"), step("second-line", only_outside=OFFICE)),
            [],
            id="two steps for two times cover each other",
        ),
        pytest.param(
            policy(step("second-line", only_within=OFFICE)),
            [("24 17:00", "25 08:00")],
            id="a step for certain times pages nobody in others",
        ),
        pytest.param(
            policy(step("first-line", working_first=True), tomasz=LATE),
            [("24 17:00", "25 08:00")],
            id="who is not in the rotation is no colleague",
        ),
        pytest.param(
            policy(
                step("first-line", working_first=True),
                rotations=(rotation("first-line", "ines tomasz", office()),),
                tomasz=LATE,
            ),
            [("24 23:00", "25 08:00")],
            id="a colleague who works covers for whoever does not",
        ),
        pytest.param(
            policy(step("first-line"), last_resort=step("lucia").targets),
            [],
            id="the last resort is paged when a round reaches nobody",
        ),
        pytest.param(
            policy(step("first-line", when_empty="hold"), last_resort=step("lucia").targets),
            [],
            id="even while a step is held",
        ),
        pytest.param(
            policy(step("#desk", "first-line"), last_resort=step("lucia").targets),
            [("24 17:00", "25 08:00")],
            id="but not where a channel was reached",
        ),
        pytest.param(
            policy(step("ghost"), step("second-line", after=Delay(HOUR, "working", office()))),
            [],
            id="a delay in somebody's hours is part of the first round",
        ),
        pytest.param(
            policy(step("first-line", when_empty="hold"), first_answer=working(DAY)),
            [],
            id="a step that is held goes out when somebody comes on",
        ),
    ],
)
def test_the_first_gap_of_a_policy(book: Playbooks, expected: list[tuple[str, str]]) -> None:
    assert first(book) == expected


def test_a_severity_that_never_pages_needs_no_cover() -> None:
    assert gaps(policy(step("first-line", page=False)), NOON) == ()


def test_working_time_grants_the_weekend() -> None:
    book = policy(step("first-line"), first_answer=working(8 * HOUR))
    assert first(book, days=7) == [("24 17:00", "25 00:00")]
    # What opens on the weekend is due at 08:00 on Monday, when first line comes on.
    assert [gap for gap in first(book, days=3, start=SATURDAY) if gap[0] < "30"] == []


def test_a_leave_without_a_stand_in_is_a_gap_as_long_as_the_leave() -> None:
    away = Override(NOON + 2 * DAY, NOON + 3 * DAY, "jonas", None, "leave")
    line = replace(rotation("second-line", "jonas"), overrides=(away,))
    (gap,) = gaps(policy(step("second-line"), rotations=(line,)), NOON)
    assert (gap.start, gap.until) == (away.start, away.end)
    assert "leave" in gap.reasons[0]
    assert gap.people == ("jonas",)


def test_a_rule_that_names_another_line_is_a_case_of_its_own() -> None:
    theirs = rule("a secret got out", fact("source", "mail"), severity="P1", owner="tomasz")
    book = policy(step("first-line"), wake=False, rules=(theirs, EVERYTHING_ELSE))
    usual, named = gaps(book, NOON)
    assert (usual.case.rule, named.case.rule) == (None, "a secret got out")
    assert named.people == ("tomasz",)


@pytest.mark.parametrize("tighter", [False, True])
def test_what_ready_mode_lifts_to_a_severity_is_a_case_of_it(tighter: bool) -> None:
    theirs = rule("a database", fact("source", "mail"), severity="P3", owner="tomasz")
    book = policy(step("first-line"), wake=False, rules=(theirs, EVERYTHING_ELSE))
    terms = {"P1": book.severities["P1"]} if tighter else {}
    book = replace(book, lifts={"P3": "P1"}, ready_severities=terms)
    found = {(case.rule, case.ready_mode) for case in cases(book) if case.terms.key == "P1"}
    assert ("a database", True) in found
    assert ("a database", False) not in found


def test_the_reasons_say_why_each_page_comes_to_nothing() -> None:
    book = policy(
        step("first-line"),
        step("ghost", after=10 * MINUTE),
        step("owner", after=20 * MINUTE),
        ghost=Person("ghost", "Ghost"),
    )
    (gap,) = gaps(book, NIGHT)
    assert gap.limit == NIGHT + 20 * MINUTE
    assert [reason.partition(":")[0] for reason in gap.reasons] == ["step 1", "step 2", "step 3"]
    assert "outside its hours" in gap.reasons[0]
    assert gap.reasons[1] == "step 2: ghost has neither a Slack id nor a mail address"


def test_a_page_that_only_comes_too_late_is_named_as_that() -> None:
    book = policy(step("#desk"), step("second-line", after=HOUR), first_answer=Delay(HOUR / 2))
    (gap,) = gaps(book, NOON)
    assert gap.reasons == (
        "step 1: #desk is a channel, and no pager",
        "step 2 comes due only at 2026-11-24 13:00 UTC",
    )


def test_the_minute_in_which_the_answer_is_asked_for_counts_whole() -> None:
    (gap,) = gaps(policy(step("first-line")), NIGHT + timedelta(seconds=42))
    assert gap.start == NIGHT


# The same minute by minute, with the code that runs at night.


def paged_by(book: Playbooks, terms: Severity, at: datetime, limit: datetime) -> bool:
    """Follow the policy itself: whether it pages somebody with an address by `limit`."""
    born = opened(terms, at)
    ticket = evolve(None, born)
    moved = escalation.start(ticket, book, at)
    while True:
        for event in moved.events:
            ticket = evolve(ticket, event)
            if isinstance(event, e.Reached) and event.urgent and _any_address(book, event):
                return True
        if moved.timer is None or moved.timer.due > limit:
            return False
        due = moved.timer
        moved = escalation.fire(ticket, due.position, book, due.due, timer_due=due.due)


def _any_address(book: Playbooks, event: e.Reached) -> bool:
    return bool(event.webhooks) or any(has_address(book.people.get(key)) for key in event.people)


def minute_by_minute(
    book: Playbooks, start: datetime, length: timedelta
) -> Iterator[tuple[datetime, datetime | None]]:
    (terms,) = book.severities.values()
    minutes = [start + n * MINUTE for n in range(length // MINUTE)]
    answers = [(at, paged_by(book, terms, at, limit_of(terms, at))) for at in minutes]
    bad = next((at for at, covered in answers if not covered), None)
    if bad is not None:
        yield bad, next((at for at, covered in answers if covered and at > bad), None)


@st.composite
def layers(draw: st.DrawFn, zone: str) -> Layer:
    hand_off = HandOff(None, draw(st.sampled_from([time(1, 30), time(2, 30), time(9)])), zone)
    names = tuple(draw(st.lists(st.sampled_from(["a", "b", "ghost"]), min_size=1, max_size=3)))
    open_in = tuple(draw(hours(zone)).windows) if draw(st.booleans()) else ()
    anchor = default_anchor(hand_off)
    return Layer("x", names, Period(1, "day"), hand_off, anchor, hours=open_in)


@st.composite
def rotations(draw: st.DrawFn, name: str, zone: str, around: datetime) -> Rotation:
    leaves = []
    for who in draw(st.lists(st.sampled_from("ab"), max_size=2)):
        start = around + draw(st.integers(-60, 60)) * MINUTE
        leaves.append(Override(start, start + draw(st.integers(1, 90)) * MINUTE, who, None))
    found = draw(st.lists(layers(zone), min_size=1, max_size=2))
    return Rotation(name, tuple(found), tuple(leaves))


lengths = st.sampled_from([timedelta(seconds=90), 5 * MINUTE, 20 * MINUTE, HOUR])
kinds = st.sampled_from(["elapsed", "elapsed", "working"])
delays = st.builds(Delay, lengths, kinds)


@st.composite
def times(draw: st.DrawFn, zone: str) -> Times | None:
    if not draw(st.sampled_from([False, False, True])):
        return None
    windows = draw(hours(zone)).windows
    return Times("some hours", CalendarPeriod(windows, (YearDays((3, 25), (4, 2)),), zone))


@st.composite
def steps(draw: st.DrawFn, zone: str) -> tuple[Step, ...]:
    names = ("first-line", "second-line", "a", "owner", "#desk", "manager", "@ops", "webhook:x")
    found = []
    own_hours = st.builds(Delay, lengths, st.just("working"), hours(zone))
    for number in range(draw(st.integers(1, 4))):
        found.append(
            step(
                *draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)),
                after=draw(delays | own_hours) if number else timedelta(0),
                page=draw(st.booleans()) or number == 0,
                repeat=draw(st.integers(0, 2)),
                every=draw(st.sampled_from([MINUTE, 10 * MINUTE])),
                when_empty=draw(st.sampled_from(["skip", "hold"])),
                growing=draw(st.booleans()),
                working_first=draw(st.booleans()),
                only_within=draw(times(zone)),
                only_outside=draw(times(zone)),
            )
        )
    return tuple(found)


@st.composite
def books(draw: st.DrawFn) -> tuple[Playbooks, datetime]:
    zone, around = draw(near_changes())
    around = around.replace(second=0, microsecond=0)
    usual = {"a": office(zone), "b": draw(hours(zone))}
    known: dict[str, WorkingHours | None] = {k: v for k, v in usual.items() if draw(st.booleans())}
    everyone = {key: people(key, hours=known.get(key))[key] for key in ("a", "b")}
    everyone["ghost"] = Person("ghost", "Ghost")
    terms = replace(
        P1,
        steps=draw(steps(zone)),
        last_resort=draw(st.sampled_from([(), step("b").targets, step("#desk").targets])),
        first_answer=draw(st.none() | delays),
        wake_people=draw(st.booleans()),
    )
    book = replace(
        playbooks(severities={"P1": terms}, people=everyone),
        roles={"manager": ("b",)},
        rotations={
            name: draw(rotations(name, zone, around)) for name in ("first-line", "second-line")
        },
    )
    return book, around - 30 * MINUTE


# Each is a second of work: an hour around a change of the clocks, minute by minute.
@settings(max_examples=10)
@given(books())
def test_the_answer_is_that_of_every_single_minute(case: tuple[Playbooks, datetime]) -> None:
    book, start = case
    assert spans(gaps(book, start, HOUR)) == list(minute_by_minute(book, start, HOUR))
