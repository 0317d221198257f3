"""Two processes share one Postgres: what either hears is done once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from supportbot.adapters.db.migrate import upgrade
from supportbot.adapters.slack import names
from supportbot.sandbox.stage import Stage, open_play
from tests.scenarios import stories
from tests.scenarios.stories import OUTAGE, Story

FreshDatabase = Callable[[Callable[[str], None]], str]


def test_two_bots_on_one_database_do_everything_once(
    tmp_path: Path, postgres_database: FreshDatabase
) -> None:
    url = postgres_database(upgrade)
    with stories.raised(tmp_path, stories.playbooks(tmp_path), url) as story, ExitStack() as other:
        second = other.enter_context(open_play(story.scenery))
        story.slack.wait_until(lambda: len(story.slack.connections()) == 4, timeout=60)
        asked = story.writes("rita", OUTAGE)
        story.human("rolf").say("#dune", "We cannot log in")
        _both_live(story, second, timedelta(minutes=12))
        story.presses("carl", names.ACKNOWLEDGE)
        _both_live(story, second, timedelta(minutes=20))

        assert story.tickets() == 2
        assert sorted(key.split(".")[0] for key in story.pages("carl")) == ["SUP-1", "SUP-2"]
        assert len(story.pages("ana")) == len(story.issues()) == 2
        assert len(story.said_to(asked)) == 2
        assert stories.repeated_unmarked(story) == []
        stories.check_explanations(story)


def test_a_bot_that_starts_beside_another_takes_nothing_out_of_its_hands(
    tmp_path: Path, postgres_database: FreshDatabase
) -> None:
    url = postgres_database(upgrade)
    with stories.raised(tmp_path, stories.playbooks(tmp_path), url) as story:
        asked = story.human("rita").say("#reef", OUTAGE)
        story.slack.wait_until(lambda: not story.slack.unacknowledged(), timeout=60)
        now, lease = story.clock.now(), timedelta(minutes=2)
        # The first is in the middle of reading it …
        claimed = story.stage.bot.store.write(lambda uow: uow.inbox.claim(now, 10, lease))
        assert len(claimed) == 1
        with open_play(story.scenery) as second:
            second.driver.settle()
            assert story.tickets() == 0
            # … and if it dies, the lease runs out.
            second.driver.run_for(timedelta(minutes=3))
            assert story.tickets() == 1
            assert len(story.said_to(asked)) == 1


def _both_live(story: Story, second: Stage, span: timedelta) -> None:
    """Both work through the same time, taking turns every few seconds of it."""
    end = story.clock.now() + span
    story.slack.wait_until(lambda: not story.slack.unacknowledged(), timeout=60)
    while story.clock.now() < end:
        second.driver.settle()
        story.stage.driver.run_for(timedelta(seconds=1))
        due = second.driver.next_due()
        story.clock.move_to(max(story.clock.now(), min(due or end, end)))
