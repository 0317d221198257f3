"""First line's time, waiting and the lapse, as people meet them in Slack."""

from __future__ import annotations

from datetime import timedelta

from supportbot.adapters.slack import names
from supportbot.domain.ticket import events as e
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.scenarios.stories import OUTAGE, Story


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def pressed(story: Story, who: str, action: str) -> None:
    """The newest button of this kind, in the ticket's message or under it."""
    messages = story.slack.thread(TEAM_CHANNEL, story.root().ts)
    found = next(m for m in reversed(messages) if action in str(m.blocks))
    assert story.human(who).press(found, action).acked
    story.moment()


def test_first_line_is_asked_takes_more_time_and_then_it_goes_to_second_line(
    story: Story,
) -> None:
    story.writes("rita", "Everything is slow, https://hub.reef.example is crawling since 9")
    story.presses("ana", names.TAKE)
    assert "First line’s time" in story.root().full_text
    story.lives(minutes(26))
    assert any("nearly over" in line for line in story.team_thread())
    pressed(story, "ana", names.EXTEND)
    assert "Ana Sola takes more time: 45 minutes in all." in story.team_thread()
    story.lives(minutes(20))

    ticket = story.ticket()
    assert (ticket.line, ticket.first_owner) == ("second", "ana")
    (handed,) = [event for event in story.events() if isinstance(event, e.HandedOver)]
    assert handed.by is None
    assert len(story.pages("carl")) == 1
    (packet,) = [line for line in story.team_thread() if "for second line" in line]
    assert "Missing: " in packet
    assert "the reporter: Everything is slow" in packet
    assert "Decided by: the rule" in packet
    (issue,) = story.issues()
    assert "crawling" not in issue.title + (issue.body or "")


def test_a_wait_is_seen_chased_and_ended_by_the_reporter(story: Story) -> None:
    asked = story.writes("rita", OUTAGE)
    story.presses("ana", names.TAKE)
    story.fills("ana", names.WAIT, party="third party", third_party="the <cloud>")
    assert "waiting for the &lt;cloud&gt;" in story.root().full_text
    pressed(story, "ana", names.GO_ON)
    assert story.ticket().state == "acknowledged"

    story.fills("ana", names.WAIT, party="reporter", chase="1")
    assert set(story.timers()) == {"first_answer", "chase"}
    story.lives(timedelta(hours=25))
    assert "We still wait for your answer" in story.said_to(asked)[-1]
    story.answers("rita", "Sorry, it is the second hub", under=asked)
    assert (story.ticket().state, story.ticket().waiting_for) == ("acknowledged", None)
    assert any("they wrote" in line for line in story.team_thread())


def test_an_acknowledgement_lapses_and_still_on_it_keeps_it(story: Story) -> None:
    story.writes("rita", OUTAGE)
    story.presses("ana", names.TAKE)
    story.lives(minutes(181))
    pressed(story, "ana", names.STILL)
    assert "Ana Sola is still on it." in story.team_thread()
    story.lives(minutes(211))
    assert story.ticket().lapsed_at is not None
    assert "acknowledgement lapsed" in story.root().full_text
    assert len(story.pages("carl")) == 1
