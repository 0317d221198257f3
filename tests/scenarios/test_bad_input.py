"""What bad input gets: a trace, a word to the team, a way back; never silence or a standstill."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from supportbot.adapters.slack import names
from supportbot.application import announce
from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.slack import Message
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.scenarios import stories
from tests.scenarios.conftest import Raise
from tests.scenarios.stories import OUTAGE, START, Story
from tests.scenarios.story_slack import StorySlack

MINUTE = timedelta(minutes=1)
OTHER_POLICY = """\
severities:
  P1: {means: several people cannot work, escalate: [page: manager]}
  P2: {means: a part is broken, escalate: [page: manager]}
  P3: {means: one person is stuck, escalate: [notify: manager]}
"""


def test_a_faulty_edit_is_told_to_the_team_and_changes_nothing(story: Story) -> None:
    version = story.stage.bot.context.shelf.current.version
    stories.edit(story.policy, "severities.yaml", "severities:\n  P1: {means: bad, escalete: []}\n")
    story.keeps_house()
    story.keeps_house()

    told = [said for said in story.said_in(TEAM_CHANNEL) if "have faults" in said]
    assert len(told) == 1
    assert version in told[0]
    assert "severities.yaml:2" in told[0]
    story.writes("rita", OUTAGE)
    assert len(story.pages("ana")) == 1


def test_a_mended_edit_holds_for_new_tickets_and_bends_no_running_escalation(
    tmp_path: Path, story: Story
) -> None:
    story.writes("rita", OUTAGE)
    stories.edit(story.policy, "severities.yaml", "severities: [\n")
    story.keeps_house()
    stories.edit(story.policy, "severities.yaml", OTHER_POLICY)
    story.keeps_house()
    assert sum("are in force" in said for said in story.said_in(TEAM_CHANNEL)) == 1

    story.lives(11 * MINUTE)
    assert len(story.pages("carl")) == 1
    story.writes("rolf", "Nothing but cannot log in", "#dune")
    assert [key for key in story.pages("dora") if key.startswith("SUP-2.")]
    assert not [key for key in story.pages("ana") if key.startswith("SUP-2.")]


def test_an_edit_that_takes_away_whom_a_running_policy_names_passes_over_them(
    story: Story,
) -> None:
    story.writes("rita", OUTAGE)
    story.presses("carl", names.TAKE)
    story.presses("carl", names.LET_GO)
    for name in ("people.yaml", "rotations.yaml", "severities.yaml"):
        lines = (story.policy / name).read_text().splitlines()
        kept = [line for line in lines if "carl" not in line and "second-line" not in line]
        stories.edit(story.policy, name, "\n".join(kept) + "\n")
    story.keeps_house()
    story.lives(11 * MINUTE)

    assert story.pages("carl") == []
    assert len(story.pages("dora")) == 1
    assert any("second-line stands for nobody" in line for line in story.team_thread())


def test_a_payload_of_unknown_shape_is_kept_tried_three_times_parked_and_announced(
    story: Story,
) -> None:
    story.slack.sends({"type": "message", "channel": 7, "text": ["?"], "user": None})
    story.lives(2 * MINUTE)
    story.keeps_house()
    story.keeps_house()

    parked = announce.parked(story.stage.bot.context)
    assert [(item.what, "UnreadableEvent" in item.error) for item in parked] == [("inbox", True)]
    told = [said for said in story.said_in(TEAM_CHANNEL) if "Set aside" in said]
    assert len(told) == 1
    story.writes("rita", OUTAGE)
    assert story.tickets() == 1


def test_a_parked_payload_is_tried_again_when_a_person_asks(story: Story) -> None:
    story.slack.sends({"type": "message", "channel": "C1", "text": "no time in it"})
    story.lives(2 * MINUTE)
    context = story.stage.bot.context
    (parked,) = announce.parked(context)

    assert announce.try_again(context, "inbox", parked.id)
    assert not announce.parked(context)
    story.lives(2 * MINUTE)
    assert [item.id for item in announce.parked(context)] == [parked.id]
    assert not announce.try_again(context, "inbox", 4711)


def test_a_timer_whose_decision_raises_is_set_aside_while_the_others_fire(story: Story) -> None:
    story.human("rita").say("#reef", OUTAGE)
    story.human("rolf").say("#dune", "We cannot log in")
    story.moment()
    good = _damage(story, 1)
    story.lives(12 * MINUTE)
    story.keeps_house()

    assert [key.split(".")[0] for key in story.pages("carl")] == ["SUP-2"]
    parked = announce.parked(story.stage.bot.context)
    assert [(item.what, item.ticket) for item in parked] == [("timer", 1)]
    assert any("timer" in said and "SUP-1" in said for said in story.said_in(TEAM_CHANNEL))

    _mend(story, 1, good)
    assert announce.try_again(story.stage.bot.context, "timer", parked[0].id)
    story.moment()
    assert [key.split(".")[0] for key in story.pages("carl")] == ["SUP-2", "SUP-1"]


@pytest.mark.parametrize("poison", ["{}", '{"text": 7}', '["text"]'])
def test_a_poisoned_delivery_dies_and_is_listed_while_the_others_go_out(
    raise_story: Raise, poison: str
) -> None:
    with raise_story() as story:
        asked = _decided_and_not_sent(story)
        key, good = _delivery(story, "slack.reply")
        story.sql("UPDATE deliveries SET payload = :p WHERE key = :k", p=poison, k=key)
        story.lives(2 * MINUTE)

        assert story.said_to(asked) == []
        dead = story.deliveries("dead")
        assert [row.key for row in dead] == [key]
        assert len(story.pages("ana")) == 1
        assert any("could not be sent" in line for line in story.team_thread())

        story.sql("UPDATE deliveries SET payload = :p WHERE key = :k", p=good, k=key)
        now = story.clock.now()
        assert story.stage.bot.store.write(lambda uow: uow.deliveries.revive(dead[0].id, now))
        story.moment()
        assert len(story.said_to(asked)) == 1


def test_a_page_of_a_ticket_that_cannot_be_read_still_comes_to_an_end(
    raise_story: Raise,
) -> None:
    with raise_story() as story:
        _decided_and_not_sent(story)
        good = _damage(story, 1)
        story.writes("rolf", "We cannot log in", "#dune")

        assert [key.split(".")[0] for key in story.pages("ana")] == ["SUP-2"]
        assert "SUP-1.2.page.ana" in {row.key for row in story.deliveries("dead")}
        _mend(story, 1, good)


def test_a_click_on_a_ticket_that_cannot_be_read_is_not_taken_for_done(raise_story: Raise) -> None:
    clock = VirtualClock(START)
    with raise_story(slack=StorySlack(clock, ack=1.0), clock=clock) as story:
        story.writes("rita", OUTAGE)
        good = _damage(story, 1)
        assert not story.human("ana").press(story.root(), names.ACKNOWLEDGE).acked

        _mend(story, 1, good)
        assert story.ticket().state == "new"


def _decided_and_not_sent(story: Story) -> Message:
    asked = story.human("rita").say("#reef", OUTAGE)
    story.slack.wait_until(lambda: not story.slack.unacknowledged(), timeout=60)
    story.stage.bot.steps["intake"]()
    return asked


def _delivery(story: Story, kind: str) -> tuple[str, str]:
    query = "SELECT key, payload FROM deliveries WHERE kind = :kind"
    ((key, payload),) = story.sql(query, kind=kind)
    return str(key), str(payload)


def _damage(story: Story, number: int) -> str:
    """Make a ticket unreadable, and return what it was."""
    ((good,),) = story.sql("SELECT data FROM tickets WHERE number = :n", n=number)
    story.sql("UPDATE tickets SET data = '{}' WHERE number = :n", n=number)
    return str(good)


def _mend(story: Story, number: int, good: str) -> None:
    story.sql("UPDATE tickets SET data = :data WHERE number = :n", data=good, n=number)
