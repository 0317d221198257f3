"""A known problem is said to the reporter and to the team, counted, and gets an issue in time."""

from __future__ import annotations

from supportbot.application.known_problems import counts
from tests.scenarios import stories
from tests.scenarios.conftest import Raise
from tests.scenarios.stories import Story

PROBLEMS = """\
known_problems:
  loop:
    title: An old cookie <sends> people in a circle
    when: {text: redirect loop}
    workaround: delete the cookies of the hub
    open_issue: {times: 3, within: 7 days}
"""


def test_so_many_tickets_of_a_known_problem_in_a_week_open_one_issue_that_tells_no_secrets(
    story: Story,
) -> None:
    stories.edit(story.policy, "known_problems.yaml", PROBLEMS)
    story.keeps_house()
    start = story.clock.now()
    asked = [story.writes("rita", f"redirect loop, my token is 1234{n}") for n in range(5)]

    assert any("delete the cookies of the hub" in said for said in story.said_to(asked[0]))
    assert "An old cookie &lt;sends&gt; people in a circle" in story.root(1).full_text
    assert counts(story.stage.bot.context, start) == {"loop": 5}
    (issue,) = [one for one in story.issues() if one.title.startswith("An old cookie")]
    assert "3 tickets within 7 days look like this known problem." in (issue.body or "")
    assert "delete the cookies of the hub" in (issue.body or "")
    assert "token" not in (issue.body or "")


def test_an_issue_of_a_known_problem_that_cannot_be_opened_is_told_to_the_team(
    raise_story: Raise,
) -> None:
    with raise_story() as story:
        stories.edit(story.policy, "known_problems.yaml", PROBLEMS)
        story.keeps_house()
        token = story.scenery.settings.github.token
        assert token is not None
        story.scenery.github.revoke_token(token.get_secret_value())
        for _ in range(3):
            story.writes("rita", "redirect loop")
        story.moment()
        told = [said for said in story.said_in("#support-desk") if "known problem" in said]
        assert len(told) == 1
        assert "could not be sent" in told[0]
