"""The bot goes down and comes back: nothing is lost, nothing is done twice, and it says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from supportbot.adapters.slack import names
from supportbot.domain.ticket import events as e
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.scenarios import stories
from tests.scenarios.conftest import Raise
from tests.scenarios.stories import OUTAGE, Story

HOUR = timedelta(hours=1)


def test_what_came_due_in_an_hour_of_downtime_happens_once_late_and_in_order(story: Story) -> None:
    story.writes("rita", OUTAGE)
    story.restart_after(HOUR)
    story.moment()

    reached = [event for event in story.events() if isinstance(event, e.Reached)]
    assert [event.people for event in reached] == [("ana",), ("carl",), ("dora",)]
    assert [event.late_by > 0 for event in reached] == [False, True, True]
    assert [len(story.pages(who)) for who in ("ana", "carl", "dora")] == [1, 1, 1]
    late = [line for line in story.team_thread() if "supportbot was away" in line]
    assert len(late) == 2
    reminded = [event for event in story.events() if isinstance(event, e.Reminded)]
    assert [event.kind for event in reminded] == ["first_answer"]


def test_a_restart_account_says_what_came_due_and_how_late_it_was(story: Story) -> None:
    story.writes("rita", OUTAGE)
    story.restart_after(HOUR)
    story.keeps_house()
    story.keeps_house()

    accounts = [said for said in story.said_in(TEAM_CHANNEL) if "was away" in said]
    assert len(accounts) == 1
    assert "2 timers came due meanwhile" in accounts[0]
    assert "SUP-1: escalate, done" in accounts[0]
    assert "SUP-1: first answer, done" in accounts[0]


def test_the_account_tells_of_pages_that_were_asked_again_and_of_chores(story: Story) -> None:
    story.moment()
    story.human("rita").say("#reef", OUTAGE)
    story.slack.wait_until(lambda: not story.slack.unacknowledged(), timeout=60)
    stage, now = story.stage, story.clock.now()
    while stage.bot.steps["intake"]().busy:
        pass
    # Killed with the page in hand: nobody can know whether it went out.
    claimed = stage.bot.store.write(lambda uow: uow.deliveries.claim(now, 50, HOUR / 60))
    assert [task.kind for task in claimed if ".page." in task.key] == ["slack.page"]
    story.restart_after(timedelta(days=2))
    story.moment()
    for _ in range(2):
        story.keeps_house()

    said = story.said_in(TEAM_CHANNEL)
    (account,) = [each for each in said if each.startswith("supportbot was away")]
    page, first, *_ = account.splitlines()[1:]
    assert page.startswith("• SUP-1: a page was being sent when it stopped, asked again 28")
    assert first.startswith("• SUP-1: escalate")
    assert any(line.startswith("• shift-change: due") for line in account.splitlines())
    assert len([key for key in story.pages("ana") if key == "SUP-1.2.page.ana"]) == 1


def test_a_restart_during_which_nothing_came_due_needs_no_account(story: Story) -> None:
    story.writes("rita", "My notebook is lost")
    story.restart_after(timedelta(minutes=5))
    story.keeps_house()

    assert not any("was away" in said for said in story.said_in(TEAM_CHANNEL))


def test_a_step_that_the_policy_drops_when_late_is_dropped(
    tmp_path: Path, raise_story: Raise
) -> None:
    severities = """\
severities:
  P1:
    means: several people cannot work
    escalate:
      - page: first-line
      - {page: second-line, after: 10 minutes, if_late: drop}
      - {page: manager, after: 20 minutes}
"""
    rules = "rules: [{rule: everything, then: {severity: P1}}]\n"
    folder = stories.playbooks(tmp_path, severities=severities)
    stories.edit(folder, "rules/10-rules.yaml", rules)
    with raise_story(folder) as story:
        story.writes("rita", OUTAGE)
        story.restart_after(HOUR)
        story.moment()

        assert [len(story.pages(who)) for who in ("ana", "carl", "dora")] == [1, 0, 1]
        assert any("Step 2 dropped" in line for line in story.team_thread())


def test_what_was_written_meanwhile_is_taken_in(story: Story) -> None:
    asked = story.writes("rita", OUTAGE)
    story.bot_stops()
    story.human("rita").say(asked.channel, "It is 40 people by now", asked.ts)
    other = story.human("rolf").say("#dune", "My notebook is lost")
    story.passes(HOUR)
    story.bot_starts()
    story.moment()

    assert story.tickets() == 2
    assert any("40 people" in line for line in story.team_thread(1))
    assert "SUP-2" in story.said_to(other)[0]


def test_what_was_decided_and_not_yet_sent_is_sent_after_the_restart(story: Story) -> None:
    asked = story.human("rita").say("#reef", OUTAGE)
    story.slack.wait_until(lambda: not story.slack.unacknowledged(), timeout=60)
    story.stage.bot.steps["intake"]()
    assert story.said_to(asked) == []
    story.restart_after(timedelta(minutes=1))
    story.moment()

    assert len(story.pages("ana")) == 1
    assert len(story.said_to(asked)) == 1
    assert len(story.issues()) == 1


def test_an_acknowledgement_outlives_the_restart(story: Story) -> None:
    story.writes("rita", OUTAGE)
    story.presses("ana", names.ACKNOWLEDGE)
    story.restart_after(HOUR)
    story.moment()

    assert story.ticket().state == "acknowledged"
    assert story.pages("carl") == []
