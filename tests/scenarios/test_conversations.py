"""What opens a ticket, what joins one, and what crosses between the reporter and the team."""

from __future__ import annotations

from datetime import timedelta

from supportbot.adapters.slack import names
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.scenarios.stories import OUTAGE, Story, key_of


def test_a_direct_message_opens_a_ticket_and_is_answered_there(story: Story) -> None:
    rita = story.human("rita")
    asked = rita.dm("My notebook is gone")
    story.moment()

    assert story.tickets() == 1
    assert story.ticket().reporter_person == "rita"
    assert "SUP-1" in story.said_to(asked)[0]


def test_a_mention_opens_one_ticket_wherever_it_is(story: Story) -> None:
    story.slack.channel("kitchen", list(story.scenery.people.values()))
    asked = story.human("rolf").mention_bot("#kitchen", "the hub is slow today")
    story.moment()

    assert story.tickets() == 1
    assert story.ticket().community == "dune"
    assert "SUP-1" in story.said_to(asked)[0]


def test_a_message_in_another_channel_opens_nothing_and_leaves_a_trace(story: Story) -> None:
    story.slack.channel("kitchen", list(story.scenery.people.values()))
    story.writes("rita", "Who took my mug?", "#kitchen")

    assert story.tickets() == 0
    assert story.outcomes() == ["ignored: #kitchen is no support channel"]
    assert story.said_in("#kitchen") == []


def test_what_the_team_says_among_itself_opens_nothing(story: Story) -> None:
    story.writes("ana", "Lunch?", TEAM_CHANNEL)
    story.writes("ana", "We moved the meeting", "#reef")

    assert story.tickets() == 0
    assert [outcome.partition(":")[0] for outcome in story.outcomes()] == ["ignored", "ignored"]


def test_a_reply_in_the_thread_joins_and_is_mirrored_to_the_team(story: Story) -> None:
    asked = story.writes("rita", OUTAGE)
    story.answers("rita", "It is 40 people by now", asked)
    story.answers("rolf", "Me too", asked)

    assert story.tickets() == 1
    mirrored = [line for line in story.team_thread() if "wrote" in line]
    assert ["40 people" in mirrored[0], "Me too" in mirrored[1]] == [True, True]


def test_edits_deletions_and_bots_are_ignored_with_a_trace(story: Story) -> None:
    asked = story.writes("rita", OUTAGE)
    story.human("rita").edit(asked, "Sorry, all is well")
    story.moment()
    other = story.writes("rita", "My notebook is lost")
    story.human("rita").delete(other)
    story.moment()

    assert story.tickets() == 2
    assert story.outcomes() == [
        "opened",
        "ignored: a message of subtype message_changed",
        "opened",
        "ignored: a message of subtype message_deleted",
    ]


def test_a_reply_after_resolution_reopens_and_pages_again(story: Story) -> None:
    asked = story.writes("rita", OUTAGE)
    story.fills("ana", names.RESOLVE, text="Fixed.")
    story.lives(timedelta(hours=1))
    assert [issue.state for issue in story.issues()] == ["closed"]

    story.answers("rita", "It is back, nobody gets in", asked)

    assert story.tickets() == 1
    assert story.ticket().state == "new"
    assert len(story.pages("ana")) == 2
    assert [issue.state for issue in story.issues()] == ["open"]
    assert any("reopened it" in line for line in story.team_thread())


def test_a_reply_long_after_the_end_opens_a_new_ticket_that_names_the_old(story: Story) -> None:
    asked = story.writes("rita", "My notebook is lost")
    story.fills("ana", names.RESOLVE, text="Found.")
    story.lives(timedelta(days=30))
    assert story.ticket().state == "closed"

    story.answers("rita", "Lost again", asked)

    assert [story.ticket(1).state, story.ticket(2).previous] == ["closed", 1]
    assert "SUP-2" in story.said_to(asked)[-1]


def test_a_message_of_the_team_to_the_reporter_is_the_first_answer_but_no_acknowledgement(
    story: Story,
) -> None:
    asked = story.writes("rita", OUTAGE)
    assert "first_answer" in story.timers()
    story.answers("ana", "We see it", asked)

    assert "first_answer" not in story.timers()
    assert story.ticket().state == "new"
    story.lives(timedelta(minutes=15))
    assert len(story.pages("carl")) == 1
    story.lives(timedelta(minutes=30))
    assert not any(line.startswith("⏰") for line in story.team_thread())


def test_without_an_answer_in_time_first_line_is_reminded(story: Story) -> None:
    story.writes("rita", OUTAGE)
    story.presses("ana", names.ACKNOWLEDGE)
    story.lives(timedelta(minutes=35))

    reminders = [line for line in story.team_thread() if line.startswith("⏰")]
    assert len(reminders) == 1
    assert "no answer yet" in reminders[0]


def test_what_the_team_writes_in_its_own_thread_never_reaches_the_reporter(story: Story) -> None:
    asked = story.writes("rita", OUTAGE)
    before = story.said_to(asked)
    story.human("ana").say(TEAM_CHANNEL, "The certificate of reef ran out", story.root().ts)
    story.human("ana").mention_bot(TEAM_CHANNEL, "did you see this?", story.root().ts)
    story.moment()

    assert story.tickets() == 1
    assert story.said_to(asked) == before
    outward = [m for m in story.bot_messages() if "certificate" in m.full_text]
    assert [key_of(message) for message in outward if message.channel == asked.channel] == []


def test_a_stranger_is_heard_as_well(story: Story) -> None:
    nils = story.slack.human("nils", email="nils@nowhere.example")
    asked = nils.say("#reef", OUTAGE)
    story.moment()

    assert (story.ticket().community, story.ticket().terms.key) == ("reef", "P1")
    assert "SUP-1" in story.said_to(asked)[0]
