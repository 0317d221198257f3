"""The main job, end to end: on a calm day, and when everything outside misbehaves.

One seed each: what is read from a Slack that fails is tried again on real time, half a second later
at best, and the adapters' own tests and the kill harness hold the same laws at more moments.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    key_of,
)
from tests.scenarios.story_slack import StorySlack


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


@pytest.mark.parametrize("seed", [1])
def test_a_hostile_slack_and_github_change_nothing_but_the_hour(
    raise_story: Raise, seed: int
) -> None:
    with _hostile(raise_story, seed) as story:
        asked = story.writes("rita", OUTAGE)
        mentioned = story.human("rolf").mention_bot("#dune", "My notebook is lost, please help")
        story.lives(timedelta(minutes=12))
        _insists(story, "carl", names.ACKNOWLEDGE, lambda: story.ticket().state == "acknowledged")
        _sends(story, "carl", names.REPLY, "A minute, please.", "answered the reporter")
        _sends(story, "carl", names.RESOLVE, "It was a certificate.", "resolved it")
        story.lives(timedelta(days=3))

        assert story.tickets() == 2
        _check_the_outcome(story, asked)
        assert _replies(story, mentioned) == Counter(receipt=1)


@pytest.mark.parametrize("seed", [101])
def test_restarts_in_the_middle_of_it_lose_nothing_and_double_nothing(
    raise_story: Raise, seed: int
) -> None:
    dice = random.Random(seed)
    with _hostile(raise_story, seed) as story:
        asked = story.human("rita").say("#reef", OUTAGE)
        for role in dice.choices(list(story.stage.bot.steps), k=3):
            story.slack.wait_until(lambda: not story.slack.unacknowledged(), timeout=60)
            story.stage.bot.steps[role]()
            story.restart_after(timedelta(seconds=dice.choice([0, 1, 5, 40])))
        story.lives(timedelta(minutes=12))
        _insists(story, "carl", names.ACKNOWLEDGE, lambda: story.ticket().state == "acknowledged")
        story.restart_after(timedelta(seconds=1))
        _sends(story, "carl", names.REPLY, "A minute, please.", "answered the reporter")
        story.restart_after(timedelta(seconds=1))
        _sends(story, "carl", names.RESOLVE, "It was a certificate.", "resolved it")
        story.restart_after(timedelta(seconds=1))
        story.lives(timedelta(days=3))

        assert story.tickets() == 1
        _check_the_outcome(story, asked)


def _check_the_outcome(story: Story, asked: Message) -> None:
    """Whatever went wrong on the way, SUP-1 went as on a calm day."""
    assert story.ticket().state == "closed"
    assert story.root().text.startswith("P1 SUP-1 (closed)")
    assert [len(story.pages(who)) for who in ("ana", "carl", "dora")] == [1, 1, 0]
    assert _replies(story, asked) == Counter(receipt=1, acknowledged=1, answer=1, resolved=1)
    assert [issue.state for issue in story.issues()] == ["closed"]
    assert story.deliveries("dead") == []


@contextmanager
def _hostile(raise_story: Raise, seed: int) -> Iterator[Story]:
    """A desk between a Slack and a GitHub that do everything wrong that they may."""
    clock = VirtualClock(START)
    faults = replace(Faults.hostile(seed), history_lag=timedelta(seconds=1))
    github = LocalGitHub(now=clock.now)
    github.set_lag(search=timedelta(minutes=1), lists=timedelta(seconds=3))
    slack = StorySlack(clock, faults)
    with raise_story(slack=slack, github=github, clock=clock) as story:
        github.hostile(seed)
        yield story


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
