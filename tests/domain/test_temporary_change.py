"""What is changed for a time is reminded of until it is undone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from supportbot.domain.planned.change_commands import AddChange, RevertChange, decide
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import Command, Refused, Resolve
from supportbot.domain.ticket.consequences import settle
from tests.domain import samples as s
from tests.domain.story import Story

FRIDAY = s.at("2026-11-27 12:00")
QUOTA = AddChange(by="amina", text="quota raised to 64 GB", revert_by="2026-11-27T12:00")
NODES = AddChange(by="ines", text="ten nodes more", revert_by="2026-11-30T18:00Z")


class Desk(Story):
    def asks(self, command: Command) -> Refused | None:
        found = decide(self.ticket, command, self.playbooks, self.now)
        if isinstance(found, Refused):
            return found
        self._apply(settle(self.ticket, found, self.playbooks, s.DESK, self.now))
        return None


def desk() -> Desk:
    story = Desk(s.P4)
    assert story.asks(QUOTA) is None
    assert story.asks(NODES) is None
    return story


def test_whoever_made_it_is_reminded_when_due_and_every_working_day_until_it_is_undone() -> None:
    story = desk().until(s.at("2026-12-02 13:00"))
    told = [(f"{r.at:%a %H:%M}", r.numbers, r.people) for r in story.of(e.RevertReminded)]
    assert told == [
        ("Fri 12:00", (1,), ("amina",)),
        ("Mon 12:00", (1,), ("amina",)),
        ("Mon 18:00", (1, 2), ("amina", "ines")),
        ("Tue 18:00", (1, 2), ("amina", "ines")),
    ]
    assert story.asks(RevertChange(by="tomasz", number=1)) is None
    story.until(s.at("2026-12-02 19:00"))
    assert story.of(e.RevertReminded)[-1].numbers == (2,)
    assert story.asks(RevertChange(by="tomasz", number=2)) is None
    assert "revert" not in story.timers


@pytest.mark.parametrize(
    "command",
    [
        RevertChange(by="ines", number=2),
        AddChange(by="ines", text="more room", revert_by="2026-12-30T12:00Z"),
    ],
    ids=["another is undone", "another is made"],
)
def test_who_was_reminded_today_is_not_reminded_again_because_of_another_change(
    command: Command,
) -> None:
    story = desk().until(s.at("2026-11-30 19:00"))
    before = len(story.of(e.RevertReminded))
    assert story.asks(command) is None
    story.until(s.at("2026-12-01 17:00"))
    assert len(story.of(e.RevertReminded)) == before
    story.until(s.at("2026-12-01 19:00"))
    assert len(story.of(e.RevertReminded)) == before + 1


def test_a_ticket_that_is_resolved_says_what_still_stands_and_the_reminders_go_on() -> None:
    story = desk()
    story.asks(RevertChange(by="ines", number=2))
    story.do(Resolve(by="ines"))
    notes = [d.payload["text"] for d in story.sent("slack.note")]
    stands = "Not undone yet: 1) quota raised to 64 GB, until 2026-11-27 12:00 UTC."
    assert any(note.startswith(stands) for note in notes)
    story.until(FRIDAY)
    assert len(story.of(e.RevertReminded)) == 1


def test_what_was_changed_in_a_ticket_that_was_merged_is_undone_there() -> None:
    story = desk()
    story.happen(e.Merged(at=story.now, by="ines", into=7))
    story.until(FRIDAY)
    assert [r.numbers for r in story.of(e.RevertReminded)] == [(1,)]
    assert story.asks(RevertChange(by="ines", number=1)) is None
    assert story.due("revert") == s.at("2026-11-30 18:00")


def test_who_has_left_the_team_is_replaced_by_the_owner_and_then_by_first_line() -> None:
    story = desk()
    gone = {"second-line": s.rotation("second-line", "jonas")}
    story.playbooks = replace(story.playbooks, rotations={**story.playbooks.rotations, **gone})
    story.until(FRIDAY)
    assert story.of(e.RevertReminded)[0].people == ("ines",)


def test_it_is_read_on_the_clocks_of_whoever_says_it() -> None:
    story = Desk(
        s.P4, policy=s.playbooks(people={"ines": replace(s.person("ines"), zone="Asia/Kathmandu")})
    )
    story.asks(AddChange(by="ines", text="x", revert_by="2026-11-27T12:00"))
    assert story.due("revert") == s.at("2026-11-27 06:15")


WRONG: dict[str, tuple[Command, str]] = {
    "no team": (AddChange(by="mara", text="x", revert_by="2026-11-27T12:00"), "only the team"),
    "no words": (AddChange(by="ines", text=" ", revert_by="2026-11-27T12:00"), "Say what"),
    "no time": (AddChange(by="ines", text="x", revert_by="soon"), "'soon' is not a day and time"),
    "past": (AddChange(by="ines", text="x", revert_by="2026-11-20T12:00"), "over already"),
    "twice": (QUOTA, "This change is noted already."),
    "no such change": (RevertChange(by="ines", number=7), "SUP-1 has no change 7."),
}


@pytest.mark.parametrize(("command", "reason"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_refused(command: Command, reason: str) -> None:
    refused = desk().asks(command)
    assert isinstance(refused, Refused)
    assert reason in refused.reason


def test_a_change_is_undone_once() -> None:
    story = desk()
    story.asks(RevertChange(by="ines", number=1))
    assert story.asks(RevertChange(by="ines", number=1)) == Refused(
        "Change 1 of SUP-1 is undone already."
    )
