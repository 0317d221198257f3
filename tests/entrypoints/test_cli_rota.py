"""`supportbot rota`."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportbot.application.feeds import token
from tests.entrypoints.command_line import ROTATIONS, SHIPPED, answer, run, write_playbooks

FROM = ("--from", "2026-11-23")
AWAY = """\
    overrides:
      - {from: 2026-11-25T00:00Z, to: 2026-11-26T00:00Z, remove: quinn, reason: a fair}
"""


@pytest.fixture(autouse=True)
def _in_a_folder_with_playbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_playbooks(Path("playbooks"))


def rows(*arguments: str) -> list[list[str]]:
    """The lines of the tables, by columns that are apart."""
    result = run("rota", *arguments)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines if line]


def test_the_table_has_a_row_for_each_turn_on_the_clocks_of_the_hand_off() -> None:
    assert rows("first-line", *FROM, "--weeks", "2") == [
        ["first-line, times of Europe/Berlin"],
        ["FROM", "UNTIL", "WHEN", "WHO", "LAYER", "WHY"],
        ["Mon 2026-11-16 09:00", "Mon 2026-11-23 09:00", "Pavel Horak (pavel)", "first-line"],
        ["Mon 2026-11-23 09:00", "Mon 2026-11-30 09:00", "Noor Haddad (noor)", "first-line"],
        ["Mon 2026-11-30 09:00", "Mon 2026-12-07 09:00", "Pavel Horak (pavel)", "first-line"],
    ]


def test_hours_that_come_again_are_one_row_and_what_an_override_leaves_open_is_another() -> None:
    line = "  second-line: {people: quinn, hours: Mon-Fri 09:00-17:00 Asia/Tokyo}\n"
    block = "  second-line:\n    people: quinn\n    hours: Mon-Fri 09:00-17:00 Asia/Tokyo\n" + AWAY
    write_playbooks(Path("playbooks"), rotations=ROTATIONS.replace(line, block))
    told = rows("second-line", *FROM, "--weeks", "1", "--tz", "Asia/Tokyo")
    assert [row[2:4] for row in told if "Quinn Abara (quinn)" in row] == [
        ["Mon, Tue, Thu, Fri 09:00–17:00", "Quinn Abara (quinn)"]
    ]
    hole = next(row for row in told if "a fair" in row[-1])
    assert hole[:3] == ["Wed 2026-11-25 09:00", "Wed 2026-11-25 17:00", "nobody"]


def test_times_can_be_told_in_any_zone() -> None:
    assert ["Mon 2026-11-23 17:00", "Mon 2026-11-30 17:00"] in [
        row[:2] for row in rows("first-line", *FROM, "--weeks", "1", "--tz", "Asia/Tokyo")
    ]


def test_programs_get_every_turn_whole_with_the_offset_of_its_zone() -> None:
    (told,) = answer("rota", "first-line", *FROM, "--weeks", "1")
    assert told == {
        "rotation": "first-line",
        "time_zone": "Europe/Berlin",
        "from": "2026-11-23T00:00:00+01:00",
        "to": "2026-11-30T00:00:00+01:00",
        "shifts": [
            {
                "person": "pavel",
                "from": "2026-11-16T09:00:00+01:00",
                "until": "2026-11-23T09:00:00+01:00",
                "layer": "first-line",
                "reason": "week 2 of 2 in first-line, since Monday 2026-11-16 09:00 Europe/Berlin",
                "override": False,
                "shadow": False,
            },
            {
                "person": "noor",
                "from": "2026-11-23T09:00:00+01:00",
                "until": "2026-11-30T09:00:00+01:00",
                "layer": "first-line",
                "reason": "week 1 of 2 in first-line, since Monday 2026-11-23 09:00 Europe/Berlin",
                "override": False,
                "shadow": False,
            },
        ],
    }


def test_gaps_are_shifts_of_nobody() -> None:
    (told,) = answer("rota", "second-line", *FROM, "--weeks", "1")
    assert [one["person"] for one in told["shifts"][:3]] == ["quinn", None, "quinn"]
    assert told["shifts"][1]["layer"] is None


def test_one_persons_shifts_are_told_alone() -> None:
    told = answer("rota", "--person", "noor")
    assert {shift["person"] for one in told for shift in one["shifts"]} == {"noor"}
    assert "Nothing in these weeks." in run("rota", "second-line", "--person", "noor").stdout


@pytest.mark.parametrize(
    ("arguments", "mend"),
    [
        (("firstline",), "there is no rotation 'firstline': did you mean first-line?"),
        (("--person", "nour"), "there is no person 'nour': did you mean noor?"),
        (("--tz", "Berlin"), "--tz: 'Berlin' is not an IANA time zone such as Europe/Berlin."),
        (("--from", "monday"), "--from: 'monday' is no day: write 2026-11-24."),
        (("--from", "1026-01-01"), "--from: the year 1026 is not meant, surely: check it."),
        (("--weeks", "0"), "0 is not in the range 1<=x<=104"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_mend(
    arguments: tuple[str, ...], mend: str
) -> None:
    result = run("rota", *arguments)
    assert result.exit_code == 2
    assert mend in result.stderr


def test_a_year_of_the_shipped_playbooks_has_no_gap() -> None:
    told = answer("rota", "--playbooks", SHIPPED, *FROM, "--weeks", "52")
    assert all(one["person"] for rotation in told for one in rotation["shifts"])


@pytest.mark.parametrize("asked", [("second-line",), ("--person", "quinn")])
def test_a_calendar_is_written_of_one_rotation_or_of_one_person(asked: tuple[str, ...]) -> None:
    assert run("rota", *asked, "--ical", "rota.ics").exit_code == 0
    written = Path("rota.ics").read_bytes()
    assert written.startswith(b"BEGIN:VCALENDAR\r\n")
    assert written.count(b"BEGIN:VEVENT") > 200


@pytest.mark.parametrize(
    "asked", [(), ("first-line", "second-line"), ("first-line", "--person", "noor")]
)
def test_a_calendar_of_several_is_refused(asked: tuple[str, ...]) -> None:
    result = run("rota", *asked, "--ical", "rota.ics")
    assert result.exit_code == 2
    assert "a calendar is of one ROTATION, or of one --person: name it." in result.stderr


def test_feeds_are_told_with_their_tokens_once_there_is_a_secret() -> None:
    secret = "calendars" * 4
    told = answer("rota", "feeds", HTTP__FEED_SECRET=secret)
    first = f"/rota/first-line.ics?token={token(secret, 'rotation', 'first-line')}"
    assert told[0] == {"kind": "rotation", "of": "first-line", "address": first}
    assert [one["of"] for one in told[2:]] == ["noor", "pavel", "quinn"]
    without = run("rota", "feeds")
    assert without.exit_code == 1
    assert "set SUPPORTBOT_HTTP__FEED_SECRET" in without.stderr
    short = run("rota", "feeds", HTTP__FEED_SECRET="short")
    assert "SUPPORTBOT_HTTP__FEED_SECRET: has fewer than 32 characters" in short.stderr


def test_the_example_of_the_page_says_what_the_page_says() -> None:
    text = (SHIPPED.parent / "docs" / "rota.md").read_text(encoding="utf-8")
    example = text.partition("```console\n$ supportbot ")[2].partition("```")[0]
    command, _, expected = example.partition("\n")
    result = run(*command.split(), "--playbooks", SHIPPED)
    assert result.stdout == expected
