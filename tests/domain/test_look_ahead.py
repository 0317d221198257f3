"""What will go wrong with the rota in the next two weeks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from supportbot.domain.on_call.rotation import OneOffs, Override, Rotation, Shift, ShiftLayer
from supportbot.domain.policy.look_ahead import AHEAD, holes, rostered, troubles
from supportbot.domain.policy.playbook import Person
from tests.domain.samples import DAY, HOUR, NOON, office, people, playbooks, rotation

MONDAY = NOON - DAY - 3 * HOUR
ALWAYS, OFFICE = rotation("first-line", "ines tomasz"), rotation("first-line", "ines", office())
TWO_SHIFTS = Rotation(
    "first-line",
    (
        ShiftLayer(
            "plan",
            OneOffs(
                (Shift("ines", MONDAY, NOON + DAY), Shift("zoe", NOON + 2 * DAY, NOON + 99 * DAY))
            ),
            ("ines", "zoe"),
        ),
    ),
)


def away(person: str, first: int, last: int, reason: str = "leave") -> Override:
    return Override(NOON + first * DAY, NOON + last * DAY, person, None, reason)


def seen(one: Rotation, active: Mapping[str, bool] | None = None, **known: Person) -> list[str]:
    team = playbooks(rotations={"first-line": one}, people=known)
    return [str(found) for found in troubles(team, NOON, NOON + AHEAD, active or {})]


@pytest.mark.parametrize("one", [ALWAYS, OFFICE], ids=["always on", "office hours"])
def test_a_rota_as_it_was_meant_to_be_is_no_trouble(one: Rotation) -> None:
    assert seen(one) == []


def test_whoever_is_away_with_nobody_in_their_place_leaves_a_gap() -> None:
    (told,) = seen(replace(ALWAYS, overrides=(away("ines", 1, 2),)))
    assert told == (
        "Nobody is on call in first-line: ines is away until 2026-11-26 12:00 UTC, leave"
        " (from Wednesday 2026-11-25 12:00 UTC until Thursday 2026-11-26 12:00 UTC)"
    )


def test_the_days_of_one_leave_are_one_trouble_that_is_called_the_same_every_day() -> None:
    team = playbooks(rotations={"first-line": replace(OFFICE, overrides=(away("ines", 1, 30),))})
    days = [holes(team, NOON + n * DAY, NOON + n * DAY + AHEAD) for n in range(3)]
    assert [len(found) for found in days] == [1, 1, 1]
    assert {found[0].what for found in days} == {
        "Nobody is on call in first-line: ines is away until 2026-12-24 12:00 UTC, leave"
    }
    assert days[0][0].when.endswith("times in all")
    assert days[0][0].until < days[1][0].until


def test_where_somebody_stands_in_there_is_no_gap() -> None:
    covered = Override(NOON + DAY, NOON + 2 * DAY, "ines", "zoe")
    assert seen(replace(ALWAYS, overrides=(away("ines", 1, 2), covered))) == []


def test_a_hole_between_written_shifts_is_a_gap_though_nobody_is_away() -> None:
    (told,) = seen(TWO_SHIFTS)
    assert told == (
        "Nobody is on call in first-line: no layer has anybody"
        " (from Wednesday 2026-11-25 12:00 UTC until Thursday 2026-11-26 12:00 UTC)"
    )


def test_people_on_call_whom_nothing_reaches_are_named() -> None:
    (told,) = seen(ALWAYS, ines=Person("ines", "Ines"))
    assert told == (
        "Ines (ines) is on call in first-line and has neither a Slack id nor a mail address"
        " (from Monday 2026-11-23 09:00 UTC)"
    )
    assert seen(ALWAYS, ines=Person("ines", "Ines", mail="ines@desk.example")) == []


def test_people_whose_account_is_gone_are_named_while_they_are_on_call() -> None:
    gone = {"UINES": False, "UTOMASZ": True, "UZOE": False}
    (told,) = seen(ALWAYS, gone)
    assert told == (
        "Ines (ines) is on call in first-line and is deactivated in Slack (UINES)"
        " (from Monday 2026-11-23 09:00 UTC)"
    )


def test_those_who_are_on_call_are_asked_after_and_nobody_else() -> None:
    team = playbooks(people=people("akira"))
    assert rostered(team, NOON, NOON + DAY) == {"ines", "jonas"}
    assert rostered(team, NOON, NOON + AHEAD) == {"ines", "tomasz", "jonas", "amina"}
