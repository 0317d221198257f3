"""Slack or GitHub is down: work waits, pages find another way, and nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from supportbot.adapters.slack import names
from supportbot.application.ticket_actions import Done, act
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.sandbox.github.faults import How
from supportbot.sandbox.slack import DROP_REPLY, UNAVAILABLE, refused
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.scenarios.conftest import Raise
from tests.scenarios.stories import MAYBE_REPEATED, OUTAGE, Story, key_of

HOUR = timedelta(hours=1)


@pytest.fixture
def story(raise_story: Raise) -> Iterator[Story]:
    with raise_story() as told:
        yield told


def knows_everybody(story: Story) -> None:
    """Names that the bot looked up once it need not ask Slack for during an outage."""
    story.writes("rita", "hello")
    story.fills("ana", names.RESOLVE, text="")


def test_while_slack_is_down_pages_die_soon_and_the_policy_and_the_issue_go_on(
    story: Story,
) -> None:
    knows_everybody(story)
    asked = story.human("rita").say("#reef", OUTAGE)
    story.slack.goes_down()
    story.lives(HOUR)

    failed = [event for event in story.events(2) if isinstance(event, e.PageFailed)]
    assert [event.person for event in failed[:3]] == ["ana", "carl", "dora"]
    patience = timedelta(minutes=10)
    assert failed[2].at - story.ticket(2).opened_at < patience
    assert sum(isinstance(event, e.PolicyRestarted) for event in story.events(2)) >= 2
    assert len(story.issues()) == 1
    assert story.said_to(asked) == []


def test_when_slack_is_back_everything_that_waited_arrives_once_and_in_order(story: Story) -> None:
    knows_everybody(story)
    asked = story.human("rita").say("#reef", OUTAGE)
    story.slack.goes_down()
    story.lives(HOUR)
    story.slack.comes_back()
    story.lives(timedelta(minutes=10))

    assert ["SUP-2" in said for said in story.said_to(asked)] == [True]
    thread = [key_of(m) for m in story.slack.thread(story.root(2).channel, story.root(2).ts)]
    assert thread == sorted(thread, key=lambda key: int(key.split(".")[1]))
    assert len(set(thread)) == len(thread)
    alive = [row.kind for row in story.deliveries("waiting") if row.ticket == 2]
    assert alive == []
    assert {row.kind for row in story.deliveries("dead")} == {"slack.page"}
    story.lives(timedelta(minutes=15))
    assert any(key.startswith("SUP-2.") for key in story.pages("ana"))
    story.presses("ana", names.ACKNOWLEDGE, 2)
    assert story.ticket(2).state == "acknowledged"


def test_nobody_is_called_by_what_waited_until_its_ticket_was_resolved(story: Story) -> None:
    knows_everybody(story)
    asked = story.human("rita").say("#reef", OUTAGE)
    story.slack.goes_down()
    story.lives(timedelta(minutes=1))
    assert isinstance(act(story.stage.bot.context, 2, c.Resolve(by="ana", text="Mended.")), Done)
    story.slack.comes_back()
    story.lives(timedelta(minutes=10))

    called = {row.kind: row.error for row in story.deliveries("dropped") if row.ticket == 2}
    assert called == dict.fromkeys(("slack.page", "slack.mention"), "SUP-2 is resolved")
    assert not any(key.startswith("SUP-2.") for key in story.pages("ana"))
    assert "Mended." in story.said_to(asked)[-1]


def test_while_github_is_down_the_desk_goes_on_and_the_issue_comes_later_once(
    story: Story,
) -> None:
    github = story.scenery.github
    for method in ("GET", "POST", "PATCH"):
        for _ in range(200):
            github.fail_next(method, "/", How.UNAVAILABLE_BEFORE)
    asked = story.writes("rita", OUTAGE)
    story.lives(timedelta(minutes=12))
    story.presses("carl", names.ACKNOWLEDGE)
    story.fills("carl", names.RESOLVE, text="Done")
    assert story.issues() == []
    assert story.said_to(asked)[-1].startswith("Done")

    github.calm()
    story.lives(HOUR)

    assert [(issue.state, len(issue.comments)) for issue in story.issues()] == [("closed", 2)]
    assert "github.com" not in "".join(story.said_to(asked))


def test_an_issue_whose_answer_was_lost_is_found_again_and_not_made_twice(story: Story) -> None:
    github = story.scenery.github
    github.set_lag(lists=timedelta(seconds=3))
    issues = "/repos/openfield/incidents/issues"
    for how in (How.BAD_GATEWAY_AFTER, How.DROPPED_AFTER):
        github.fail_next("POST", issues, how)
    story.writes("rita", OUTAGE)
    story.lives(timedelta(minutes=12))

    assert [len(issue.comments) for issue in story.issues()] == [1]


def test_a_page_that_may_have_arrived_is_repeated_visibly_where_nobody_can_look(
    raise_story: Raise,
) -> None:
    with raise_story() as story:
        ana = story.human("ana")
        story.slack.fail_next("chat.postMessage", DROP_REPLY, channel=ana.id)
        story.slack.fail_next("conversations.history", refused("missing_scope"))
        story.writes("rita", OUTAGE)

        first, second = story.slack.dms(ana)
        assert key_of(first) == key_of(second)
        assert [MAYBE_REPEATED in page.full_text for page in (first, second)] == [False, True]


def test_a_person_whom_slack_does_not_know_is_passed_over_and_the_next_is_paged(
    story: Story,
) -> None:
    story.slack.fail_next(
        "chat.postMessage", refused("user_not_found"), channel=story.human("ana").id
    )
    story.writes("rita", OUTAGE)

    assert story.pages("ana") == []
    assert len(story.pages("carl")) == 1
    assert any("The page to Ana Sola did not get through" in line for line in story.team_thread())


def test_what_a_newcomer_writes_during_an_outage_waits_for_slack_to_tell_who_they_are(
    story: Story,
) -> None:
    story.slack.goes_down()
    asked = story.human("rolf").say("#dune", "We cannot log in")
    story.lives(HOUR)
    assert story.tickets() == 0
    story.slack.comes_back()
    story.lives(timedelta(minutes=10))

    assert story.ticket().community == "dune"
    assert "SUP-1" in story.said_to(asked)[0]


def test_the_issue_waits_a_moment_for_the_teams_message_to_which_it_links(story: Story) -> None:
    story.slack.fail_next("chat.postMessage", UNAVAILABLE, channel=_team(story))
    story.writes("rita", OUTAGE)

    body = story.issues()[0].body or ""
    assert story.root().ts.replace(".", "") in body


def _team(story: Story) -> str:
    """The id of the team's channel."""
    return story.human("ana").say(TEAM_CHANNEL, "good morning").channel
