"""The daily look ahead: one note when something is new or gone, and silence otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from supportbot.adapters.db.store import open_store
from supportbot.application import chores, look_ahead
from supportbot.application.context import Context
from supportbot.domain.on_call.rotation import Override
from supportbot.domain.policy.playbook import Playbooks
from supportbot.sandbox.clock import VirtualClock
from tests.conftest import FreshDatabase
from tests.domain.samples import DAY, DESK, HOUR, NOON, playbooks


class Shelf:
    """The playbooks that a test puts there."""

    def __init__(self) -> None:
        self.current = playbooks()

    def files(self, version: str) -> Mapping[str, str]:
        return {}

    def parse(self, files: Mapping[str, str]) -> Playbooks:
        return self.current


class Workspace:
    """Who has left it."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.away = False

    def is_active(self, user: str) -> bool:
        if self.away:
            raise OSError("no network")
        return user not in self.gone


class Desk:
    """A desk whose chores are done as they come due."""

    def __init__(self, context: Context, shelf: Shelf, clock: VirtualClock) -> None:
        self.context, self.shelf, self.clock = context, shelf, clock
        self.workspace = Workspace()
        self._handlers = {
            look_ahead.CHORE: look_ahead.looking(self.workspace),
            look_ahead.TOLD: look_ahead.forget,
        }
        chores.begin(context, {look_ahead.CHORE: clock.now()})

    def is_without(self, person: str, first: int, last: int) -> None:
        """Somebody of first line is away from one day to another, counted from NOON."""
        usual = playbooks()
        away = Override(NOON + first * DAY, NOON + last * DAY, person, None, "leave")
        first_line = replace(usual.rotations["first-line"], overrides=(away,))
        self.shelf.current = replace(usual, rotations={**usual.rotations, "first-line": first_line})

    def lives(self, length: timedelta) -> list[str]:
        """What is said meanwhile."""
        end = self.clock.now() + length
        while (due := self.context.store.read(lambda uow: uow.chores.next_due())) and due <= end:
            self.clock.move_to(max(due, self.clock.now()))
            while chores.step(self.context, self._handlers).busy:
                pass
        self.clock.move_to(end)
        rows = self.context.store.write(lambda uow: uow.deliveries.claim(end, 50, 100 * DAY))
        return [str(row.payload["text"]) for row in rows]


@pytest.fixture
def desk(tmp_path: Path, fresh_sqlite: FreshDatabase) -> Iterator[Desk]:
    clock, shelf = VirtualClock(NOON), Shelf()
    with open_store(fresh_sqlite(tmp_path / "store")) as store:
        yield Desk(Context(store, clock, shelf, DESK), shelf, clock)


def test_while_all_is_well_nothing_is_said(desk: Desk) -> None:
    assert desk.lives(5 * DAY) == []


def test_a_gap_is_told_once_when_it_comes_within_two_weeks(desk: Desk) -> None:
    desk.is_without("ines", 15, 17)
    assert desk.lives(DAY - HOUR) == []
    (note,) = desk.lives(7 * DAY)
    assert note.startswith(
        "⚠️ In the next two weeks:\n• Nobody is on call in first-line: ines is away"
    )


def test_what_is_mended_is_told_and_what_comes_again_is_new(desk: Desk) -> None:
    desk.is_without("ines", 1, 6)
    assert len(desk.lives(DAY - HOUR)) == 1
    desk.shelf.current = playbooks()
    (note,) = desk.lives(DAY)
    assert note.startswith("No longer so:\n• Nobody is on call in first-line: ines is away")
    desk.is_without("ines", 1, 6)
    assert len(desk.lives(DAY)) == 1


def test_a_gap_that_is_over_is_forgotten_without_a_word(desk: Desk) -> None:
    desk.is_without("ines", 1, 3)
    assert len(desk.lives(HOUR)) == 1
    assert desk.lives(7 * DAY) == []
    assert desk.context.store.read(lambda uow: uow.chores.named(look_ahead.TOLD)) == []


def test_whoever_lost_their_account_is_told_and_a_slack_that_is_away_holds_up_the_look(
    desk: Desk,
) -> None:
    desk.workspace.gone, desk.workspace.away = {"UINES"}, True
    with capture_logs() as logged:
        assert desk.lives(HOUR) == []
    assert {entry["event"] for entry in logged} == {"chore_failed"}
    desk.workspace.away = False
    (note,) = desk.lives(2 * HOUR)
    assert "Ines (ines) is on call in first-line and is deactivated in Slack (UINES)" in note
    assert desk.lives(2 * DAY) == []


def test_the_next_look_is_in_the_morning_of_the_hand_off(desk: Desk) -> None:
    desk.lives(HOUR)
    due = desk.context.store.read(lambda uow: uow.chores.next_due())
    assert due == NOON + 21 * HOUR
