"""What happens while nobody has it, and when many report the same."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from supportbot.adapters.slack import names
from supportbot.application.ticket_actions import act
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.snoozing import Snooze
from tests.scenarios import stories
from tests.scenarios.conftest import Raise
from tests.scenarios.stories import OUTAGE, START, Story


def minutes(*counts: int) -> list[timedelta]:
    return [timedelta(minutes=count) for count in counts]


def policy(tmp_path: Path, steps: str) -> Path:
    """The harbour with this policy for P1, and a night line that is on from 18:00 UTC."""
    severities = f"""\
severities:
  P1: {{means: several people cannot work, escalate: [{steps}]}}
  P2: {{means: a part is broken, escalate: [page: first-line]}}
  P3: {{means: one person is stuck, escalate: [notify: first-line]}}
"""
    rotations = """\
rotations:
  first-line: {people: ana, swap_every: 1 week, hand_off: Monday 09:00 UTC}
  second-line: {people: carl, swap_every: 1 week, hand_off: Monday 09:00 UTC}
  night-line:
    layers:
      - {name: nights, people: ben, hours: "daily 18:00-06:00 UTC"}
"""
    return stories.playbooks(tmp_path, severities=severities, rotations=rotations)


def test_while_nobody_acknowledges_every_step_comes_in_time_and_the_policy_starts_again(
    story: Story,
) -> None:
    story.writes("rita", OUTAGE)
    story.lives(timedelta(hours=2))

    assert story.paged_at("ana") == minutes(0, 80)
    assert story.paged_at("carl") == minutes(10, 90)
    assert story.paged_at("dora") == minutes(20, 100)
    assert sum("The policy starts again" in line for line in story.team_thread()) == 1


def test_an_acknowledgement_between_two_steps_ends_the_policy(story: Story) -> None:
    story.writes("rita", OUTAGE)
    story.lives(timedelta(minutes=15))
    story.presses("carl", names.ACKNOWLEDGE)
    story.lives(timedelta(hours=2))

    assert [len(story.pages(who)) for who in ("ana", "carl", "dora")] == [1, 1, 0]


def test_a_step_that_reaches_nobody_is_skipped_at_once(tmp_path: Path, raise_story: Raise) -> None:
    steps = "page: night-line, {page: second-line, after: 30 minutes}"
    with raise_story(policy(tmp_path, steps)) as story:
        story.writes("rita", OUTAGE)

        assert story.paged_at("carl") == minutes(0)
        assert any("Step 1 skipped" in line for line in story.team_thread())


def test_a_step_that_may_be_held_waits_until_somebody_is_on(
    tmp_path: Path, raise_story: Raise
) -> None:
    steps = "page: first-line, {page: night-line, after: 10 minutes, if_nobody: hold}"
    with raise_story(policy(tmp_path, steps)) as story:
        story.writes("rita", OUTAGE)
        story.lives(timedelta(hours=4))

        assert story.pages("ben")
        assert START + story.paged_at("ben")[0] == START.replace(hour=18, minute=0)
        assert any("Step 2 held" in line for line in story.team_thread())


def test_a_second_report_of_the_same_fault_attaches_and_pages_nobody(story: Story) -> None:
    first = story.writes("rita", OUTAGE)
    story.lives(timedelta(minutes=5))
    second = story.human("rolf").say("#reef", OUTAGE)
    story.lives(timedelta(minutes=10))

    assert story.ticket(2).attached_to == 1
    assert [story.paged_at(who) for who in ("ana", "carl")] == [minutes(0), minutes(10)]
    assert any("SUP-2 reports the same fault" in line for line in story.team_thread(1))
    assert any("Attached to SUP-1" in line for line in story.team_thread(2))
    assert ["SUP-1" in story.said_to(first)[0], "SUP-2" in story.said_to(second)[0]] == [True] * 2
    assert len(story.issues()) == 1


def test_what_is_done_to_the_first_is_done_to_the_attached_and_both_reporters_hear(
    story: Story,
) -> None:
    asked = [story.writes("rita", OUTAGE), story.human("rolf").say("#reef", OUTAGE)]
    story.moment()
    story.presses("ana", names.ACKNOWLEDGE)
    assert [story.ticket(n).state for n in (1, 2)] == ["acknowledged"] * 2
    story.fills("ana", names.RESOLVE, text="A new certificate is in place")

    assert [story.ticket(n).state for n in (1, 2)] == ["resolved"] * 2
    for message in asked:
        _receipt, taken, resolved = story.said_to(message)
        assert "Ana Sola" in taken
        assert resolved.startswith("A new certificate is in place")
    story.lives(timedelta(days=3))
    assert [story.ticket(n).state for n in (1, 2)] == ["closed"] * 2


def test_who_snoozes_the_first_has_the_attached_too_and_a_further_report_ends_the_rest(
    story: Story,
) -> None:
    for who in ("rita", "rolf"):
        story.human(who).say("#reef", OUTAGE)
    story.moment()
    act(story.stage.bot.context, 1, Snooze(by="ana", until="2026-11-25T09:00Z"))
    assert [story.ticket(n).state for n in (1, 2)] == ["acknowledged"] * 2
    assert all(story.ticket(n).snoozed_until for n in (1, 2))

    story.human("rolf").say("#reef", OUTAGE)
    story.moment()
    assert story.ticket(3).attached_to == 1
    assert story.ticket().snoozed_until is None
    assert any("Somebody wrote while it rested" in line for line in story.team_thread())


def test_many_who_report_one_fault_page_once_though_somebody_found_it_less_bad_before(
    story: Story,
) -> None:
    story.writes("rita", OUTAGE)
    lower = c.ChangeSeverity(by="ana", severity="P3", reason="one alone")
    act(story.stage.bot.context, 1, lower)
    for who in ("rolf", "rita", "rolf"):
        story.writes(who, OUTAGE)

    assert [story.ticket(n).attached_to for n in (1, 2, 3, 4)] == [None, None, 2, 2]


def test_another_symptom_another_hub_or_half_an_hour_later_pages_for_itself(story: Story) -> None:
    story.writes("rita", OUTAGE)
    story.writes("rita", "My server does not start")
    story.human("rolf").say("#dune", "We cannot log in")
    story.lives(timedelta(minutes=31))
    story.human("rolf").say("#reef", OUTAGE)
    story.moment()

    assert [story.ticket(n).attached_to for n in (1, 2, 3, 4)] == [None] * 4
    keys = {key.split(".")[0] for key in story.pages("ana")}
    assert keys == {"SUP-1", "SUP-2", "SUP-3", "SUP-4"}


def test_an_attached_ticket_that_is_reopened_pages_for_itself(story: Story) -> None:
    story.writes("rita", OUTAGE)
    other = story.human("rolf").say("#reef", OUTAGE)
    story.moment()
    story.fills("ana", names.RESOLVE, text="Done")
    story.answers("rolf", "Not for me", other)

    assert [story.ticket(n).state for n in (1, 2)] == ["resolved", "new"]
    assert [key for key in story.pages("ana") if key.startswith("SUP-2.")]


def test_out_of_hours_a_severity_that_wakes_nobody_waits_for_the_morning(
    tmp_path: Path, raise_story: Raise
) -> None:
    folder = policy(tmp_path, "{page: first-line, if_nobody: hold}")
    severities = (folder / "severities.yaml").read_text()
    severities = severities.replace("P1: {", "P1: {wake_people: no, ")
    stories.edit(folder, "severities.yaml", severities)
    people = (folder / "people.yaml").read_text()
    people = people.replace(
        "{name: Ana Sola,", "{name: Ana Sola, time_zone: UTC, hours: Mon-Fri 08:00-12:00,"
    )
    stories.edit(folder, "people.yaml", people)
    with raise_story(folder) as story:
        story.writes("rita", OUTAGE)
        assert story.pages("ana") == []
        story.lives(timedelta(hours=20))

        assert START + story.paged_at("ana")[0] == START.replace(day=25, hour=8, minute=0)
        passed = [event for event in story.events() if isinstance(event, e.StepPassed)]
        assert [event.how for event in passed] == ["held"]
