"""Leave and public holidays in people.yaml: whoever is away is on call nowhere, and not called."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from supportbot.adapters.playbook_files.public_holidays import YEARS
from supportbot.domain.escalation.reach import reach_of, somebody_on
from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.absence import Absence
from supportbot.domain.on_call.rotation import who
from supportbot.domain.policy.playbook import Playbooks
from tests.adapters.playbook_files_base import BASE, faults_of, loaded, loaded_from
from tests.adapters.test_calendars import calendar
from tests.domain.samples import P2, step, ticket

PEOPLE = """\
people:
  ines:
    slack: U0INES
    time_zone: Europe/Madrid
    hours: [Mon-Fri 08:00-16:00, Fri 22:00-06:00]
    public_holidays: ES-MD
    away: {away}
  tomasz: {{slack: U0TOMASZ}}
  mara: {{mail: mara@northfield.example}}
roles:
  manager: [ines, tomasz]
"""
ONE_DAY = "{from: 2026-12-01, to: 2026-12-01, reason: leave}"
# A week of ines, as the count of turns goes.
TUESDAY = datetime(2026, 12, 1, 12, tzinfo=UTC)


def absences(away: str, **files: str) -> list[tuple[str, str, str]]:
    found = loaded_from({**BASE, "people.yaml": PEOPLE.format(away=away), **files})
    return [
        (f"{one.start:%Y-%m-%d %H:%M}", f"{one.end:%Y-%m-%d %H:%M}", one.reason)
        for one in found.people["ines"].away
    ]


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        (ONE_DAY, [("2026-11-30 23:00", "2026-12-01 23:00", "leave")]),
        (
            "[{from: 2026-12-24, to: 2027-01-02}, {from: 2026-06-01T12:00, to: 2026-06-01T15:00}]",
            [
                ("2026-06-01 10:00", "2026-06-01 13:00", "away"),
                ("2026-12-23 23:00", "2027-01-02 23:00", "away"),
            ],
        ),
        (
            "{from: 2026-12-24T09:00Z, to: 2026-12-24}",
            [("2026-12-24 09:00", "2026-12-24 23:00", "away")],
        ),
    ],
)
def test_days_are_whole_and_the_last_one_counts_on_their_own_clocks(
    away: str, expected: list[tuple[str, str, str]]
) -> None:
    assert absences(away) == expected


def test_a_calendar_of_their_own_is_leave_whatever_it_says() -> None:
    trip = "DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261203\nSUMMARY:Kyoto"
    weekly = "DTSTART:20261204T090000Z\nDTEND:20261204T100000Z\nRRULE:FREQ=WEEKLY;COUNT=2"
    text = calendar(trip, weekly, f"{trip}\nSTATUS:CANCELLED")
    expected = [
        ("2026-11-30 23:00", "2026-12-02 23:00", "calendar ines.ics: Kyoto"),
        ("2026-12-04 09:00", "2026-12-04 10:00", "calendar ines.ics"),
        ("2026-12-11 09:00", "2026-12-11 10:00", "calendar ines.ics"),
    ]
    assert absences("ines.ics", **{"ines.ics": text}) == expected
    also = absences(f"[{ONE_DAY}, ines.ics]", **{"ines.ics": text})
    assert also == [("2026-11-30 23:00", "2026-12-01 23:00", "leave"), *expected]


ENDLESS = calendar("DTSTART:20261204T090000Z\nDTEND:20261204T100000Z\nRRULE:FREQ=WEEKLY")


@pytest.mark.parametrize(
    ("away", "files", "fault"),
    [
        ("{from: 2026-12-02, to: 2026-12-01}", {}, "7:11: it ends before it begins"),
        ("{from: 2026-12-02}", {}, "7:11: the key 'to' is missing — add `to: 2026-12-24`"),
        ("[{from: soon, to: 2026-12-01}]", {}, "7:19: 'soon' is not a day of the calendar"),
        ("inse.ics", {"ines.ics": ENDLESS}, "there is no file inse.ics — did you mean 'ines.ics'"),
        ("holidays", {}, "'holidays' is no calendar file"),
        ("ines.ics", {"ines.ics": ENDLESS}, "ines.ics:1:1: away more than 1000 times"),
    ],
)
def test_leave_that_makes_no_sense_is_a_fault_with_its_place(
    away: str, files: dict[str, str], fault: str
) -> None:
    found = faults_of({**BASE, "people.yaml": PEOPLE.format(away=away), **files})
    assert fault in "\n".join(found)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("DE-BR", "DE has no region 'BR' — known are"),
        ("QQ", "no public holidays are known of 'QQ'"),
        ("Germany", "'Germany' is no country — write the country's two letters"),
    ],
)
def test_an_unknown_country_or_region_is_a_fault(said: str, fault: str) -> None:
    text = PEOPLE.format(away=ONE_DAY).replace("ES-MD", said)
    found = faults_of({**BASE, "people.yaml": text})
    assert f"people.yaml:6:22: {fault}" in found[0]


def playbooks(away: str = ONE_DAY, rotations: str = BASE["rotations.yaml"]) -> Playbooks:
    return loaded(people=PEOPLE.format(away=away), rotations=rotations)


def test_nobody_is_rostered_or_called_while_on_leave() -> None:
    files = playbooks()
    first = files.rotations["first-line"]
    assert who(first, TUESDAY - timedelta(days=1)).people == ("ines",)
    assert who(first, TUESDAY).people == ()
    assert "override until 2026-12-01 23:00 UTC: nobody for ines (leave)" in (
        who(first, TUESDAY).reason
    )
    page = ticket(P2, TUESDAY)
    reached = reach_of(step("manager"), page, files, TUESDAY)
    assert (reached.people, reached.nobody) == (
        ("tomasz",),
        "Ines is away: leave until 2026-12-01 23:00 UTC",
    )
    alone = step("ines", when_empty="hold")
    assert reach_of(alone, page, files, TUESDAY).people == ()
    assert somebody_on(alone, page, files, TUESDAY) == files.people["ines"].away[0].end


def test_what_an_override_says_of_somebody_on_leave_holds() -> None:
    text = """\
rotations:
  first-line:
    people: [ines, tomasz]
    swap_every: 1 week
    hand_off: Monday 09:00 UTC
    overrides:
      - {from: 2026-12-01T00:00Z, to: 2026-12-02T00:00Z, replace: ines, with: tomasz}
"""
    assert who(playbooks(rotations=text).rotations["first-line"], TUESDAY).people == ("tomasz",)


def test_a_public_holiday_is_outside_their_hours_and_they_stay_in_the_rota() -> None:
    files = playbooks("{from: 2025-01-01, to: 2025-01-01}")
    ines = files.people["ines"]
    # The Immaculate Conception; 2 May is a holiday of Madrid alone.
    holiday = datetime(2026, 12, 8, 10, tzinfo=UTC)
    assert {date(2026, 12, 8), date(2025, 5, 2), date(YEARS[-1], 12, 25)} <= ines.holidays
    assert ines.hours is not None
    assert not working_time.is_open(ines.hours, holiday)
    assert working_time.next_open(ines.hours, holiday) == datetime(2026, 12, 9, 7, tzinfo=UTC)
    # The night that began the evening before goes on.
    assert working_time.is_open(ines.hours, datetime(2026, 12, 25, 23, tzinfo=UTC)) is False
    assert working_time.is_open(ines.hours, datetime(2027, 1, 1, 23, tzinfo=UTC)) is False
    assert working_time.is_open(ines.hours, datetime(2026, 12, 5, 2, tzinfo=UTC))
    assert ines.away == (
        Absence(datetime(2024, 12, 31, 23, tzinfo=UTC), datetime(2025, 1, 1, 23, tzinfo=UTC)),
    )


def test_the_long_form_names_the_country_and_its_region() -> None:
    text = PEOPLE.format(away=ONE_DAY)
    long = text.replace("ES-MD", "{country: es, region: md}")
    assert loaded(people=long).people == loaded(people=text).people


def test_the_example_of_the_page_loads() -> None:
    page = (Path(__file__).parents[2] / "docs" / "leave-and-cover.md").read_text(encoding="utf-8")
    text = page.partition("```yaml\n")[2].partition("```")[0]
    text += "  tomasz: {}\n  mara: {mail: mara@northfield.example}\nroles: {manager: ines}\n"
    leave = calendar("DTSTART;VALUE=DATE:20261201\nSUMMARY:Kyoto")
    found = loaded_from({**BASE, "people.yaml": text, "jonas.ics": leave})
    assert [len(found.people[key].away) for key in ("ines", "jonas")] == [2, 1]
    assert date(2027, 3, 8) in found.people["jonas"].holidays
