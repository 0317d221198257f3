"""What Slack shows of the rota: user groups, a weekly outlook, the question before a shift."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from supportbot.adapters.slack import names
from supportbot.sandbox.slack import Message
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.scenarios import stories
from tests.scenarios.conftest import Raise
from tests.scenarios.stories import HARBOUR, Story

GROUPS = """
user_groups:
  first-line: {id: S0FIRST, follows: first-line, if_nobody: manager}
  all-lines: {id: S0LINES, follows: [first-line, second-line], if_nobody: dora}
  weekdays: {id: S0DAYS, follows: weekdays, if_nobody: dora}
  office: {id: S0OFFICE, follows: weekdays, if_nobody: ben}
outlook: Monday 10:00 Europe/Berlin
"""
WEEKDAYS = "  weekdays: {people: ben, hours: Mon-Fri 08:00-17:00 UTC}\n"
ANA, BEN, CARL, DORA = "U0ANA00001", "U0BEN0000", "U0CARL0000", "U0DORA0000"
FIRST_LINE_AWAY = """rotations:
  first-line:
    people: [ana, ben]
    swap_every: 1 week
    hand_off: Monday 09:00 UTC
    starts: 2026-11-23
    overrides:
      - {from: 2026-11-24T00:00Z, to: 2026-11-26T00:00Z, remove: ana, reason: ill}
  second-line: {people: carl, swap_every: 1 week, hand_off: Monday 09:00 UTC}
"""


def with_groups(folder: Path) -> Path:
    target = stories.playbooks(folder)
    stories.edit(target, "rotations.yaml", rotations() + WEEKDAYS + GROUPS)
    return target


def rotations() -> str:
    return (HARBOUR / "rotations.yaml").read_text().rstrip() + "\n"


def slack_groups(story: Story) -> list[list[str]]:
    return [story.slack.in_group(name) for name in ("S0FIRST", "S0LINES", "S0DAYS")]


def nobody_in(story: Story, handle: str) -> list[str]:
    return [text for text in story.said_in(TEAM_CHANNEL) if f"for @{handle}:" in text]


def with_slack_groups(story: Story) -> Story:
    for name, handle in (
        ("S0FIRST", "first-line"),
        ("S0LINES", "lines"),
        ("S0DAYS", "days"),
        ("S0OFFICE", "office"),
    ):
        story.slack.user_group(name, handle, [story.human("rolf")])
    return story


def test_user_groups_hold_whoever_is_on_call_and_nobody_of_yesterday(
    tmp_path: Path, raise_story: Raise
) -> None:
    with raise_story(with_groups(tmp_path)) as story:
        with_slack_groups(story).moment()
        assert slack_groups(story) == [[ANA], [ANA, CARL], [BEN]]

        story.lives(timedelta(hours=4))
        assert slack_groups(story)[2] == [DORA]
        (said,) = nobody_in(story, "weekdays")
        assert "Dora Weiss" in said
        assert "outside its hours" in said
        (stays,) = nobody_in(story, "office")
        assert "In it until then: Ben" in stays

        story.lives(timedelta(days=6))
        assert slack_groups(story) == [[BEN], [BEN, CARL], [DORA]]
        assert len(nobody_in(story, "weekdays")) == 2, "every night it is so, and told once a week"


def test_an_edit_of_the_rota_is_in_the_groups_at_once_and_a_stand_in_is_told(
    tmp_path: Path, raise_story: Raise
) -> None:
    folder = with_groups(tmp_path)
    with raise_story(folder) as story:
        with_slack_groups(story).moment()
        stories.edit(folder, "rotations.yaml", FIRST_LINE_AWAY + WEEKDAYS + GROUPS)
        story.keeps_house()

        assert slack_groups(story)[:2] == [[DORA], [CARL]]
        (said,) = nobody_in(story, "first-line")
        assert "ill" in said


def test_a_group_that_slack_does_not_let_us_change_is_told(
    tmp_path: Path, raise_story: Raise
) -> None:
    with raise_story(with_groups(tmp_path)) as story:
        story.slack.user_group("S0FIRST", "first-line", [story.human("rolf")])
        story.moment()

        assert story.slack.in_group("S0FIRST") == [ANA]
        told = "\n".join(story.said_in(TEAM_CHANNEL))
        assert "user group could not be sent: Slack answered no_such_subteam" in told


def test_the_outlook_comes_once_a_week_also_after_a_restart(
    tmp_path: Path, raise_story: Raise
) -> None:
    with raise_story(with_groups(tmp_path)) as story:
        with_slack_groups(story).lives(timedelta(days=6))
        story.restart_after(timedelta(minutes=5))
        story.lives(timedelta(minutes=10))

        outlooks = [text for text in story.said_in(TEAM_CHANNEL) if "next seven days" in text]
        assert len(outlooks) == 1
        assert "Ben Okoro: until Monday 2026-12-07 09:00 UTC" in outlooks[0]
        assert "weekdays" in outlooks[0]
        assert names.ACKNOWLEDGE not in outlooks[0]


def test_what_will_go_wrong_with_the_rota_is_told_in_the_morning_and_once(
    tmp_path: Path, raise_story: Raise
) -> None:
    folder = stories.playbooks(tmp_path)
    with raise_story(folder) as story:
        story.moment()
        stories.edit(folder, "rotations.yaml", FIRST_LINE_AWAY)
        people = (HARBOUR / "people.yaml").read_text()
        stories.edit(folder, "people.yaml", people.replace(BEN, "U0GONE0000"))
        story.keeps_house()
        story.lives(timedelta(days=3))

        (note,) = [text for text in story.said_in(TEAM_CHANNEL) if "the next two weeks" in text]
        assert (
            "Nobody is on call in first-line: ana is away until 2026-11-26 00:00 UTC, ill" in note
        )
        assert "Ben Okoro (ben) is on call in first-line and is deactivated in Slack" in note


def test_the_team_hears_only_when_somebody_else_comes_on_call(
    tmp_path: Path, raise_story: Raise
) -> None:
    folder = stories.playbooks(tmp_path)
    told = rotations() + "tell_shift_changes: yes\n"
    stories.edit(folder, "rotations.yaml", told)
    with raise_story(folder) as story:
        story.lives(timedelta(days=3))
        stories.edit(folder, "rotations.yaml", told + "# a remark\n")
        story.keeps_house()
        story.restart_after(timedelta(minutes=5))
        story.lives(timedelta(days=4))

        assert [text for text in story.said_in(TEAM_CHANNEL) if "On call" in text] == [
            "On call in first-line until Monday 2026-11-30 09:00 UTC: Ana Sola.",
            "On call in second-line: Carl Lind.",
            "On call in first-line until Monday 2026-12-07 09:00 UTC: Ben Okoro.",
        ]


SUNDAY_AFTERNOON = timedelta(days=5, hours=3)
"""From the start of a story: ben has been asked about the week that begins on Monday."""


@pytest.fixture
def asked(tmp_path: Path, raise_story: Raise) -> Iterator[Story]:
    folder = stories.playbooks(tmp_path)
    stories.edit(folder, "rotations.yaml", rotations() + "ask_before_shift: yes\n")
    with raise_story(folder) as story:
        story.lives(SUNDAY_AFTERNOON)
        yield story


def newest_dm(story: Story, who: str) -> Message:
    return story.slack.dms(story.human(who))[-1]


def silent(story: Story) -> list[str]:
    return [text for text in story.said_in(TEAM_CHANNEL) if "has not said ok" in text]


def test_whoever_says_ok_the_day_before_is_not_spoken_of(asked: Story) -> None:
    question = newest_dm(asked, "ben")
    assert "You are on call in first-line from Monday 2026-11-30 09:00 UTC" in question.full_text

    assert asked.human("ben").press(question, names.SHIFT_OK).acked
    asked.lives(timedelta(days=1))

    assert asked.whispered("ben") == ["Noted."]
    assert silent(asked) == []
    assert len(asked.slack.dms(asked.human("ben"))) == 1


def test_that_nobody_said_ok_is_told_once_when_the_shift_begins(asked: Story) -> None:
    asked.lives(timedelta(days=1))
    asked.restart_after(timedelta(minutes=5))
    asked.lives(timedelta(hours=1))

    assert silent(asked) == [
        "Ben Okoro is on call in first-line from now on, and has not said ok to it."
    ]


def test_cover_found_by_a_press_is_paged_instead(asked: Story) -> None:
    ben, ana = asked.human("ben"), asked.human("ana")
    assert ben.press(newest_dm(asked, "ben"), names.COVER_ASK).acked
    form = asked.slack.wait_until(lambda: asked.slack.views(ben), timeout=60)[-1]
    times = {names.FIELD_FROM: "2026-11-30T12:00", names.FIELD_UNTIL: "2026-11-30T18:00"}
    wrong = ben.submit(form, {**times, names.FIELD_UNTIL: "tomorrow"})
    assert "'tomorrow' is not a day and time" in wrong.errors[names.FIELD_FROM]
    sent = ben.submit(form, {**times, names.FIELD_REASON: "dentist"})
    assert sent.errors == {}
    asked.moment()

    (request,) = (m for m in asked.slack.messages(TEAM_CHANNEL) if "needs cover" in m.full_text)
    assert "dentist" in request.full_text
    assert ana.press(request, names.COVER_TAKE).acked
    assert ben.press(request, names.COVER_TAKE).acked
    asked.moment()
    assert "It is yours" in asked.whispered("ana")[0]
    assert asked.whispered("ben") != []

    asked.lives(timedelta(days=1) - timedelta(hours=1))
    asked.writes("rita", stories.OUTAGE)
    asked.moment()
    assert len(asked.pages("ana")) == 1
    assert asked.pages("ben") == []
