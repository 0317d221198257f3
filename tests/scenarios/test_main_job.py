"""The main job, end to end: on a calm day, and when everything outside misbehaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from supportbot.adapters.slack import names
from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.github import LocalGitHub
from supportbot.sandbox.slack import Faults, LocalSlack, Message, View
from tests.scenarios.conftest import Raise
from tests.scenarios.stories import (
    MAYBE_REPEATED,
    OUTAGE,
    START,
    Story,
    StorySlack,
    key_of,
)


def test_a_message_becomes_a_paged_escalated_acknowledged_answered_and_resolved_ticket(
    story: Story,
) -> None:
    asked = story.writes("rita", OUTAGE)
    story.lives(timedelta(minutes=12))
    story.presses("carl", names.ACKNOWLEDGE)
    story.fills("carl", names.REPLY, text="The login server is back in a minute.")
    story.fills("carl", names.RESOLVE, text="It was a certificate.")
    story.lives(timedelta(days=3))

    assert (story.tickets(), story.ticket().state) == (1, "closed")
    assert [len(story.pages(who)) for who in ("ana", "carl", "dora")] == [1, 1, 0]
    receipt, taken, answer, resolved = story.said_to(asked)
    assert "SUP-1" in receipt
    assert "Carl Lind" in taken
    assert answer == "The login server is back in a minute."
    assert resolved.startswith("It was a certificate.")
    assert [issue.state for issue in story.issues()] == ["closed"]
    assert story.deliveries("dead") == []


@pytest.mark.parametrize("seed", range(4))
def test_a_hostile_slack_and_github_change_nothing_but_the_hour(
    raise_story: Raise, seed: int
) -> None:
    clock = VirtualClock(START)
    github = LocalGitHub(now=clock.now)
    github.set_lag(search=timedelta(minutes=1), lists=timedelta(seconds=3))
    with raise_story(slack=_hostile(clock, seed), github=github, clock=clock) as story:
        github.hostile(seed)
        asked = story.writes("rita", OUTAGE)
        mentioned = story.human("rolf").mention_bot("#dune", "My notebook is lost, please help")
        story.lives(timedelta(minutes=12))
        _insists(story, "carl", names.ACKNOWLEDGE, lambda: story.ticket().state == "acknowledged")
        _sends(story, "carl", names.REPLY, "A minute, please.", "answered the reporter")
        _sends(story, "carl", names.RESOLVE, "It was a certificate.", "resolved it")
        story.lives(timedelta(days=3))

        assert (story.tickets(), story.ticket().state) == (2, "closed")
        assert [len(story.pages(who)) for who in ("ana", "carl", "dora")] == [1, 1, 0]
        assert _replies(story, asked) == Counter(receipt=1, acknowledged=1, answer=1, resolved=1)
        assert _replies(story, mentioned) == Counter(receipt=1)
        assert [issue.state for issue in story.issues()] == ["closed"]
        assert story.deliveries("dead") == []


def _hostile(clock: VirtualClock, seed: int) -> StorySlack:
    faults = replace(Faults.hostile(seed), history_lag=timedelta(seconds=1))
    return StorySlack(clock, faults, ack=1.0)


def _replies(story: Story, asked: Message) -> Counter[str]:
    """How often each kind of reply stands in the reporter's thread without saying it may repeat."""
    thread = story.slack.thread(asked.channel, asked.ts)
    ours = [m for m in thread if m.bot_id and MAYBE_REPEATED not in m.text]
    return Counter(key_of(message).rpartition(".")[2] for message in ours)


def _insists(story: Story, who: str, action: str, done: Callable[[], bool]) -> None:
    """Press until it is done: whoever sees Slack's warning looks, and presses again."""
    while not done():
        story.human(who).press(story.root(), action)
        story.moment()


def _sends(story: Story, who: str, action: str, text: str, noted: str) -> None:
    """Fill in a form and send it until the team's thread shows that it was taken."""
    while not any(noted in line for line in story.team_thread()):
        form = _opened(story, who, action)
        story.human(who).submit(form, {names.FIELD_TEXT: text})
        story.moment()


def _opened(story: Story, who: str, action: str) -> View:
    """The form that is open, still or now: Slack keeps one whose acknowledgement got lost."""
    human, slack = story.human(who), story.slack
    while True:
        if views := [view for view in slack.views(human) if view.callback_id == action]:
            return views[-1]
        tried = len(slack.calls("views.open"))
        human.press(story.root(), action)
        slack.wait_until(partial(_called_since, slack, tried), timeout=60)


def _called_since(slack: LocalSlack, tried: int) -> bool:
    return len(slack.calls("views.open")) > tried
