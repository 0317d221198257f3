"""Shifts one by one: who is on, between which instants, and why."""

from __future__ import annotations

import pytest

from supportbot.domain.on_call.rotation import OneOffs, Shift, ShiftLayer, shifts, who
from tests.domain.rotations import at, override, rotation


def shift(person: str, start: str, end: str, reason: str = "") -> Shift:
    return Shift(person, at(start), at(end), reason)


def one_by_one(*made: Shift) -> ShiftLayer:
    people = tuple(dict.fromkeys(one.person for one in made))
    return ShiftLayer("extra", OneOffs(made), people, "Europe/Berlin")


NEW_YEAR = one_by_one(
    shift("ines", "2026-12-30T09:00", "2027-01-02T09:00", "the turn of the year"),
    shift("tomasz", "2027-01-01T09:00", "2027-01-01T18:00"),
    shift("akira", "2031-01-01T00:00", "2031-01-02T00:00"),
)


@pytest.mark.parametrize(
    ("instant", "people", "since", "until"),
    [
        ("2026-01-01T00:00", (), None, "2026-12-30T09:00"),
        ("2026-12-30T09:00", ("ines",), "2026-12-30T09:00", "2027-01-01T09:00"),
        ("2027-01-01T00:00", ("ines",), "2026-12-30T09:00", "2027-01-01T09:00"),
        ("2027-01-01T09:00", ("ines", "tomasz"), "2027-01-01T09:00", "2027-01-01T18:00"),
        ("2027-01-02T09:00", (), "2027-01-02T09:00", "2031-01-01T00:00"),
        ("2031-01-01T00:00", ("akira",), "2031-01-01T00:00", "2031-01-02T00:00"),
        ("2045-01-01T00:00", (), "2031-01-02T00:00", None),
    ],
)
def test_everybody_is_on_during_their_shifts_also_over_the_turn_of_a_year(
    instant: str, people: tuple[str, ...], since: str | None, until: str | None
) -> None:
    answer = who(rotation(NEW_YEAR), at(instant))
    assert answer.people == people
    assert answer.since == (at(since) if since else None)
    assert answer.until == (at(until) if until else None)


def test_a_shift_tells_its_reason_and_a_pause_when_it_ends() -> None:
    made = rotation(NEW_YEAR)
    assert [one.reason for one in who(made, at("2027-01-01T10:00")).on_call] == [
        "shift in extra, since Wednesday 2026-12-30 10:00 Europe/Berlin: the turn of the year",
        "shift in extra, since Friday 2027-01-01 10:00 Europe/Berlin",
    ]
    pause = who(made, at("2026-12-01T00:00")).reason
    assert pause == "extra has no shift until Wednesday 2026-12-30 10:00 Europe/Berlin"
    assert who(made, at("2045-01-01T00:00")).reason == "extra has no shift"


def test_an_end_at_the_turn_of_a_year_is_an_end() -> None:
    layer = one_by_one(shift("ines", "2026-12-31T00:00", "2027-01-01T00:00"))
    spans = shifts(rotation(layer), at("2026-12-30T00:00"), at("2027-01-02T00:00"))
    assert [(span.people, span.start) for span in spans] == [
        ((), at("2026-12-30T00:00")),
        (("ines",), at("2026-12-31T00:00")),
        ((), at("2027-01-01T00:00")),
    ]


def test_overrides_hold_for_shifts_as_for_turns() -> None:
    away = override("2026-12-31T00:00", "2027-01-01T00:00", "ines", "sam")
    answer = who(rotation(NEW_YEAR, overrides=(away,)), at("2026-12-31T12:00"))
    assert (answer.people, answer.until) == (("sam",), at("2027-01-01T00:00"))


def test_a_shift_that_never_is_is_refused() -> None:
    with pytest.raises(ValueError, match="must end after it starts"):
        shift("ines", "2026-12-31T00:00", "2026-12-31T00:00")
