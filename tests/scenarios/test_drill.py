"""The weekly drill: everybody's page is tried within their hours, and nothing else happens."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from supportbot.adapters.slack import names
from supportbot.application import drill, queries
from supportbot.application.figures import Figures, Totals
from supportbot.application.ticket_actions import act
from supportbot.domain.ticket import commands as c
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.scenarios import stories
from tests.scenarios.conftest import Raise
from tests.scenarios.stories import START, Story, key_of

MINUTES = timedelta(minutes=1)
ROTATIONS = """\
rotations:
  first-line: {people: [ana, ben], swap_every: 1 week, hand_off: Monday 09:00 UTC}
  second-line: {people: carl}
drills: {weekly: Tuesday 15:00 UTC, answer_within: 20 minutes}
"""


def harbour(tmp_path: Path) -> Path:
    """ben works at night, carl has no account; ana may be called at any hour."""
    folder = stories.playbooks(tmp_path, rotations=ROTATIONS)
    people = (folder / "people.yaml").read_text()
    people = people.replace(
        "{name: Ben Okoro,", "{name: Ben Okoro, hours: Mon-Fri 20:00-23:00 UTC,"
    )
    people = people.replace("slack: U0CARL0000, ", "").replace(", mail: carl@harbour.example", "")
    stories.edit(folder, "people.yaml", people)
    return folder


def figures(story: Story) -> tuple[Figures, Totals]:
    now = story.clock.now()
    return story.stage.bot.store.read(
        lambda uow: (uow.figures.figures(now), uow.figures.totals(now))
    )


def drills_said(story: Story) -> list[str]:
    return [said for said in story.said_in(TEAM_CHANNEL) if said.startswith("Drill:")]


def test_each_is_paged_in_their_hours_and_who_cannot_be_reached_is_named(
    tmp_path: Path, raise_story: Raise
) -> None:
    with raise_story(harbour(tmp_path)) as story:
        story.lives(56 * MINUTES)
        assert [len(story.pages(who)) for who in ("ana", "ben")] == [1, 0]
        (page,) = story.slack.dms(story.human("ana"))
        assert "This is a drill: press Acknowledge" in page.full_text
        assert story.human("ana").press(page, names.ACKNOWLEDGE).acked
        story.lives(30 * MINUTES)

        (said,) = drills_said(story)
        assert said.startswith("Drill: 1 of 2 acknowledged their page.")
        assert "Carl Lind could not be reached: nobody in Slack is known" in said
        story.restart_after(timedelta(hours=4))
        story.lives(timedelta(hours=2))
        assert [START + at for at in story.paged_at("ben")] == [START.replace(hour=20, minute=0)]
        (head, named) = drills_said(story)[1].splitlines()
        assert head == "Drill: 0 of 1 acknowledged their page."
        assert named == "• Ben Okoro could not be reached: nobody acknowledged it"
        # A week later, and not before, it is tried again.
        story.lives(timedelta(days=6))
        assert len(story.pages("ana")) == 1
        story.lives(timedelta(days=1))
        assert len(story.pages("ana")) == 2


def test_a_drill_is_nobodys_ticket_and_in_no_figure(tmp_path: Path, raise_story: Raise) -> None:
    with raise_story(harbour(tmp_path)) as story:
        context = story.stage.bot.context
        before = figures(story)
        (begun,) = drill.start_now(context, "ana")
        story.moment()

        assert (begun.ticket, begun.outcome) == ("SUP-1", "running")
        refused = act(context, 1, c.Take(by="ana"))
        assert isinstance(refused, c.Refused)
        assert "who acknowledges it" in refused.reason
        assert isinstance(act(context, 1, c.Acknowledge(by="carl")), c.Refused)
        assert queries.listing(context) == []
        assert not isinstance(act(context, 1, c.Acknowledge(by="ana")), c.Refused)
        story.lives(40 * MINUTES)

        assert [one.outcome for one in drill.results(context)] == ["acknowledged"]
        after = figures(story)
        assert after[0].tickets == before[0].tickets == {}
        assert after[0].deliveries == before[0].deliveries
        assert (after[1].closed, after[1].acknowledged, after[1].fired.count) == ({}, {}, 0)
        assert (story.timers(), story.roots(), story.issues()) == ({}, [], [])
        assert [key_of(m) for m in story.bot_messages() if ".page." in key_of(m)] == [
            "SUP-1.2.page.ana"
        ]
