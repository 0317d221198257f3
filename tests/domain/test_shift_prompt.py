"""Who is asked before a shift, and when: the day before, on their own clocks, once a turn."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from supportbot.domain.on_call.hand_off import HandOff, Period
from supportbot.domain.on_call.override import Override
from supportbot.domain.on_call.rotation import Layer, Rotation
from supportbot.domain.on_call.shift_prompt import shift_prompts
from supportbot.domain.on_call.working_time import Window

MONDAY = date(2026, 3, 23)
ZONES = {"ines": "Europe/Madrid", "sam": "America/St_Johns"}
START, END = datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 4, 20, tzinfo=UTC)


def asked(*hours: Window) -> list[tuple[str, str, str]]:
    layer = Layer(
        "turns",
        ("ines", "sam"),
        Period(1, "week"),
        HandOff(0, time(9), "Europe/Madrid"),
        MONDAY,
        hours=hours,
    )
    prompts = shift_prompts(Rotation("first-line", (layer,)), ZONES, START, END)
    return [(p.person, f"{p.at:%m-%d %H:%M}", f"{p.since:%m-%d %H:%M}") for p in prompts]


def test_everybody_is_asked_at_four_in_the_afternoon_of_their_day_before() -> None:
    # Clocks in Madrid go forward on 29 March, in St. John's they have already.
    assert asked() == [
        ("ines", "03-22 15:00", "03-23 08:00"),
        ("sam", "03-29 18:30", "03-30 07:00"),
        ("ines", "04-05 14:00", "04-06 07:00"),
        ("sam", "04-12 18:30", "04-13 07:00"),
    ]


def test_the_days_of_one_turn_are_asked_about_once() -> None:
    weekdays = Window(frozenset(range(5)), time(9), time(17), "Europe/Madrid")

    assert [who for who, _, _ in asked(weekdays)] == ["ines", "sam", "ines", "sam"]


def test_of_a_few_people_with_a_day_each_everybody_is_asked_before_each_day() -> None:
    layer = Layer("turns", ("ines", "sam"), Period(1, "day"), HandOff(None, time(9), "UTC"), MONDAY)
    covered = datetime(2026, 3, 24, 20, tzinfo=UTC)
    evening = Override(covered, covered + timedelta(hours=2), "sam", "ines")
    rotation = Rotation("first-line", (layer,), (evening,))

    prompts = shift_prompts(rotation, ZONES, START, START + timedelta(days=4))
    assert [(p.person, f"{p.since:%a %H:%M}") for p in prompts] == [
        ("ines", "Mon 09:00"),
        ("sam", "Tue 09:00"),
        ("ines", "Tue 20:00"),
        ("ines", "Wed 09:00"),
        ("sam", "Thu 09:00"),
    ]


def test_a_shift_keeps_its_name_however_often_the_rota_is_read() -> None:
    layer = Layer("turns", ("ines", "sam"), Period(1, "week"), HandOff(0, time(9), "UTC"), MONDAY)
    rotation = Rotation("first-line", (layer,))
    later = datetime(2026, 3, 27, tzinfo=UTC)

    early = {p.name for p in shift_prompts(rotation, ZONES, START, END)}
    assert {p.name for p in shift_prompts(rotation, ZONES, later, END)} <= early
