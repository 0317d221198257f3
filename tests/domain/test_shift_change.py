"""Whose shift is over hands over: to be taken, kept for a while, or it goes up one level."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from supportbot.domain.on_call.rotation import HandOff, Layer, Override, Period, Rotation
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket import shift_change as sc
from supportbot.domain.ticket import shift_events as se
from supportbot.domain.ticket.events import Line
from supportbot.domain.ticket.snoozing import Snooze
from tests.domain.samples import HOUR, NOON, P1, P3, clock, office, person, playbooks, rotation
from tests.domain.story import Story

# The first of the usual week's people goes, the second comes.
CHANGE = datetime.fromisoformat("2026-11-30T09:00+00:00")
GRACE_OVER = CHANGE + HOUR
# First line keeps it for as long as it likes.
PLAIN = replace(P3, timebox=None)
FRIDAY = datetime.fromisoformat("2026-11-27T12:00+00:00")


def shift_changes(story: Story, at: datetime = CHANGE) -> Story:
    """The clock is at `at`, and the change of shift is looked at, as its chore does."""
    story.now = at
    each = (sc.shift_over(story.ticket, line, story.playbooks, at) for line in sc.LINES)
    events = [event for event in each if event]
    return story.happen(*events) if events else story


def taken(by: str = "ines", policy: Playbooks | None = None) -> Story:
    """A ticket that somebody took on Friday, who goes off on Monday."""
    return Story(PLAIN, FRIDAY, policy).do(c.Take(by=by))


def test_the_outgoing_and_the_incoming_both_have_it_for_the_grace_time() -> None:
    story = shift_changes(taken())

    (handed,) = story.of(se.ShiftHandedOver)
    assert (handed.outgoing, handed.incoming, handed.until) == ("ines", ("tomasz",), GRACE_OVER)
    assert (story.ticket.owner, story.ticket.state) == ("ines", "acknowledged")
    assert sc.holders(story.ticket, "first") == ("ines", "tomasz")
    assert story.due("shift") == GRACE_OVER


def test_a_clock_that_runs_out_meanwhile_reminds_both() -> None:
    story = Story(P1, CHANGE - HOUR).do(c.Take(by="ines"))
    shift_changes(story).until(CHANGE + HOUR / 2)
    story.until(CHANGE + HOUR)

    assert [set(each.people) for each in story.of(e.Reminded)][-1:] == [{"ines", "tomasz"}]


def test_whoever_takes_it_ends_the_hand_over() -> None:
    story = shift_changes(taken()).do(c.Take(by="tomasz"))

    assert (story.ticket.owner, story.ticket.handing) == ("tomasz", ())
    assert story.due("shift") is None


def test_what_nobody_takes_goes_up_one_level_and_says_why() -> None:
    story = shift_changes(taken()).until(GRACE_OVER)

    (lapsed,) = story.of(se.ShiftNotTaken)
    assert lapsed.up
    assert lapsed.reason == "Tomasz did not take it over from Ines"
    assert (story.ticket.owner, story.ticket.state) == (None, "new")
    # The first step calls first line alone: they had their chance.
    assert story.of(e.Reached)[-1].people == ("amina",)
    assert story.due("escalate") is not None


def test_a_policy_that_calls_nobody_else_begins_again() -> None:
    story = Story(replace(PLAIN, steps=P3.steps[:1]), FRIDAY).do(c.Take(by="ines"))
    shift_changes(story).until(GRACE_OVER)

    assert story.of(e.Reached)[-1].people == ("tomasz",)


def test_whoever_keeps_it_has_it_until_their_working_day_is_over() -> None:
    policy = playbooks(people={"ines": person("ines", office())})
    story = shift_changes(taken(policy=policy)).do(sc.Keep(by="ines")).until(CHANGE + 7 * HOUR)

    assert not story.of(se.ShiftNotTaken)
    assert story.due("shift") == CHANGE + 8 * HOUR
    story.until(CHANGE + 8 * HOUR)
    assert [each.until for each in story.of(se.ShiftHandedOver)] == [
        GRACE_OVER,
        CHANGE + 9 * HOUR,
    ]
    story.until(CHANGE + 9 * HOUR)
    assert story.ticket.owner is None


def test_without_hours_it_is_kept_until_the_next_change_of_shift() -> None:
    story = shift_changes(taken()).do(sc.Keep(by="ines"))

    assert story.due("shift") == CHANGE + timedelta(weeks=1)


def test_whoever_takes_it_off_shift_keeps_it_as_if_they_had_said_so() -> None:
    story = Story(P1, NOON).do(c.Take(by="tomasz"))

    (kept,) = story.of(se.Kept)
    assert (kept.person, kept.by) == ("tomasz", None)
    # Then they are on call themselves.
    shift_changes(story)
    assert (story.ticket.keeping, story.due("shift")) == ((), None)


@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        ("tomasz", "not yours to keep"),
        ("ines", "you are on call"),
        ("mara", "in no rotation and no role"),
    ],
)
def test_what_needs_no_keeping_is_refused(by: str, refusal: str) -> None:
    story = Story(P1, NOON).do(c.Take(by="ines"))
    answer = sc.decide(story.ticket, sc.Keep(by=by), story.playbooks, NOON)

    assert isinstance(answer, c.Refused)
    assert refusal in answer.reason


def test_what_rests_is_handed_over_and_wakes_nobody_when_it_is_not_taken() -> None:
    story = taken().do(Snooze(by="ines", until="2026-12-02T09:00Z"))
    shift_changes(story).until(GRACE_OVER)

    (lapsed,) = story.of(se.ShiftNotTaken)
    assert not lapsed.up
    assert (story.ticket.owner, story.ticket.state) == (None, "acknowledged")
    story.until(datetime.fromisoformat("2026-12-02T09:00+00:00"))
    assert story.of(e.Woken)[-1].people == ("tomasz",)


def test_of_what_is_with_second_line_first_line_hands_over_the_voice_alone() -> None:
    story = taken().do(c.HandOver(by="ines")).do(c.Take(by="jonas"))
    shift_changes(story)

    lines: list[tuple[Line, str]] = [(each.line, each.outgoing) for each in story.ticket.handing]
    assert lines == [("first", "ines"), ("second", "jonas")]
    story.until(GRACE_OVER)
    assert [(each.line, each.up) for each in story.of(se.ShiftNotTaken)] == [
        ("first", False),
        ("second", True),
    ]


def test_what_is_resolved_is_not_handed_over() -> None:
    story = taken().do(c.Resolve(by="ines"))

    assert shift_changes(story).of(se.ShiftHandedOver) == []


def test_while_nobody_comes_nothing_is_handed_over() -> None:
    days = rotation("first-line", "ines tomasz", office())
    policy = playbooks(rotations={**playbooks().rotations, "first-line": days})
    evening = datetime.fromisoformat("2026-11-24T17:00+00:00")
    story = Story(PLAIN, NOON, policy).do(c.Take(by="ines"))

    assert shift_changes(story, evening).of(se.ShiftHandedOver) == []
    # In the morning they are on again.
    assert shift_changes(story, evening + 15 * HOUR).of(se.ShiftHandedOver) == []


@pytest.mark.parametrize(("owner", "incoming"), [("tomasz", [("zoe",)]), ("ines", [])])
def test_of_two_at_a_time_the_one_who_leaves_hands_over_to_the_one_who_joins(
    owner: str, incoming: list[tuple[str, ...]]
) -> None:
    people, period = ("ines", "tomasz", "zoe"), Period(1, "week")
    hand_off, start = HandOff(0, time(9), "UTC"), date(2026, 11, 23)
    overlap = Rotation("first-line", (Layer("main", people, period, hand_off, start, at_a_time=2),))
    policy = playbooks(rotations={**playbooks().rotations, "first-line": overlap})
    story = Story(PLAIN, FRIDAY, policy).do(c.Take(by=owner))

    assert [each.incoming for each in shift_changes(story).of(se.ShiftHandedOver)] == incoming


def test_an_override_that_begins_now_is_a_change_of_shift() -> None:
    override = Override(NOON + HOUR, NOON + 5 * HOUR, "ines", "zoe")
    usual = playbooks()
    edited = replace(usual.rotations["first-line"], overrides=(override,))
    story = Story(PLAIN, NOON).do(c.Take(by="ines"))
    story.playbooks = replace(usual, rotations={**usual.rotations, "first-line": edited})
    shift_changes(story, NOON + HOUR)

    assert [each.incoming for each in story.of(se.ShiftHandedOver)] == [("zoe",)]
    shift_changes(story, NOON + 5 * HOUR)
    assert story.ticket.handing == ()


def test_another_change_meanwhile_gives_nobody_more_time() -> None:
    story = shift_changes(taken())
    usual = story.playbooks
    override = Override(CHANGE + HOUR / 2, CHANGE + 5 * HOUR, "tomasz", "zoe")
    edited = replace(usual.rotations["first-line"], overrides=(override,))
    story.playbooks = replace(usual, rotations={**usual.rotations, "first-line": edited})
    shift_changes(story, CHANGE + HOUR / 2)

    assert [each.incoming for each in story.of(se.ShiftHandedOver)] == [("tomasz",), ("zoe",)]
    assert story.due("shift") == GRACE_OVER


def test_looking_again_at_the_same_change_does_nothing() -> None:
    story = shift_changes(shift_changes(taken()), CHANGE + HOUR / 4)

    assert len(story.of(se.ShiftHandedOver)) == 1


def test_the_grace_time_is_the_rotations_and_edits_of_it_bend_no_running_one() -> None:
    usual = playbooks()
    hasty = replace(usual.rotations["first-line"], grace=HOUR / 4)
    policy = replace(usual, rotations={**usual.rotations, "first-line": hasty})
    story = shift_changes(taken(policy=policy))
    story.playbooks = usual

    due = story.due("shift")
    assert due is not None
    assert clock(due) == "09:15"
