"""Standing in, joining, being away."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from supportbot.domain.on_call.rotation import (
    Override,
    on_call,
    shifts,
    who,
)
from tests.domain.rotations import (
    EUROPE,
    FORTNIGHTS,
    HOLIDAYS,
    WEEKLY,
    at,
    hand_off,
    layer,
    override,
    rotation,
)

# The week from Monday 28 December 2026 is that of jonas.
IN_EUROPE = at("2026-12-29T10:00")


@pytest.mark.parametrize(
    ("overrides", "people"),
    [
        ([], ["jonas"]),
        ([("jonas", "mei")], ["mei"]),
        ([("amina", "mei")], ["jonas"]),
        ([(None, "mei")], ["jonas", "mei"]),
        ([(None, "jonas")], ["jonas"]),
        ([(None, "mei"), (None, "mei")], ["jonas", "mei"]),
        # The last one written for a person holds.
        ([("jonas", "mei"), ("jonas", "amina")], ["amina"]),
        # A stand-in who is away has a stand-in too, in whichever order they were written.
        ([("jonas", "amina"), ("amina", "mei")], ["mei"]),
        ([("amina", "mei"), ("jonas", "amina")], ["mei"]),
        ([(None, "amina"), ("amina", "mei")], ["jonas", "mei"]),
        # Trades, of two and of three.
        ([("jonas", "amina"), ("amina", "jonas")], ["amina"]),
        ([("jonas", "amina"), ("amina", "mei"), ("mei", "jonas")], ["amina"]),
        ([("jonas", "amina"), ("amina", "mei"), ("mei", "amina")], ["mei"]),
        ([("jonas", None), (None, "mei")], ["mei"]),
        ([("jonas", None), ("mei", None), (None, "mei")], []),
    ],
)
def test_overrides_replace_add_and_remove(
    overrides: list[tuple[str | None, str | None]], people: list[str]
) -> None:
    made = tuple(override(*HOLIDAYS, replace, with_) for replace, with_ in overrides)
    answer = who(rotation(EUROPE, overrides=made), IN_EUROPE)
    assert list(answer.people) == people


def test_stand_in_who_is_on_anyway_has_one_seat() -> None:
    made = override("2026-11-23T09:00", "2026-11-24T00:00", "wanjiru", "ines")
    answer = who(rotation(FORTNIGHTS, overrides=(made,)), at("2026-11-23T12:00"))
    assert answer.people == ("ines",)


def test_removing_everyone_from_a_layer_lets_the_next_decide() -> None:
    made = (override(*HOLIDAYS, "jonas", None, "flu"),)
    home = layer("lucia", WEEKLY, hand_off("09:00", "UTC"), name="backup")
    answer = who(rotation(EUROPE, home, overrides=made), IN_EUROPE)
    assert answer.people == ("lucia",)
    assert answer.reason == (
        "backup is on; europe is on, but its people are away:"
        " override until 2026-12-31 00:00 UTC: nobody for jonas (flu)"
    )


@pytest.mark.parametrize(
    ("overrides", "layer_name", "reason"),
    [
        (
            [("jonas", "mei", "dentist")],
            "europe",
            "override until 2026-12-31 00:00 UTC: mei for jonas (dentist)",
        ),
        (
            [("jonas", "amina", ""), ("amina", "mei", "")],
            "europe",
            (
                "override until 2026-12-31 00:00 UTC: amina for jonas;"
                " override until 2026-12-31 00:00 UTC: mei for amina"
            ),
        ),
        (
            [("jonas", None, ""), (None, "mei", "launch")],
            "override",
            "override until 2026-12-31 00:00 UTC: mei as well (launch)",
        ),
    ],
)
def test_override_gives_its_reason(
    overrides: list[tuple[str | None, str | None, str]], layer_name: str, reason: str
) -> None:
    made = tuple(override(*HOLIDAYS, replace, with_, text) for replace, with_, text in overrides)
    (one,) = on_call(rotation(EUROPE, overrides=made), IN_EUROPE)
    assert (one.person, one.layer, one.reason) == ("mei", layer_name, reason)


def test_override_cuts_the_shift_where_it_starts_and_ends() -> None:
    lunch = override("2026-12-29T11:00", "2026-12-29T12:00", "jonas", "mei")
    spans = shifts(
        rotation(EUROPE, overrides=(lunch,)), at("2026-12-29T07:00"), at("2026-12-29T16:00")
    )
    assert [(span.start, span.people) for span in spans] == [
        (at("2026-12-29T07:00"), ("jonas",)),
        (at("2026-12-29T11:00"), ("mei",)),
        (at("2026-12-29T12:00"), ("jonas",)),
    ]


@pytest.mark.parametrize("replaced", ["jonas", None])
def test_override_of_a_stand_in_cuts_the_shift_too(replaced: str | None) -> None:
    away = override("2026-12-29T11:00", "2026-12-29T12:00", "mei", "sam")
    overrides = (override(*HOLIDAYS, replaced, "mei"), away)
    spans = shifts(
        rotation(EUROPE, overrides=overrides), at("2026-12-29T07:00"), at("2026-12-29T16:00")
    )
    assert [(span.start, span.people[-1]) for span in spans] == [
        (at("2026-12-29T07:00"), "mei"),
        (at("2026-12-29T11:00"), "sam"),
        (at("2026-12-29T12:00"), "mei"),
    ]


def test_override_of_somebody_not_on_leaves_the_shift_whole() -> None:
    elsewhere = override("2026-12-29T11:00", "2026-12-29T12:00", "amina", "mei")
    answer = who(rotation(EUROPE, overrides=(elsewhere,)), at("2026-12-29T11:30"))
    assert (answer.since, answer.until) == (at("2026-12-29T07:00"), at("2026-12-29T16:00"))


def test_override_given_in_local_time_answers_in_utc() -> None:
    begin, end = "2026-12-29T12:00+01:00", "2026-12-29T13:00+01:00"
    local = Override(datetime.fromisoformat(begin), datetime.fromisoformat(end), None, "mei")
    answer = who(rotation(overrides=(local,)), at("2026-12-29T11:30"))
    assert (answer.since, answer.until) == (at("2026-12-29T11:00"), at("2026-12-29T12:00"))
    assert answer.until is not None
    assert answer.until.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "end", "replace", "with_", "message"),
    [
        ("2026-12-24T00:00", "2026-12-24T00:00", "jonas", "amina", "must end after it starts"),
        ("2026-12-25T00:00", "2026-12-24T00:00", "jonas", "amina", "must end after it starts"),
        ("2026-12-24T00:00", "2026-12-25T00:00", None, None, "names somebody"),
        ("2026-12-24T00:00", "2026-12-25T00:00", "jonas", "jonas", "names somebody"),
    ],
)
def test_override_that_says_nothing_is_refused(
    start: str, end: str, replace: str | None, with_: str | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        override(start, end, replace, with_)
