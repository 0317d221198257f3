"""Who has a ticket may let it rest: reminders rest with it, what was promised does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from supportbot.domain.on_call.working_time import Window, WorkingHours
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import Refused
from supportbot.domain.ticket.snoozing import Snooze
from tests.domain.samples import NOON, P1, P3, person, playbooks
from tests.domain.story import Story

HOUR = timedelta(hours=1)
OFFICE = WorkingHours((Window(frozenset(range(5)), time(8), time(17), "Europe/Berlin"),))
BERLIN = replace(person("ines", OFFICE), zone="Europe/Berlin")
POLICY = playbooks(people={"ines": BERLIN})
# NOON is a Tuesday's; the office opens at 08:00 in Berlin.
UNTIL = [
    ("2026-11-24T16:00", "2026-11-24T15:00+00:00"),
    ("2026-11-24T16:00Z", "2026-11-24T16:00+00:00"),
    ("2026-11-24T16:00-05:00", "2026-11-24T21:00+00:00"),
    ("my hours", "2026-11-25T07:00+00:00"),
    (" My Hours ", "2026-11-25T07:00+00:00"),
]


@pytest.mark.parametrize(("said", "until"), UNTIL)
def test_a_time_is_on_the_clocks_of_whoever_says_it(said: str, until: str) -> None:
    story = Story(policy=POLICY).do(Snooze(by="ines", until=said))
    assert story.ticket.snoozed_until == datetime.fromisoformat(until)
    assert story.timers["snooze"].due == datetime.fromisoformat(until)


REFUSED = [
    ("tomorrow", "'tomorrow' is no time"),
    ("2026-11-24T11:00Z", "a time to come"),
    ("2027-06-01T11:00Z", "at most 90 days"),
]


@pytest.mark.parametrize(("said", "why"), REFUSED)
def test_a_time_that_cannot_be_meant_is_refused(said: str, why: str) -> None:
    refused = Story().act(Snooze(by="ines", until=said))
    assert refused is not None
    assert why in refused.reason


def test_who_has_no_hours_is_asked_for_a_time() -> None:
    assert isinstance(Story().act(Snooze(by="tomasz", until="my hours")), Refused)


def test_only_the_team_may_and_only_what_is_open() -> None:
    assert Story().act(Snooze(by="mara", until="2026-11-25T09:00Z")) is not None
    over = Story().do(c.Resolve(by="ines"))
    assert over.act(Snooze(by="ines", until="2026-11-25T09:00Z")) is not None


def at(moment: datetime) -> str:
    return moment.isoformat()


def test_it_acknowledges_and_stops_the_paging_and_the_reminders_until_then() -> None:
    story = Story(P1).do(Snooze(by="ines", until=at(NOON + 9 * HOUR)))
    assert (story.ticket.state, story.ticket.owner) == ("acknowledged", "ines")
    assert not {"escalate", "remind_acknowledged", "timebox_ask"} & set(story.timers)
    story.until(NOON + 8 * HOUR)
    assert not [event for event in story.events if isinstance(event, e.Woken)]
    story.until(NOON + 9 * HOUR)
    (woken,) = [event for event in story.events if isinstance(event, e.Woken)]
    assert (woken.people, woken.early) == (("ines",), False)
    assert story.ticket.snoozed_until is None
    assert "remind_acknowledged" in story.timers


def test_what_was_promised_to_the_reporter_does_not_rest() -> None:
    story = Story(P1).do(Snooze(by="ines", until=at(NOON + 9 * HOUR)))
    assert {"first_answer", "next_update"} <= set(story.timers)


def test_a_reporter_who_writes_ends_the_rest() -> None:
    story = Story(P3).do(Snooze(by="ines", until=at(NOON + 9 * HOUR)))
    story.until(NOON + HOUR).hear("it got worse").until(NOON + HOUR)
    (woken,) = [event for event in story.events if isinstance(event, e.Woken)]
    assert (woken.at, woken.early) == (NOON + HOUR, True)


def test_another_reporter_of_the_same_fault_ends_the_rest() -> None:
    story = Story(P3).do(Snooze(by="ines", until=at(NOON + 9 * HOUR)))
    story.now = NOON + HOUR
    story.happen(e.Attached(at=story.now, number=2)).until(NOON + HOUR)
    (woken,) = [event for event in story.events if isinstance(event, e.Woken)]
    assert (woken.at, woken.early) == (NOON + HOUR, True)
    assert (
        "somebody wrote while it rested" in story.sent("slack.reminder")[0].payload["text"].lower()
    )


def test_who_sends_the_form_twice_snoozes_once() -> None:
    story = Story(P3).do(Snooze(by="ines", until=at(NOON + 9 * HOUR)))
    again = story.act(Snooze(by="ines", until=at(NOON + 9 * HOUR)))
    assert again == Refused("SUP-1 rests until then already.")
    assert story.act(Snooze(by="ines", until=at(NOON + HOUR))) is None


@pytest.mark.parametrize(
    "command",
    [
        c.Resolve(by="ines"),
        c.LetGo(by="ines"),
        c.HandOver(by="ines"),
        c.ChangeSeverity(by="ines", severity="P1", reason="a class"),
        c.ChangeSeverity(by="ines", severity="P4", reason="no hurry"),
    ],
)
def test_it_never_outlives_what_it_rested_on(command: c.Command) -> None:
    story = Story(P3).do(Snooze(by="ines", until=at(NOON + 9 * HOUR))).do(command)
    assert story.ticket.snoozed_until is None
    assert "snooze" not in story.timers
