"""An event asked for in a ticket: planned, accepted or declined, and its checklist."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from supportbot.domain.planned.event_commands import (
    AcceptEvent,
    DeclineEvent,
    PlanEvent,
    PromptDone,
    decide,
    windows_in,
)
from supportbot.domain.planned.event_request import span
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import Command, Refused, Resolve
from supportbot.domain.ticket.consequences import settle
from tests.domain import samples as s
from tests.domain.story import Story

DAY = s.DAY
BEGINS = s.NOON + 30 * DAY  # Thursday 24 December, 12:00 UTC
EXAM = PlanEvent(
    by="ines", name="exam", hub="prod", windows=(("2026-12-24T12:00Z", "2026-12-24T15:00Z"),)
)
REPLIES = {
    **s.REPLIES,
    "event_accepted": "{event} is ours, {when}",
    "event_declined": "not {event}\n{reason}",
}
PROMPTS = {
    kind: f"{kind}: {{event}}\nuntil {{freeze_until}}"
    for kind in ("event_week", "event_day", "event_over")
}


def policy(zone: str = "UTC", **more: Any) -> Playbooks:
    home = replace(s.NORTHFIELD, zone=zone)
    other = s.community("lakeside", "a.lakeside.example", "b.lakeside.example")
    both = {"northfield": home, "lakeside": other}
    return s.playbooks(communities=both, replies=REPLIES, prompts=PROMPTS, **more)


class Desk(Story):
    """A ticket that asks for an event, `asked` before the story's present."""

    def __init__(self, now: datetime = s.NOON, book: Playbooks | None = None) -> None:
        super().__init__(s.P3, now, book or policy(), kind="event notice")
        self.asked_at = now

    def asks(self, command: Command) -> Refused | None:
        found = decide(self.ticket, command, self.playbooks, self.now, asked_at=self.asked_at)
        if isinstance(found, Refused):
            return found
        self._apply(settle(self.ticket, found, self.playbooks, s.DESK, self.now))
        return None

    def to_reporter(self) -> list[str]:
        return [d.payload["text"] for d in self.sent("slack.reply")[1:]]


def test_in_time_it_is_accepted_by_itself_and_the_reporter_hears_so() -> None:
    desk = Desk()
    desk.until(s.NOON + 2 * s.HOUR)
    assert desk.asks(EXAM) is None
    request = desk.ticket.request
    assert request is not None
    assert (request.state, request.late) == ("accepted", False)
    assert (request.notice, request.lag) == (30 * DAY, 2 * s.HOUR)
    assert desk.of(e.EventAccepted)[0].by is None
    assert desk.to_reporter() == [f"exam is ours, {request.plan.when}"]


def test_late_the_team_is_asked_and_nothing_runs_until_somebody_accepts() -> None:
    desk = Desk(BEGINS - 10 * DAY)
    assert desk.asks(EXAM) is None
    (offer,) = desk.sent("slack.choice")
    assert [choice["do"] for choice in offer.payload["choices"]] == ["accept", "decline"]
    assert "Notice given: 10 days; lag until tracked: 0 min." in offer.payload["text"]
    assert (desk.due("event_week"), desk.to_reporter()) == (None, [])
    assert desk.asks(AcceptEvent(by="tomasz")) is None
    assert desk.due("event_week") == BEGINS - 7 * DAY
    assert desk.asks(AcceptEvent(by="tomasz")) == Refused("exam is accepted already.")


def test_declined_its_checklist_ends_and_the_reporter_hears_why() -> None:
    desk = Desk()
    desk.asks(EXAM)
    assert desk.asks(DeclineEvent(by="ines", reason="nobody is there")) is None
    assert {"event_week", "event_day", "event_over"}.isdisjoint(desk.timers)
    assert desk.to_reporter()[-1] == "not exam\nnobody is there"
    assert desk.asks(DeclineEvent(by="ines")) == Refused("exam is declined already.")


def test_the_checklist_comes_at_its_times_even_when_the_ticket_is_closed() -> None:
    desk = Desk()
    desk.asks(replace(EXAM, engineers=("amina",), ready_mode=True))
    desk.do(Resolve(by="ines")).until(s.NOON + 60 * DAY)
    prompts = desk.of(e.EventPrompted)
    assert [(p.kind, p.at, p.people) for p in prompts] == [
        ("event_week", BEGINS - 7 * DAY, ("amina",)),
        ("event_day", BEGINS - DAY, ("amina",)),
        ("event_over", BEGINS + 3 * s.HOUR + DAY, ("amina",)),
    ]
    texts = [d.payload["text"] for d in desk.sent("slack.choice")]
    assert texts[1] == "event_day: exam\nuntil Thursday 2026-12-24 15:00 UTC"


def test_who_was_named_and_has_left_is_asked_for_nothing() -> None:
    desk = Desk()
    desk.asks(replace(EXAM, engineers=("amina",)))
    people = {key: one for key, one in desk.playbooks.people.items() if key != "amina"}
    desk.playbooks = replace(desk.playbooks, people=people)
    desk.until(BEGINS - 7 * DAY)
    assert [prompt.people for prompt in desk.of(e.EventPrompted)] == [("tomasz",)]


ASKED = {
    "five days before": (-5 * DAY, ["event_week", "event_day", "event_over"]),
    "hours before": (timedelta(hours=-5), ["event_day", "event_over"]),
    "while it is on": (timedelta(hours=1), ["event_day", "event_over"]),
}


@pytest.mark.parametrize(("when", "kinds"), ASKED.values(), ids=ASKED)
def test_of_the_prompts_that_are_past_only_the_newest_is_said(
    when: timedelta, kinds: list[str]
) -> None:
    desk = Desk(BEGINS + when)
    desk.asks(EXAM)
    desk.asks(AcceptEvent(by="ines"))
    desk.until(BEGINS + 30 * DAY)
    assert [prompt.kind for prompt in desk.of(e.EventPrompted)] == kinds


def test_after_a_long_pause_a_prompt_that_the_next_replaces_is_dropped() -> None:
    desk = Desk()
    desk.asks(EXAM)
    desk.asleep_until(BEGINS - timedelta(hours=2))
    assert [prompt.kind for prompt in desk.of(e.EventPrompted)] == ["event_day"]
    assert "it is too late for it" in desk.dropped


def test_what_a_prompt_asks_for_is_done_once_and_only_when_it_was_asked() -> None:
    desk = Desk()
    desk.asks(EXAM)
    done = PromptDone(by="ines", kind="event_week")
    assert desk.asks(done) == Refused("SUP-1 has not been asked for this yet.")
    desk.until(BEGINS - 6 * DAY)
    assert desk.asks(done) is None
    assert desk.asks(done) == Refused("This is done already.")


def test_what_was_said_of_the_same_dates_is_not_said_again() -> None:
    desk = Desk()
    desk.asks(EXAM)
    desk.until(BEGINS - 6 * DAY)
    assert desk.asks(replace(EXAM, people=40)) is None
    desk.asks(DeclineEvent(by="ines"))
    desk.asks(AcceptEvent(by="ines"))
    desk.until(BEGINS - 5 * DAY)
    assert [prompt.kind for prompt in desk.of(e.EventPrompted)] == ["event_week"]
    assert desk.asks(PromptDone(by="ines", kind="event_week")) is None
    assert desk.due("event_day") == BEGINS - DAY


def test_what_was_merged_keeps_its_event_and_gets_no_other() -> None:
    desk = Desk()
    desk.asks(EXAM)
    desk.happen(e.Merged(at=desk.now, by="ines", into=7))
    assert desk.asks(replace(EXAM, people=9)) == Refused("SUP-1 goes on as SUP-7: plan it there.")
    desk.until(BEGINS - 7 * DAY)
    assert [prompt.kind for prompt in desk.of(e.EventPrompted)] == ["event_week"]
    assert desk.asks(DeclineEvent(by="ines")) is None
    assert set(desk.timers) == set()


def test_planned_anew_the_clocks_follow_and_it_has_been_tracked_since_the_first_time() -> None:
    desk = Desk()
    desk.asks(EXAM)
    tracked = desk.now
    desk.until(s.NOON + DAY)
    later = replace(EXAM, windows=(("2026-12-30T12:00Z", "2026-12-30T15:00Z"),))
    assert desk.asks(later) is None
    assert desk.ticket.request is not None
    assert desk.ticket.request.tracked_at == tracked
    assert desk.due("event_week") == BEGINS - DAY
    assert desk.asks(later) == Refused("exam is planned so already: it is accepted.")


ZONES = {
    "Asia/Kolkata": "06:30",
    "Asia/Kathmandu": "06:15",
    "America/St_Johns": "15:30",
}


@pytest.mark.parametrize("zone", ZONES)
def test_times_are_on_the_clocks_of_the_community(zone: str) -> None:
    desk = Desk(book=policy(zone))
    windows = windows_in("2026-12-25 12:00 to 14:00\n2026-12-24T12:00 - 2026-12-24T14:00\n")
    assert desk.asks(replace(EXAM, windows=windows)) is None
    assert desk.ticket.request is not None
    plan = desk.ticket.request.plan
    assert [f"{w.start:%d %H:%M}" for w in plan.windows] == [
        f"24 {ZONES[zone]}",
        f"25 {ZONES[zone]}",
    ]
    assert f"Thursday 2026-12-24 12:00 {zone} to" in plan.when


SAID = {
    "the start's offset": ("2026-12-24T09:00+05:30 to 12:00", "03:30 to 06:30"),
    "in UTC": ("2026-12-24T09:00Z to 12:00", "09:00 to 12:00"),
    "its own offset": ("2026-12-24T09:00Z to 12:00+01:00", "09:00 to 11:00"),
}


@pytest.mark.parametrize(("line", "expected"), SAID.values(), ids=SAID)
def test_a_time_of_day_alone_is_on_the_clocks_of_the_time_before_it(
    line: str, expected: str
) -> None:
    desk = Desk(book=policy("Europe/Berlin"))
    assert desk.asks(replace(EXAM, windows=windows_in(line))) is None
    assert desk.ticket.request is not None
    (window,) = desk.ticket.request.plan.windows
    assert f"{window.start:%H:%M} to {window.end:%H:%M}" == expected


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no team": ({"by": "mara"}, "Mara is in no rotation and no role"),
    "no name": ({"name": " "}, "An event needs a name"),
    "no hub": (
        {"hub": "northfield/prd"},
        "There is no hub 'northfield/prd': did you mean northfield/prod.",
    ),
    "a hub of others": ({"hub": "lakeside/secnd"}, "did you mean lakeside/second."),
    "no time": ({"windows": ()}, "It is not said when the event is."),
    "no end": ({"windows": (("2026-12-24T12:00", ""),)}, "'' is not a day and time"),
    "a day alone": ({"windows": (("2026-12-24", "2026-12-25"),)}, "has no time of day"),
    "reversed": ({"windows": (("2026-12-24T12:00", "2026-12-24T11:00"),)}, "ends before it begins"),
    "overlapping": (
        {
            "windows": (
                ("2026-12-24T12:00", "2026-12-24T14:00"),
                ("2026-12-24T13:00", "2026-12-24T15:00"),
            )
        },
        "2026-12-24T13:00 to 2026-12-24T15:00 begins before another window is over.",
    ),
    "over": ({"windows": (("2025-12-24T12:00", "2025-12-24T13:00"),)}, "exam is over already"),
    "a stranger named": (
        {"engineers": ("inse",)},
        "'inse' is nobody of the team: did you mean ines.",
    ),
    "nobody can come so often": ({"people": -1}, "-1 people cannot be meant."),
}


@pytest.mark.parametrize(("changes", "reason"), WRONG.values(), ids=WRONG)
def test_a_plan_that_makes_no_sense_is_refused_with_its_mend(
    changes: dict[str, Any], reason: str
) -> None:
    refused = Desk().asks(replace(EXAM, **changes))
    assert isinstance(refused, Refused)
    assert reason in refused.reason


@pytest.mark.parametrize("command", [AcceptEvent(by="ines"), DeclineEvent(by="ines")])
def test_without_a_plan_there_is_nothing_to_decide(command: Command) -> None:
    assert Desk().asks(command) == Refused("SUP-1 asks for no event: plan one first.")


SPANS = {
    "none": -s.HOUR,
    "0 min": timedelta(0),
    "90 min": 90 * s.MINUTE,
    "3 h": 3 * s.HOUR,
    "47 h": 47 * s.HOUR,
    "2 days": 50 * s.HOUR,
}


@pytest.mark.parametrize("said", SPANS)
def test_figures_are_said_to_the_nearest_below(said: str) -> None:
    assert span(SPANS[said]) == said
