"""A clock that jumps, either way: each step once, in its order, and none doubled."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from supportbot.adapters.slack import names
from supportbot.application import chores, timers
from supportbot.bootstrap.chores import CHORES
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket import shift_events as se
from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.scenarios import stories
from tests.scenarios.conftest import Raise
from tests.scenarios.stories import OUTAGE, START, Story, key_of

HOUR = timedelta(hours=1)


class JumpyClock(VirtualClock):
    """One that a time server sets back."""

    def goes_back(self, span: timedelta) -> None:
        with self._lock:
            self._now -= span


def steps(story: Story) -> list[tuple[str, ...]]:
    return [event.people for event in story.events() if isinstance(event, e.Reached)]


def test_forward_over_several_steps_and_two_processes_each_is_done_once_in_order(
    story: Story,
) -> None:
    story.writes("rita", OUTAGE)
    story.passes(45 * HOUR / 60)
    context = story.stage.bot.context
    ahead = replace(context, clock=VirtualClock(story.clock.now() + timedelta(seconds=3)))
    with ThreadPoolExecutor(4) as threads:
        for step in (timers.step, lambda context: chores.step(context, CHORES)) * 2:
            list(threads.map(step, (context, ahead, context, ahead)))
    story.clock.move_to(ahead.clock.now())
    story.moment()

    assert steps(story) == [("ana",), ("carl",), ("dora",)]
    assert [len(story.pages(who)) for who in ("ana", "carl", "dora")] == [1, 1, 1]
    reminded = Counter(event.kind for event in story.events() if isinstance(event, e.Reminded))
    assert reminded == {"first_answer": 1}


def test_forward_over_a_change_of_shift_it_is_handed_over_once(story: Story) -> None:
    story.writes("rita", "My notebook is lost")
    story.presses("ana", names.TAKE)
    story.passes(datetime(2026, 12, 2, 9, tzinfo=UTC) - story.clock.now())
    story.hears()
    story.moment()

    handed = [event for event in story.events() if isinstance(event, se.ShiftHandedOver)]
    assert [event.incoming for event in handed] == [("ben",)]
    listed = [m for m in story.slack.messages(TEAM_CHANNEL) if key_of(m).startswith("handover.")]
    assert len(listed) == 1


def test_back_over_steps_that_are_done_none_is_done_again_and_nothing_waits_for_the_old_time(
    tmp_path: Path, raise_story: Raise
) -> None:
    clock = JumpyClock(START)
    with raise_story(stories.playbooks(tmp_path), clock=clock) as story:
        story.writes("rita", OUTAGE)
        story.lives(12 * HOUR / 60)
        clock.goes_back(11 * HOUR / 60)
        story.hears()
        assert timers.are_current(story.stage.bot.context, clock.now())
        # A page that is decided now goes out now, though the old time drew on the same lanes.
        story.human("rolf").say("#dune", "We cannot log in")
        story.moment()
        assert [key.split(".")[0] for key in story.pages("ana")] == ["SUP-1", "SUP-2"]
        story.lives(31 * HOUR / 60)

        assert steps(story) == [("ana",), ("carl",), ("dora",)]
        assert len([key for key in story.pages("carl") if key.startswith("SUP-1")]) == 1


def test_back_over_a_change_of_shift_it_is_not_handed_over_twice(
    tmp_path: Path, raise_story: Raise
) -> None:
    monday = datetime(2026, 11, 30, 9, tzinfo=UTC)
    clock = JumpyClock(START)
    with raise_story(stories.playbooks(tmp_path), clock=clock) as story:
        story.writes("rita", "My notebook is lost")
        story.presses("ana", names.TAKE)
        story.lives(monday - clock.now() + HOUR / 6)
        clock.goes_back(HOUR / 2)
        story.lives(HOUR)

        handed = [event for event in story.events() if isinstance(event, se.ShiftHandedOver)]
        assert len(handed) == 1
