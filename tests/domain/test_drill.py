"""When somebody may be tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

import pytest

from supportbot.domain.on_call import weekly
from supportbot.domain.on_call.absence import Absence
from supportbot.domain.on_call.hand_off import HandOff
from supportbot.domain.policy.playbook import Person
from supportbot.domain.ticket import drill
from tests.domain.samples import DAY, NOON, at, office, person

IN_OFFICE = person("ines", office())


@pytest.mark.parametrize(
    ("who", "now", "when"),
    [
        (person("ines"), NOON, NOON),
        (IN_OFFICE, NOON, NOON),
        (IN_OFFICE, at("19:00"), at("2026-11-25 08:00")),
        (IN_OFFICE, at("2026-11-27 17:00"), at("2026-11-30 08:00")),
        (replace(IN_OFFICE, holidays=frozenset({NOON.date()})), NOON, at("2026-11-25 08:00")),
        (
            replace(IN_OFFICE, away=(Absence(NOON - DAY, at("2026-11-26 10:00")),)),
            NOON,
            at("2026-11-26 10:00"),
        ),
        (replace(person("ines"), away=(Absence(NOON, NOON + DAY),)), NOON, NOON + DAY),
    ],
)
def test_somebody_is_tried_when_they_work(who: Person, now: datetime, when: datetime) -> None:
    assert drill.next_time(who, now) == when


def test_a_week_keeps_its_wall_clock_time_over_a_change_of_the_clocks() -> None:
    when = HandOff(2, time(14), "Europe/Berlin")
    summer = at("2026-10-21 12:00")

    assert weekly.newest(when, summer) == summer
    assert weekly.next_after(when, summer) == at("2026-10-28 13:00")
