"""What holds of every ticket, whatever people, timers and failing pages do to it, in any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.domain.policy.playbook import Playbooks, Severity
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.approving import Approve, Decline
from supportbot.domain.ticket.evolving import evolve
from supportbot.domain.ticket.snoozing import Snooze
from supportbot.domain.ticket.ticket import OPEN
from supportbot.domain.ticket.timebox import Extend
from supportbot.domain.ticket.waiting import Wait
from tests.domain.samples import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    P1,
    P2,
    P3,
    P4,
    SATURDAY,
    after,
    nobody_until,
    office,
    people,
    playbooks,
    rotation,
    step,
    working,
)
from tests.domain.story import Story

Action = Callable[[Story], object]

TEAM = st.sampled_from(["ines", "tomasz", "jonas", "amina", "lucia", "mara", "stranger"])
KEYS = st.sampled_from(["P1", "P2", "P3", "P4"])
SEEN = st.none() | st.integers(1, 30)
COMMANDS: st.SearchStrategy[c.Command] = st.one_of(
    st.builds(c.Acknowledge, by=TEAM),
    st.builds(c.Take, by=TEAM, seen=SEEN),
    st.builds(c.LetGo, by=TEAM),
    st.builds(c.HandOver, by=TEAM),
    st.builds(c.ChangeSeverity, by=TEAM, severity=KEYS, reason=st.just("x")),
    st.builds(c.Reply, by=TEAM, text=st.just("we look")),
    st.builds(c.Resolve, by=TEAM, text=st.sampled_from(["", "done"])),
    st.builds(c.Reopen, by=TEAM),
    st.builds(Approve, by=TEAM),
    st.builds(Decline, by=TEAM, reason=st.sampled_from(["", "no room"])),
    st.builds(Extend, by=TEAM),
    st.builds(Snooze, by=TEAM, until=st.just("my hours")),
    st.builds(Wait, by=TEAM, party=st.just("reporter")),
    st.builds(Wait, by=TEAM, party=st.just("third party"), who=st.sampled_from(["cloud", "IT"])),
)
WAITS = st.one_of(
    st.integers(0, 90).map(lambda n: n * MINUTE),
    st.integers(1, 60).map(lambda n: n * HOUR),
    st.just(20 * DAY),
)


def acting(command: c.Command) -> Action:
    return lambda story: story.act(command)


def escalating(by: str) -> Action:
    return lambda story: story.escalate(by)


def hearing(by: str, outage: bool) -> Action:
    return lambda story: story.hear(by=by, outage=outage)


def waiting(length: timedelta) -> Action:
    return lambda story: story.until(story.now + length)


def sleeping(length: timedelta) -> Action:
    return lambda story: story.asleep_until(story.now + length)


def page_dying(back: int) -> Action:
    def die(story: Story) -> None:
        pages = story.sent("slack.page")
        if len(pages) > back:
            story.page_dies(pages[-1 - back])

    return die


ACTIONS: st.SearchStrategy[list[Action]] = st.lists(
    st.one_of(
        COMMANDS.map(acting),
        COMMANDS.map(acting),
        TEAM.map(escalating),
        st.builds(hearing, TEAM, st.booleans()),
        WAITS.map(waiting),
        WAITS.map(sleeping),
        st.integers(0, 3).map(page_dying),
    ),
    max_size=12,
)

SHIFT = nobody_until("first-line", "ines tomasz", NOON + 5 * HOUR)
SECOND = rotation("second-line", "jonas amina")
SLEEPERS = people("ines", "tomasz", "jonas", "amina", "lucia", hours=office())
HELD = replace(
    P1,
    lapses_after=HOUR,
    steps=(
        step("first-line", when_empty="hold"),
        step("owner", after=5 * MINUTE),
        step("second-line", "#ops", after=working(2 * HOUR), repeat=2, when_empty="hold"),
    ),
)
DROPPED = replace(
    P2,
    wake_people=False,
    steps=(
        step("first-line", if_late="drop", repeat=3),
        step("gone", after=MINUTE),
        step("second-line", after=30 * MINUTE, if_late="drop"),
    ),
)
NO_STEPS = replace(P4, steps=())
SEVERITIES = {"P1": HELD, "P2": DROPPED, "P3": P3, "P4": NO_STEPS}
POLICIES = st.sampled_from(
    [
        playbooks(),
        playbooks(severities=SEVERITIES),
        playbooks(severities=SEVERITIES, people=SLEEPERS),
        playbooks(rotations={"first-line": SHIFT, "second-line": SECOND}),
        playbooks(severities=SEVERITIES, rotations={"first-line": SHIFT, "second-line": SHIFT}),
        playbooks(rotations={}),
    ]
)
STARTS = st.sampled_from([NOON, SATURDAY, NOON.replace(hour=22)])
ATTACHED = st.sampled_from([None, None, None, 7])


@settings(max_examples=150)
@given(POLICIES, KEYS, STARTS, ATTACHED, ACTIONS)
def test_laws_of_a_ticket(
    policy: Playbooks, key: str, start: datetime, attached: int | None, actions: list[Action]
) -> None:
    live(Story(policy.severities[key], start, policy, attached_to=attached), actions)


@settings(max_examples=100)
@given(POLICIES, KEYS, STARTS, ACTIONS)
def test_laws_of_a_ticket_that_waits_for_approval(
    policy: Playbooks, key: str, start: datetime, actions: list[Action]
) -> None:
    waits = e.Approval(("mara",), start + DAY, start + 2 * DAY)
    live(Story(policy.severities[key], start, policy, approval=waits), actions)


def live(story: Story, actions: list[Action]) -> None:
    check(story)
    for action in actions:
        action(story)
        check(story)


def check(story: Story) -> None:
    the_events_are_the_ticket(story)
    the_clocks_fit_the_state(story)
    the_policy_goes_on_and_nothing_else_calls(story)
    everything_sent_has_a_name_of_its_own(story)


def the_events_are_the_ticket(story: Story) -> None:
    ticket = story.ticket
    first, *rest = story.events
    assert after(evolve(None, first), *rest) == ticket
    assert ticket.version == len(story.events)
    assert [event.at for event in story.events] == sorted(event.at for event in story.events)
    assert (ticket.closed_at is not None) == (ticket.state == "closed")
    assert ticket.owned_version <= ticket.version


def the_clocks_fit_the_state(story: Story) -> None:
    ticket, kinds = story.ticket, set(story.timers)
    if ticket.state == "resolved":
        assert kinds == {"close"}
    elif ticket.state == "closed":
        assert kinds == set()
    else:
        assert "close" not in kinds
    if ticket.state != "acknowledged":
        assert not kinds & {"remind_acknowledged", "lapse", "timebox_ask", "timebox_end"}
    assert bool(kinds & {"timebox_ask", "timebox_end"}) == (ticket.box.since is not None)
    assert ("lapse" in kinds) <= (ticket.asked_at is not None)
    assert ("snooze" in kinds) == (ticket.snoozed_until is not None)
    if "first_answer" in kinds:
        assert ticket.first_answer_at is None
    waits = ticket.state == "waiting"
    assert ("approval" in kinds) == (ticket.approval is not None)
    assert ("chase" in kinds) == (ticket.waiting_for is not None)
    assert waits == (ticket.approval is not None or ticket.waiting_for is not None)
    assert not (ticket.approval and (ticket.waiting_for or ticket.issue_asked))


def the_policy_goes_on_and_nothing_else_calls(story: Story) -> None:
    """Law: no open, unacknowledged, unattached ticket without a next call to come."""
    ticket, timer = story.ticket, story.timers.get("escalate")
    calls = ticket.state == "new" and ticket.attached_to is None
    assert (timer is not None) == calls
    if timer is not None:
        assert timer.due >= story.now
        assert (timer.round, timer.position) == (ticket.round, ticket.position)
    went_out = set()
    rounds = 0 if story.of(e.Opened)[0].approval else 1
    for event in story.events:
        if isinstance(event, e.Reached) and not event.asked_by_hand:
            assert (rounds, event.position) not in went_out
            went_out.add((rounds, event.position))
        rounds += begins_round(event)


def begins_round(event: e.Event) -> bool:
    return isinstance(
        event,
        e.PolicyRestarted
        | e.LetGo
        | e.HandedOver
        | e.Reopened
        | e.SeverityChanged
        | e.ApprovalGiven
        | e.ApprovalWaived,
    )


def everything_sent_has_a_name_of_its_own(story: Story) -> None:
    # What the public hears once, however often it happens, has one key: the store keeps it once.
    once = f"{story.ticket.reference}.second-line"
    keys = [delivery.key for delivery in story.deliveries if delivery.key != once]
    assert len(keys) == len(set(keys))
    asked = story.of(e.IssueAsked)
    assert len(asked) == len(story.sent("github.issue")) <= 1
    assert bool(asked) == story.ticket.issue_asked
    assert len(story.sent("slack.root")) == 1
    attempts = [page.payload["round"] for page in story.sent("slack.page")]
    assert attempts == sorted(attempts)


@pytest.mark.parametrize("terms", [P1, P2, P3, P4, HELD, DROPPED, NO_STEPS])
def test_a_ticket_that_nobody_touches_is_called_for_again_and_again(terms: Severity) -> None:
    story = Story(terms).until(NOON + 40 * DAY)
    assert story.ticket.state in OPEN
    assert story.ticket.round > 3
    check(story)
