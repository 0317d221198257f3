"""What was said while nobody heard, `/support`, and a word under a page or a receipt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from supportbot.domain.ticket import events as e
from supportbot.sandbox.clock import VirtualClock
from tests.scenarios import stories
from tests.scenarios.stories import OUTAGE, START, Story
from tests.scenarios.story_slack import StorySlack

HOUR = timedelta(hours=1)


@pytest.fixture
def story(tmp_path: Path, database: str) -> Iterator[Story]:
    """A Slack that gives events up, as the real one does after its third try."""
    clock = VirtualClock(START)
    slack = StorySlack(clock, forgets=True)
    with stories.raised(
        tmp_path, stories.playbooks(tmp_path), database, slack=slack, clock=clock
    ) as told:
        yield told
        stories.check_explanations(told)
        assert stories.repeated_unmarked(told) == []


def starts_again(story: Story) -> None:
    """Once Slack has given up telling what happened meanwhile."""
    story.slack.wait_until(lambda: not story.slack.unacknowledged(), timeout=60)
    story.bot_starts()
    story.hears()


def test_what_was_said_while_the_bot_was_down_is_read_up_once_and_in_order(story: Story) -> None:
    asked = story.writes("rita", OUTAGE)
    story.lives(timedelta(minutes=2))
    story.bot_stops()
    story.passes(timedelta(minutes=10))
    story.human("rita").say("#reef", "It is 40 people", asked.ts)
    story.human("rolf").say("#dune", "Our disk is full")
    story.human("rolf").dm("And my notebook is gone")
    story.passes(HOUR)
    starts_again(story)
    story.moment()

    assert story.tickets() == 3
    heard = [event.text for event in story.events() if isinstance(event, e.Heard)]
    assert heard == ["It is 40 people"]
    assert [story.ticket(n).title for n in (2, 3)] == [
        "Our disk is full",
        "And my notebook is gone",
    ]
    story.restart_after(HOUR)
    story.moment()
    assert story.tickets() == 3


def test_the_first_start_reads_up_nothing_of_what_was_before(story: Story) -> None:
    story.bot_stops()
    story.sql("DELETE FROM marks")
    story.human("rita").say("#reef", "Long ago, without supportbot")
    starts_again(story)
    assert story.tickets() == 0


def test_a_reading_up_that_slack_refuses_is_tried_again(story: Story) -> None:
    story.lives(timedelta(minutes=2))
    story.bot_stops()
    story.human("rita").say("#reef", OUTAGE)
    story.passes(HOUR)
    story.slack.goes_down()
    starts_again(story)
    assert story.tickets() == 0
    story.slack.comes_back()
    story.lives(timedelta(minutes=5))
    assert story.tickets() == 1


def test_the_command_opens_a_ticket_and_its_thread_goes_on_in_the_receipt(story: Story) -> None:
    rita = story.human("rita")
    assert rita.slash("/support", OUTAGE).acked
    story.moment()
    assert (story.tickets(), story.ticket().reporter_person) == (1, "rita")
    (receipt,) = [m for m in story.slack.dms(rita) if "SUP-1" in m.full_text]
    story.answers("rita", "It is 40 people", receipt)
    assert story.tickets() == 1
    assert any("40 people" in line for line in story.team_thread())


def test_a_word_under_a_page_is_the_team_s_and_no_answer_to_the_reporter(story: Story) -> None:
    asked = story.writes("rita", OUTAGE)
    said = len(story.said_to(asked))
    (page,) = story.slack.dms(story.human("ana"))
    story.answers("ana", "On my way", page)
    assert story.tickets() == 1
    assert any("On my way" in line for line in story.team_thread())
    assert len(story.said_to(asked)) == said
    assert story.ticket().first_answer_at is None
    assert "first_answer" in story.timers()
    assert story.ticket().opened_at == START


def test_an_answer_under_a_receipt_is_read_up_too(story: Story) -> None:
    rita = story.human("rita")
    assert rita.slash("/support", OUTAGE).acked
    story.lives(timedelta(minutes=2))
    (receipt,) = [m for m in story.slack.dms(rita) if "SUP-1" in m.full_text]
    story.bot_stops()
    story.passes(timedelta(minutes=10))
    rita.say(receipt.channel, "It is 40 people", receipt.ts)
    story.passes(HOUR)
    starts_again(story)
    story.moment()
    heard = [event.text for event in story.events() if isinstance(event, e.Heard)]
    assert heard == ["It is 40 people"]


def test_what_could_not_be_kept_is_read_up_once_the_database_is_back(
    tmp_path: Path, sqlite: str
) -> None:
    clock = VirtualClock(START)
    impatient = StorySlack(clock, ack=0.5, forgets=True)
    policy = stories.playbooks(tmp_path)
    with stories.raised(tmp_path, policy, sqlite, slack=impatient, clock=clock) as story:
        story.lives(timedelta(minutes=2))
        story.sql("ALTER TABLE inbox RENAME TO away")
        story.human("rita").say("#reef", OUTAGE)
        story.slack.wait_until(lambda: not story.slack.unacknowledged(), timeout=60)
        assert story.sql("SELECT count(*) FROM away") == [(0,)]
        story.sql("ALTER TABLE away RENAME TO inbox")
        story.lives(timedelta(minutes=5))
        assert story.tickets() == 1
