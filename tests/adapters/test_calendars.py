"""Shifts from iCalendar files: what each kind of event means, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from supportbot.adapters.playbook_files.calendars import (
    MOST_EVENTS,
    CalendarRefused,
    read_calendar,
)
from supportbot.adapters.playbook_files.source import PlaybookFiles
from supportbot.domain.on_call.rotation import Rotation, ShiftLayer, who
from supportbot.domain.policy.playbook import Person
from tests.adapters.playbook_files_base import BASE, faults_of, loaded_from

PEOPLE = {
    "ines": Person("ines", "Inés Ferrer", mail="Ines@openfield.example"),
    "tomasz": Person("tomasz", "Tomasz Nowak", mail="tomasz@openfield.example"),
    "ana": Person("ana", "Ana"),
    "ana-lima": Person("ana-lima", "Ana Lima"),
}
BERLIN = ";TZID=Europe/Berlin"


def calendar(*events: str) -> str:
    """Each event as lines with blanks in between; DTEND is an hour later where none is written."""
    made = []
    for number, event in enumerate(events):
        lines = event.strip().split("\n")
        own = [] if "UID:" in event else [f"UID:{number}"]
        made += ["BEGIN:VEVENT", *own, *(line.strip() for line in lines), "END:VEVENT"]
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y", *made, "END:VCALENDAR"])


def shifts(text: str, year: int = 2026, zone: str = "Europe/Berlin") -> list[str]:
    """The shifts of a year: person, from and to in UTC."""
    roster = read_calendar(text, "team.ics", zone, PEOPLE)
    span = (datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
    found = roster.shifts_between(*span)
    assert roster.shifts_between(*span) == found
    return [f"{one.person} {one.start:%m-%dT%H:%M} {one.end:%m-%dT%H:%M}" for one in found]


WEEKS = f"""UID:w
DTSTART{BERLIN}:20260316T090000
DTEND{BERLIN}:20260323T090000
RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3
SUMMARY:ines"""


class Case(NamedTuple):
    what: str
    text: str
    expected: list[str]


CASES = [
    Case(
        "recurring at the same time of the wall",
        calendar(WEEKS),
        [
            "ines 03-16T08:00 03-23T08:00",
            "ines 03-30T07:00 04-06T07:00",
            "ines 04-13T07:00 04-20T07:00",
        ],
    ),
    Case(
        "one of them left out",
        calendar(WEEKS + f"\nEXDATE{BERLIN}:20260330T090000"),
        ["ines 03-16T08:00 03-23T08:00", "ines 04-13T07:00 04-20T07:00"],
    ),
    Case(
        "one of them given to another, and later",
        calendar(
            WEEKS,
            f"UID:w\nRECURRENCE-ID{BERLIN}:20260330T090000\nDTSTART{BERLIN}:20260331T090000\n"
            f"DTEND{BERLIN}:20260406T090000\nSUMMARY:Tomasz",
        ),
        [
            "ines 03-16T08:00 03-23T08:00",
            "tomasz 03-31T07:00 04-06T07:00",
            "ines 04-13T07:00 04-20T07:00",
        ],
    ),
    Case(
        "one of them cancelled",
        calendar(
            WEEKS,
            f"UID:w\nRECURRENCE-ID{BERLIN}:20260330T090000\nDTSTART{BERLIN}:20260330T090000\n"
            f"DTEND{BERLIN}:20260406T090000\nSTATUS:CANCELLED\nSUMMARY:whoever",
        ),
        ["ines 03-16T08:00 03-23T08:00", "ines 04-13T07:00 04-20T07:00"],
    ),
    Case(
        "one more day",
        calendar(
            "DTSTART:20260316T090000Z\nDURATION:PT1H\nRDATE:20260401T100000Z\nSUMMARY:ines",
        ),
        ["ines 03-16T09:00 03-16T10:00", "ines 04-01T10:00 04-01T11:00"],
    ),
    Case(
        "all day, in the zone of the layer",
        calendar("DTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260330\nSUMMARY:ines"),
        ["ines 03-27T23:00 03-29T22:00"],
    ),
    Case(
        "a day without an end",
        calendar("DTSTART;VALUE=DATE:20260328\nRRULE:FREQ=MONTHLY;COUNT=2\nSUMMARY:ines"),
        ["ines 03-27T23:00 03-28T23:00", "ines 04-27T22:00 04-28T22:00"],
    ),
    Case(
        "without a zone, in the zone of the layer; a time left out is the instant after the gap",
        calendar("DTSTART:20260329T023000\nDTEND:20260329T090000\nSUMMARY:ines"),
        ["ines 03-29T01:00 03-29T07:00"],
    ),
    Case(
        "by mail address, whoever is named",
        calendar(
            "DTSTART:20260316T090000Z\nDURATION:PT1H\nSUMMARY:on call with ana\n"
            "ATTENDEE:mailto:nobody@else.example\nATTENDEE:MAILTO:INES@openfield.example\n"
            "ATTENDEE;PARTSTAT=DECLINED:mailto:tomasz@openfield.example"
        ),
        ["ines 03-16T09:00 03-16T10:00"],
    ),
    Case(
        "by name or key, the longest that fits",
        calendar(
            "DTSTART:20260316T090000Z\nDURATION:PT1H\nSUMMARY:on call: INÉS FERRER",
            "DTSTART:20260317T090000Z\nDURATION:PT1H\nSUMMARY:ana lima (tomasz)",
            "DTSTART:20260318T090000Z\nDURATION:PT1H\nSUMMARY:Ana/ana-lima",
        ),
        [
            "ines 03-16T09:00 03-16T10:00",
            "ana-lima 03-17T09:00 03-17T10:00",
            "tomasz 03-17T09:00 03-17T10:00",
            "ana 03-18T09:00 03-18T10:00",
            "ana-lima 03-18T09:00 03-18T10:00",
        ],
    ),
    Case(
        "cancelled, of nobody, without length",
        calendar(
            "DTSTART:20260316T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED\nSUMMARY:dentist",
            "DTSTART:20260317T090000Z\nSUMMARY:ines",
        ),
        [],
    ),
    Case(
        "a zone of its own making",
        calendar("DTSTART;TZID=Team Time:20260316T090000\nDURATION:PT1H\nSUMMARY:ines").replace(
            "BEGIN:VEVENT",
            "BEGIN:VTIMEZONE\nTZID:Team Time\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
            "TZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT",
        ),
        ["ines 03-16T06:00 03-16T07:00"],
    ),
    Case(
        "an old rule that seldom comes true",
        calendar(
            "DTSTART:20000229T090000Z\nDURATION:PT1H\nSUMMARY:ines\n"
            "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;COUNT=99999"
        ),
        [],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_events_are_shifts(case: Case) -> None:
    assert shifts(case.text) == case.expected


def test_a_rule_without_end_is_right_in_any_year() -> None:
    text = calendar(WEEKS.replace(";COUNT=3", ""))
    assert shifts(text, 2025) == []
    assert shifts(text, 2036)[0] == "ines 01-07T08:00 01-14T08:00"
    assert len(shifts(text, 2090)) in (26, 27)


REFUSED = [
    ("x", 1, "cannot be read"),
    ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR", 1, "cannot be read"),
    (calendar(WEEKS, "DTSTART:20260316T090000Z\nSUMMARY:dentist"), 11, "event 'dentist' is of nob"),
    (calendar("SUMMARY:ines"), 4, "event 'ines'"),
    (calendar("DTSTART:20260316T090000Z\nDTEND:20250316T090000Z\nSUMMARY:ines"), 4, "event 'ines'"),
    (calendar("DTSTART:19991231T090000Z\nDURATION:PT1H\nSUMMARY:ines"), 4, "is before 2000"),
    (calendar("DTSTART:20260316T090000Z\nDURATION:P900D\nSUMMARY:ines"), 4, "no time up to a year"),
    (calendar(WEEKS.replace("WEEKLY", "SECONDLY")), 4, "recurs more than once a day"),
    (calendar(WEEKS.replace("WEEKLY", "HOURLY")), 4, "recurs more than once a day"),
    (calendar(WEEKS.replace("WEEKLY", "WEEKLY;BYMINUTE=1,2")), 4, "recurs more than once a day"),
    (calendar(WEEKS.replace("INTERVAL=2", "INTERVAL=0")), 4, "recurs every 0"),
    (calendar(WEEKS.replace("INTERVAL=2", "BYDAY=TU")), 4, "does not begin when its rule says"),
    (
        calendar(
            "DTSTART:20000130T090000Z\nSUMMARY:ines\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
        ),
        4,
        "does not begin when its rule says",
    ),
    (calendar(WEEKS + "\nRRULE:FREQ=DAILY"), 4, "has several rules"),
    (
        calendar(*(["DTSTART:20260316\nSUMMARY:ines"] * (MOST_EVENTS + 1))),
        1,
        "more than 1000 events",
    ),
    (
        calendar(*(["DTSTART:20260316T090000Z\nRRULE:FREQ=DAILY\nSUMMARY:ines"] * 14)),
        1,
        "events recur more than 5000 times a year",
    ),
    ("X" * (512 * 1024 + 1), 1, "larger than 512 KiB"),
]


@pytest.mark.parametrize(("text", "line", "message"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_is_hostile_or_nobodys_is_refused_at_its_line(
    text: str, line: int, message: str
) -> None:
    with pytest.raises(CalendarRefused) as refusal:
        read_calendar(text, "team.ics", "UTC", PEOPLE)
    ((found, said, mend),) = refusal.value.faults
    assert (found, mend != "") == (line, True)
    assert message in said


MEND = "invite somebody by the mail address in people.yaml, or put their key into the summary"
ROTATIONS = """\
rotations:
  first-line:
    layers:
      - {name: team, calendar: team.ics, time_zone: Europe/Berlin}
      - {name: otherwise, people: tomasz}
"""


def test_a_calendar_file_is_a_layer_and_part_of_the_version() -> None:
    files = {**BASE, "rotations.yaml": ROTATIONS, "team.ics": calendar(WEEKS)}
    rotation = loaded_from(files).rotations["first-line"]
    answer = who(rotation, datetime(2026, 3, 20, tzinfo=UTC))
    assert [(one.person, one.layer, one.reason) for one in answer.on_call] == [
        (
            "ines",
            "team",
            "shift in team, since Monday 2026-03-16 09:00 Europe/Berlin: calendar team.ics: ines",
        )
    ]
    later = who(rotation, datetime(2026, 3, 25, tzinfo=UTC))
    assert later.people == ("tomasz",)
    assert later.until == datetime(2026, 3, 30, 7, tzinfo=UTC)
    assert later.reason == (
        "otherwise is on; team has no shift until Monday 2026-03-30 09:00 Europe/Berlin"
    )
    assert rotation.members() == {"ines", "tomasz"}
    other = {**files, "team.ics": calendar(WEEKS.replace("COUNT=3", "COUNT=4"))}
    assert PlaybookFiles.of(files).version != PlaybookFiles.of(other).version


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        (
            {"rotations.yaml": ROTATIONS, "teem.ics": calendar(WEEKS)},
            "rotations.yaml:4:32: there is no such file — did you mean 'teem.ics'?",
        ),
        (
            {"rotations.yaml": ROTATIONS, "team.ics": calendar(WEEKS.replace("ines", "Lunch"))},
            "team.ics:4:1: event 'Lunch' is of nobody who is known — " + MEND,
        ),
        (
            {"team.ics": calendar(WEEKS)},
            "team.ics:1:1: nothing reads this file — add `calendar: team.ics` to a rotation",
        ),
    ],
)
def test_a_calendar_that_does_not_fit_is_a_fault_with_its_place(
    files: dict[str, str], fault: str
) -> None:
    assert faults_of({**BASE, **files})[0] == fault


def test_a_further_date_long_before_the_event_is_a_shift_like_any_other() -> None:
    text = calendar("DTSTART:20260316T090000Z\nDURATION:PT1H\nRDATE:20240301T100000Z\nSUMMARY:ines")
    roster = read_calendar(text, "team.ics", "UTC", PEOPLE)
    team = Rotation("team", (ShiftLayer("team", roster, roster.people),))
    assert who(team, datetime(2024, 3, 1, 10, 30, tzinfo=UTC)).people == ("ines",)
