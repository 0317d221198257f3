"""Every button: what it does to the ticket, to the messages and to the clocks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from supportbot.adapters.slack import names
from supportbot.domain.ticket import events as e
from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.slack import Faults
from tests.scenarios.conftest import Raise
from tests.scenarios.stories import OUTAGE, START, Story, key_of
from tests.scenarios.story_slack import StorySlack


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.fixture
def outage(story: Story) -> Story:
    """A P1 that has just paged first line."""
    story.writes("rita", OUTAGE)
    return story


def test_acknowledge_stops_the_policy_and_tells_everybody(outage: Story) -> None:
    assert "escalate" in outage.timers()
    outage.presses("ana", names.ACKNOWLEDGE)

    assert "acknowledged by Ana Sola" in outage.root().full_text
    assert "Ana Sola acknowledged it." in outage.team_thread()
    assert set(outage.timers()) == {"first_answer", "next_update", "remind_acknowledged"}
    assert outage.ticket().first_owner == "ana"
    outage.lives(timedelta(hours=1))
    assert outage.pages("carl") == []


def test_the_page_itself_can_be_acknowledged(outage: Story) -> None:
    ana = outage.human("ana")
    page = outage.slack.dms(ana)[-1]
    assert ana.press(page, names.ACKNOWLEDGE).acked

    assert outage.whispered("ana") == ["Acknowledge: SUP-1, done."]
    outage.moment()
    assert "acknowledged by Ana Sola" in outage.root().full_text


def test_take_makes_one_the_owner_of_ones_line(outage: Story) -> None:
    outage.presses("carl", names.TAKE)

    ticket = outage.ticket()
    assert (ticket.state, ticket.first_owner, ticket.second_owner) == ("acknowledged", None, "carl")
    assert "Carl Lind took it (second line)." in outage.team_thread()
    assert "escalate" not in outage.timers()


def test_the_slower_of_two_who_take_it_hears_who_was_first_and_when(outage: Story) -> None:
    seen = outage.root()
    assert outage.human("ana").press(seen, names.TAKE).acked
    outage.passes(timedelta(seconds=4))
    assert outage.human("ben").press(seen, names.TAKE).acked

    assert outage.whispered("ben") == ["SUP-1 was taken by Ana Sola 4 s ago."]
    outage.moment()
    assert outage.ticket().first_owner == "ana"
    assert [line for line in outage.team_thread() if "took it" in line] == [
        "Ana Sola took it (first line)."
    ]


def test_let_go_starts_the_policy_at_its_first_step(outage: Story) -> None:
    outage.presses("ana", names.TAKE)
    outage.lives(minutes(30))
    outage.presses("ana", names.LET_GO)

    assert (outage.ticket().state, outage.ticket().first_owner) == ("new", None)
    assert len(outage.pages("ana")) == 2
    outage.lives(minutes(11))
    assert len(outage.pages("carl")) == 1


def test_hand_over_calls_second_line_at_once_and_first_line_stays_the_voice(outage: Story) -> None:
    asked = outage.slack.messages("#reef")[0]
    outage.presses("ana", names.TAKE)
    outage.fills("ana", names.HAND_OVER, note="I restarted the hub twice")

    ticket = outage.ticket()
    assert (ticket.line, ticket.state, ticket.first_owner) == ("second", "new", "ana")
    assert len(outage.pages("carl")) == 1
    handed = [line for line in outage.team_thread() if "handed it over" in line]
    assert handed == ["Ana Sola handed it over to second line: I restarted the hub twice"]
    assert "Ana Sola" in outage.said_to(asked)[-1]
    assert "restarted" not in "".join(outage.said_to(asked))
    assert "escalate" in outage.timers()


def test_escalate_now_does_the_next_step_and_the_owner_stays(outage: Story) -> None:
    outage.presses("ana", names.TAKE)
    outage.presses("ana", names.ESCALATE)

    assert len(outage.pages("carl")) == 1
    assert (outage.ticket().first_owner, outage.ticket().state) == ("ana", "acknowledged")
    assert any("asked for by Ana Sola" in line for line in outage.team_thread())


def test_a_raised_severity_pages_again_even_when_acknowledged(story: Story) -> None:
    story.writes("rita", "Everything is slow")
    story.presses("ana", names.TAKE)
    story.lives(minutes(10))
    story.fills("ana", names.SEVERITY, severity="P1", reason="nobody can work")

    assert "Ana Sola raised it to P1: nobody can work" in story.team_thread()
    assert (story.ticket().state, story.ticket().terms.key) == ("new", "P1")
    assert len(story.pages("ana")) == 2
    assert "timebox_ask" not in story.timers()
    assert len(story.issues()) == 1
    story.lives(minutes(11))
    assert len(story.pages("carl")) == 1


def test_a_lowered_severity_pages_nobody_once_it_is_acknowledged(outage: Story) -> None:
    outage.presses("ana", names.TAKE)
    outage.fills("ana", names.SEVERITY, severity="P3", reason="it is one laptop")

    assert "Ana Sola lowered it to P3: it is one laptop" in outage.team_thread()
    assert outage.ticket().state == "acknowledged"
    assert len(outage.pages("ana")) == 1
    assert set(outage.timers()) == {"first_answer", "remind_acknowledged"}


def test_a_severity_that_is_the_present_one_is_refused_under_its_field(outage: Story) -> None:
    errors = outage.fills("ana", names.SEVERITY, severity="P1", reason="to be sure")
    assert errors == {names.FIELD_SEVERITY: "SUP-1 is P1 already."}


def test_an_answer_reaches_the_reporter_and_promises_the_next_word(outage: Story) -> None:
    asked = outage.slack.messages("#reef")[0]
    outage.fills("ana", names.REPLY, text="A new certificate is on its way")

    assert outage.said_to(asked)[1:] == ["A new certificate is on its way"]
    assert outage.ticket().state == "acknowledged"
    assert "first_answer" not in outage.timers()
    due = outage.ticket().next_word_at
    assert due is not None
    assert timedelta(0) <= due - START - timedelta(hours=2) < timedelta(minutes=5)
    outage.lives(timedelta(hours=2, minutes=5))
    assert any("next word to the reporter" in line for line in outage.team_thread())


def test_an_answer_that_is_sent_again_after_a_lost_acknowledgement_reaches_the_reporter_once(
    raise_story: Raise,
) -> None:
    clock = VirtualClock(START)
    slack = StorySlack(clock, Faults(drop_ack=1.0))
    with raise_story(slack=slack, clock=clock) as story:
        asked, ana = story.writes("rita", OUTAGE), story.human("ana")
        ana.press(story.root(), names.REPLY)
        form = slack.wait_until(lambda: slack.views(ana), timeout=60)[0]
        for _ in range(2):
            assert not ana.submit(form, {names.FIELD_TEXT: "We are on it"}).acked
            story.moment()

        assert story.said_to(asked)[1:] == ["We are on it"]


def test_why_shows_the_rule_that_decided_and_why_the_others_did_not(outage: Story) -> None:
    shown = outage.opens("ana", names.WHY).full_text

    assert "nobody can log in" in shown
    assert "First line: ana" in shown


def test_resolve_cancels_every_timer_but_the_silence_and_tells_the_reporter(outage: Story) -> None:
    asked = outage.slack.messages("#reef")[0]
    outage.fills("ana", names.RESOLVE, text="A new certificate is in place")

    assert set(outage.timers()) == {"close"}
    assert outage.said_to(asked)[-1].startswith("A new certificate is in place")
    assert [(issue.state, issue.state_reason) for issue in outage.issues()] == [
        ("closed", "completed")
    ]
    outage.lives(timedelta(days=3))
    assert outage.ticket().state == "closed"
    assert len(outage.pages("ana")) == 1


def test_reopen_starts_over(outage: Story) -> None:
    outage.fills("ana", names.RESOLVE, text="Done")
    outage.presses("carl", names.REOPEN)

    assert outage.ticket().state == "new"
    assert len(outage.pages("ana")) == 2
    assert "Carl Lind reopened it." in outage.team_thread()
    assert [issue.state for issue in outage.issues()] == ["open"]
    assert "close" not in outage.timers()


def test_a_representatives_clicks_are_refused_with_a_reason_only_they_see(outage: Story) -> None:
    version = outage.ticket().version
    pressed = [names.ACKNOWLEDGE, names.TAKE, names.ESCALATE, names.REPLY, names.RESOLVE, names.WHY]
    for action in pressed:
        assert outage.human("rita").press(outage.root(), action).acked

    refusals = outage.whispered("rita", len(pressed))
    assert all("Rita Vance is in no rotation and no role" in refusal for refusal in refusals)
    outage.moment()
    assert outage.ticket().version == version
    assert not outage.slack.views(outage.human("rita"))


def test_somebody_the_playbooks_do_not_know_is_told_how_to_get_in(outage: Story) -> None:
    nils = outage.slack.human("nils")
    nils.say("#support-desk", "hello")
    outage.hears()
    assert nils.press(outage.root(), names.TAKE).acked

    shown = outage.slack.wait_until(lambda: outage.slack.ephemerals(nils), timeout=60)
    assert f"slack: {nils.id}" in shown[0].text
    assert not any(isinstance(event, e.Taken) for event in outage.events())


def test_a_second_acknowledgement_hears_of_the_first(outage: Story) -> None:
    seen = outage.root()
    outage.human("carl").press(seen, names.ACKNOWLEDGE)
    outage.passes(minutes(3))
    outage.human("ana").press(seen, names.ACKNOWLEDGE)

    assert outage.whispered("ana") == ["SUP-1 was acknowledged by Carl Lind 3 min ago."]
    outage.moment()
    assert key_of(outage.root()).startswith("SUP-1.")


def test_who_has_it_lets_it_rest_and_is_reminded_when_it_has_rested(outage: Story) -> None:
    outage.presses("ana", names.ACKNOWLEDGE)
    errors = outage.fills("ana", names.SNOOZE, until="soon")
    assert "is no time" in errors[names.FIELD_UNTIL]
    outage.fills("ana", names.SNOOZE, until="2026-11-24T20:00Z")
    assert "remind_acknowledged" not in outage.timers()
    assert "Rests until" in outage.root().full_text
    outage.lives(START + timedelta(hours=6) - outage.clock.now())
    assert any("It has rested: please go on." in said for said in outage.team_thread())
    assert "Rests until" not in outage.root().full_text
