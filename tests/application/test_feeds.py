"""Feeds: which shifts, under which names, and that nothing changes while nothing changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from supportbot.application.feeds import AHEAD, BACK, Feed, Kind, address, feed, token
from supportbot.domain.on_call.rotation import Override
from supportbot.domain.policy.playbook import Playbooks
from tests.domain.samples import DAY, HOUR, NOON, office, playbooks, rotation

WEEK = timedelta(days=7)
MONDAY = NOON - DAY - 3 * HOUR


def read(kind: Kind, name: str, now: datetime = NOON, team: Playbooks | None = None) -> Feed:
    found = feed(team or playbooks(), kind, name, now)
    assert found is not None
    return found


def with_override(**values: object) -> Playbooks:
    usual = playbooks()
    first = usual.rotations["first-line"]
    override = Override(**values)  # type: ignore[arg-type]
    return replace(
        usual,
        rotations={**usual.rotations, "first-line": replace(first, overrides=(override,))},
    )


def test_a_rotation_s_feed_has_everyone_s_turns_from_eight_weeks_ago_to_a_year_ahead() -> None:
    found = read("rotation", "first-line")
    assert found.title == "On call: first-line"
    assert [event.title for event in found.events[:2]] == ["Ines: first-line", "Tomasz: first-line"]
    assert found.events[0].since <= NOON - BACK < found.events[0].until
    assert found.events[-1].since <= NOON + AHEAD < found.events[-1].until
    assert len(found.events) == 61


def test_a_person_s_feed_has_their_turns_in_all_rotations() -> None:
    both = playbooks(
        rotations={
            "first-line": rotation("first-line", "ines tomasz"),
            "second-line": rotation("second-line", "jonas ines"),
        }
    )
    found = read("person", "ines", team=both)
    assert found.title == "On call: Ines"
    assert {event.title for event in found.events} == {
        "On call: first-line",
        "On call: second-line",
    }
    assert [event.since for event in found.events] == sorted(e.since for e in found.events)


@pytest.mark.parametrize(
    ("kind", "name"), [("rotation", "third-line"), ("rotation", "ines"), ("person", "first-line")]
)
def test_what_nobody_knows_has_no_feed(kind: Kind, name: str) -> None:
    assert feed(playbooks(), kind, name, NOON) is None


def test_a_shift_keeps_its_name_when_its_end_moves_and_others_keep_theirs() -> None:
    usual = read("rotation", "first-line").events
    early = with_override(start=NOON, end=MONDAY + WEEK, replace="ines", with_="zoe")
    changed = read("rotation", "first-line", team=early).events
    ours = next(event for event in usual if event.since == MONDAY)
    cut, zoe = (event for event in changed if MONDAY <= event.since < MONDAY + WEEK)
    assert (cut.uid, cut.since, cut.until) == (ours.uid, MONDAY, NOON)
    assert (zoe.title, zoe.since) == ("Zoe: first-line", NOON)
    assert zoe.text.startswith("main: override until")
    assert set(usual) - set(changed) == {ours}
    assert len({event.uid for event in changed}) == len(changed)


def test_while_nothing_changes_a_shift_is_the_same_whenever_it_is_asked_for() -> None:
    now = set(read("rotation", "first-line").events)
    later = set(read("rotation", "first-line", NOON + 3 * DAY + HOUR).events)
    assert len(now & later) >= len(now) - 1


def test_only_who_comes_fresh_is_told_the_day_before() -> None:
    days = playbooks(rotations={"first-line": rotation("first-line", "ines", office())})
    week = [
        e.fresh
        for e in read("rotation", "first-line", team=days).events
        if MONDAY - HOUR <= e.since < MONDAY + WEEK - HOUR
    ]
    # On Monday at nine a turn ends and another begins.
    assert week == [True, False, False, False, False, False]


def test_each_feed_has_a_token_of_its_own_and_another_secret_gives_others() -> None:
    asked: list[tuple[str, Kind, str]] = [
        ("s" * 32, "rotation", "ines"),
        ("s" * 32, "person", "ines"),
        ("s" * 32, "person", "zoe"),
        ("t" * 32, "rotation", "ines"),
    ]
    found = {token(*one) for one in asked}
    assert len(found) == len(asked)
    assert all(len(one) == 32 for one in found)
    assert token(*asked[0]) == token(*asked[0])


def test_addresses_tell_persons_from_rotations() -> None:
    assert address("rotation", "ines") == "/rota/ines.ics"
    assert address("person", "ines") == "/rota/person/ines.ics"
