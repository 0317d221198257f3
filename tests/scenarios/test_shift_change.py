"""Monday 09:00: ana goes, ben comes, and ana still owns what is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from supportbot.adapters.slack import names
from supportbot.domain.ticket import shift_events as se
from supportbot.sandbox.slack import Message
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.scenarios.stories import START, Story, key_of

MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def posts(messages: list[Message]) -> list[str]:
    return [m.full_text for m in messages if key_of(m).startswith("handover.")]


def test_the_tickets_of_whoever_goes_are_listed_once_taken_kept_or_go_up_a_level(
    story: Story,
) -> None:
    requests = ("My notebook is lost", "I cannot see my files", "The disk is full")
    asked = [story.writes("rita", text) for text in requests]
    for number in (1, 2, 3):
        story.presses("ana", names.TAKE, number)
    story.answers("rita", "It is still lost", asked[0])
    story.lives(MONDAY - story.clock.now() + timedelta(minutes=1))

    (post,) = posts(story.slack.messages(TEAM_CHANNEL))
    assert all(reference in post for reference in ("SUP-1", "SUP-2", "SUP-3"))
    assert "Ana Sola goes, Ben Okoro comes" in post
    assert "It is still lost" in post
    assert "next word promised" in post
    assert posts(story.slack.dms(story.human("ben"))) == [post]
    assert "Ben Okoro to take it by" in story.root(1).full_text

    listed = next(
        m for m in story.slack.dms(story.human("ben")) if key_of(m).startswith("handover.")
    )
    assert story.human("ben").press(listed, names.of_ticket(names.TAKE, 1)).acked
    story.moment()
    story.presses("ana", names.KEEP, 2)
    story.restart_after(timedelta(minutes=10))
    story.lives(HOUR)

    assert [story.ticket(n).owner for n in (1, 2, 3)] == ["ben", "ana", None]
    assert any("did not take it over from Ana Sola" in line for line in story.team_thread(3))
    reached = [event for event in story.events(3) if isinstance(event, se.ShiftNotTaken)]
    assert [event.at - START for event in reached] == [MONDAY + HOUR - START]
    # It is second line's step that comes next, and nothing was said twice.
    assert any("Carl Lind" in line for line in story.team_thread(3)[-3:])
    assert len(posts(story.slack.messages(TEAM_CHANNEL))) == 1
