"""Feeds as iCalendar: every line as RFC 5545 wants it, read back by somebody else's reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from supportbot.adapters.web.ical import calendar
from supportbot.application.feeds import Event, Feed

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
HOSTILE = "Zoë, the “1st”; \\o/ \r\nBEGIN:VALARM\x00\x1b[31m " + "é🚑" * 40


def event(title: str = "On call: first-line", text: str = "because", fresh: bool = True) -> Event:
    return Event("u-1", START, START + timedelta(hours=9), title, text, fresh)


def test_a_shift_is_written_line_by_line() -> None:
    assert calendar(Feed("On call: Inés", (event(fresh=False),))).decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//supportbot//rota//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:On call: Inés",
        "X-WR-CALNAME:On call: Inés",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "BEGIN:VEVENT",
        "UID:u-1",
        "DTSTAMP:20261123T080000Z",
        "DTSTART:20261123T080000Z",
        "DTEND:20261123T170000Z",
        "SUMMARY:On call: first-line",
        "DESCRIPTION:because",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:On call: first-line",
        "TRIGGER:PT0S",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize("text", [HOSTILE, "x" * 74 + "é" * 100, "", "a\nb\rc", "\\n, \\; \\\\"])
def test_another_reader_finds_the_text_that_was_meant(text: str) -> None:
    raw = calendar(Feed(text, (event(text, text),)))
    (found,) = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    meant = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", " ").replace("\x1b", " ")
    assert str(found["SUMMARY"]) == meant
    assert str(found["DESCRIPTION"]) == meant
    assert found.decoded("DTSTART") == START
    assert found.decoded("DTEND") == START + timedelta(hours=9)


def test_no_line_is_longer_than_75_octets_and_none_breaks_a_letter() -> None:
    lines = calendar(Feed(HOSTILE, (event(HOSTILE, HOSTILE),))).split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert [line.decode() for line in lines]
    assert not any(b"\n" in line or b"\r" in line for line in lines)


def test_who_comes_fresh_is_told_the_day_before_and_everybody_at_the_start() -> None:
    raw = calendar(Feed("x", (event(fresh=True), event(fresh=False))))
    alarms = [
        [alarm.decoded("TRIGGER") for alarm in found.walk("VALARM")]
        for found in icalendar.Calendar.from_ical(raw).walk("VEVENT")
    ]
    assert alarms == [[timedelta(days=-1), timedelta(0)], [timedelta(0)]]
