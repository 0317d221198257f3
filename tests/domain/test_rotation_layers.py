"""Layers beside each other: overnight windows, everybody of all of them, and shadows."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from supportbot.domain.on_call.rotation import Layer, Window, who
from tests.domain.rotations import (
    AMERICAS,
    EUROPE,
    FORTNIGHTS,
    MON_TO_FRI,
    WEEKLY,
    at,
    hand_off,
    layer,
    override,
    rotation,
)


def alone(person: str, *hours: Window, name: str = "") -> Layer:
    return layer(person, WEEKLY, hand_off("00:00", "UTC"), name=name or person, hours=hours)


FRIDAY, SATURDAY = frozenset({4}), frozenset({5})
SUN = rotation(
    alone("nights", Window(MON_TO_FRI, time(22), time(6), "UTC")),
    alone("saturdays", Window(SATURDAY, time(9), time(9), "UTC")),
    alone("fridays", Window(FRIDAY, time(12), time(0), "UTC")),
    alone("otherwise"),
)


@pytest.mark.parametrize(
    ("instant", "person", "until"),
    [
        # 2026-11-27 is a Friday.
        ("2026-11-26T23:00", "nights", "2026-11-27T06:00"),
        ("2026-11-27T06:00", "otherwise", "2026-11-27T12:00"),
        ("2026-11-27T12:00", "fridays", "2026-11-27T22:00"),
        ("2026-11-27T22:00", "nights", "2026-11-28T06:00"),
        # The night began on Friday, so it is still on; that of Saturday never begins.
        ("2026-11-28T05:59", "nights", "2026-11-28T06:00"),
        ("2026-11-28T06:00", "otherwise", "2026-11-28T09:00"),
        ("2026-11-28T09:00", "saturdays", "2026-11-29T09:00"),
        ("2026-11-28T23:00", "saturdays", "2026-11-29T09:00"),
        ("2026-11-29T09:00", "otherwise", "2026-11-30T00:00"),
    ],
)
def test_a_window_belongs_to_the_day_on_which_it_begins(
    instant: str, person: str, until: str
) -> None:
    answer = who(SUN, at(instant))
    assert (answer.people, answer.until) == ((person,), at(until))


@pytest.mark.parametrize(
    ("instant", "people"),
    [
        ("2026-11-24T12:00", ("amina", "ines", "tomasz")),
        ("2026-11-24T20:00", ("sam", "ines", "tomasz")),
        ("2026-11-28T12:00", ("ines", "tomasz")),
    ],
)
def test_with_all_layers_everybody_of_each_that_is_on_is_on_call(
    instant: str, people: tuple[str, ...]
) -> None:
    pair = layer("ines tomasz", WEEKLY, hand_off("09:00", "UTC"), name="pair", at_a_time=2)
    every = replace(rotation(EUROPE, AMERICAS, pair), all_layers=True)
    answer = who(every, at(instant))
    assert answer.people == people
    assert {one.layer for one in answer.on_call} <= {"europe", "americas", "pair"}


def test_with_all_layers_the_reason_tells_of_each() -> None:
    every = replace(rotation(EUROPE, AMERICAS), all_layers=True)
    assert who(every, at("2026-11-24T12:00")).reason == (
        "europe is on; americas is outside its hours until"
        " Tuesday 2026-11-24 08:00 America/Vancouver"
    )


SHADOWED = replace(
    rotation(FORTNIGHTS),
    shadows=(alone("mei", Window(MON_TO_FRI, time(9), time(17), "UTC")), alone("ines", name="own")),
)


def test_a_shadow_follows_along_in_its_hours_and_is_not_on_call() -> None:
    answer = who(SHADOWED, at("2026-11-24T12:00"))
    assert answer.people == ("wanjiru", "ines")
    # Who is on call is no shadow, and each answer holds as long as both.
    assert [(one.person, one.layer) for one in answer.shadowing] == [("mei", "mei")]
    assert (answer.since, answer.until) == (at("2026-11-24T09:00"), at("2026-11-24T17:00"))
    assert who(SHADOWED, at("2026-11-24T18:00")).shadowing == ()
    assert "mei" not in SHADOWED.members()


def test_shadows_never_stand_for_somebody_on_call() -> None:
    nobody = replace(SHADOWED, layers=())
    answer = who(nobody, at("2026-11-24T12:00"))
    assert answer.on_call == ()
    assert [one.person for one in answer.shadowing] == ["mei", "ines"]


def test_a_shadow_who_is_away_has_nobody_in_their_place() -> None:
    away = override("2026-11-24T00:00", "2026-11-25T00:00", "mei", "sam")
    answer = who(replace(SHADOWED, overrides=(away,)), at("2026-11-24T12:00"))
    assert (answer.people, answer.shadowing) == (("wanjiru", "ines"), ())
