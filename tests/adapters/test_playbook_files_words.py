"""Durations, times and hours in plain words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from supportbot.adapters.playbook_files import words
from supportbot.adapters.playbook_files.faults import Unreadable
from supportbot.domain.on_call.rotation import HandOff, Period, Window
from supportbot.domain.on_call.working_time import Delay

WORKDAYS = frozenset(range(5))


@pytest.mark.parametrize(
    ("said", "length", "kind"),
    [
        ("now", timedelta(0), "elapsed"),
        ("1 minute", timedelta(minutes=1), "elapsed"),
        ("30 minutes", timedelta(minutes=30), "elapsed"),
        ("2 hours", timedelta(hours=2), "elapsed"),
        ("  48   Hours ", timedelta(hours=48), "elapsed"),
        ("14 days", timedelta(days=14), "elapsed"),
        ("1 week", timedelta(weeks=1), "elapsed"),
        ("24 working hours", timedelta(hours=24), "working"),
        ("1 working hour", timedelta(hours=1), "working"),
        ("5 working days", timedelta(days=5), "working"),
    ],
)
def test_a_delay_is_a_number_and_a_unit(said: str, length: timedelta, kind: str) -> None:
    delay = words.delay(said)
    assert (delay.length, delay.kind) == (length, kind)


def test_every_may_lead_an_interval() -> None:
    assert words.every("every 2 hours") == words.every("2 hours") == timedelta(hours=2)


@pytest.mark.parametrize(
    ("said", "period"),
    [
        ("daily", Period(1, "day")),
        ("weekly", Period(1, "week")),
        ("1 week", Period(1, "week")),
        ("2 weeks", Period(2, "week")),
        ("10 days", Period(10, "day")),
        ("hourly", Period(1, "hour")),
        ("12 Hours", Period(12, "hour")),
        ("monthly", Period(1, "month")),
        ("3 months", Period(3, "month")),
    ],
)
def test_a_period_is_hours_days_weeks_or_months(said: str, period: Period) -> None:
    assert words.period(said) == period


@pytest.mark.parametrize(
    ("said", "hand_off"),
    [
        ("Monday 09:00 Europe/Berlin", HandOff(0, time(9), "Europe/Berlin")),
        ("fri 17:30 America/St_Johns", HandOff(4, time(17, 30), "America/St_Johns")),
        ("09:00 UTC", HandOff(None, time(9), "UTC")),
        ("1st 09:00 UTC", HandOff(None, time(9), "UTC", day=1)),
        ("day 15 9:30 UTC", HandOff(None, time(9, 30), "UTC", day=15)),
        ("Last day 09:00 UTC", HandOff(None, time(9), "UTC", day=31)),
        ("2nd Monday 09:00 UTC", HandOff(0, time(9), "UTC", week=2)),
        ("last fri 09:00 UTC", HandOff(4, time(9), "UTC", week=5)),
    ],
)
def test_a_hand_off_is_a_local_time(said: str, hand_off: HandOff) -> None:
    assert words.hand_off(said) == hand_off


@pytest.mark.parametrize(
    ("said", "window"),
    [
        (
            "Mon-Fri 08:00-17:00 Europe/Berlin",
            Window(WORKDAYS, time(8), time(17), "Europe/Berlin"),
        ),
        ("Sat, Sun 10:00 - 14:00 UTC", Window(frozenset({5, 6}), time(10), time(14), "UTC")),
        ("Mon, Wed-Thu 10:00–14:00 UTC", Window(frozenset({0, 2, 3}), time(10), time(14), "UTC")),
        ("Sat-Mon 9:00-10:00 UTC", Window(frozenset({5, 6, 0}), time(9), time(10), "UTC")),
        ("daily 22:00-06:00 UTC", Window(frozenset(range(7)), time(22), time(6), "UTC")),
        ("Monday 00:00-24:00 UTC", Window(frozenset({0}), time(0), time(0), "UTC")),
    ],
)
def test_hours_are_days_and_times_in_a_zone(said: str, window: Window) -> None:
    assert words.window(said) == window


def test_hours_may_leave_out_the_zone_where_there_is_one() -> None:
    own = words.window("Mon-Fri 09:30-18:00", "Asia/Kolkata")
    assert own == words.window("Mon-Fri 09:30-18:00 Asia/Kolkata", "Europe/Berlin")


def test_a_moment_is_read_on_the_clocks_of_the_zone_unless_it_says_its_offset() -> None:
    local = words.instant(words.moment("2026-12-24T09:00"), "Asia/Kathmandu")
    assert local == datetime(2026, 12, 24, 3, 15, tzinfo=UTC)
    offset = words.instant(words.moment("2026-12-24 09:00+02:00"), "Asia/Kathmandu")
    assert offset == datetime(2026, 12, 24, 7, tzinfo=UTC)


def test_a_day_is_a_date() -> None:
    assert words.day("2026-01-05") == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("said", "meaning"),
    [("yes", True), ("no", False), ("true", True), ("False", False), ("NO", False)],
)
def test_yes_and_no_mean_what_they_say(said: str, meaning: bool) -> None:
    assert words.yes_no(said) is meaning


REFUSED: list[tuple[Callable[[object], object], list[object]]] = [
    (
        words.delay,
        [
            "",
            None,
            "30",
            "minutes",
            "30 seconds",
            "-1 hours",
            "1.5 hours",
            "0 minutes",
            "9999999 days",
            "367 days",
            "three days",
            "30 working minutes",
            "1 working week",
            "٣ days",
            ["30 minutes"],
            {"a": "b"},
        ],
    ),
    (words.elapsed, ["24 working hours", "now"]),
    (words.period, ["yearly", "0 days", "400 days", "13 months", "99999999999 days", "week"]),
    (words.turns, ["1", "turn", "0 turns", "100 turns", "-1 turns", "٣ turns"]),
    (
        words.hand_off,
        [
            "09:00",
            "Monday 09:00",
            "Monday UTC",
            "Moonday 09:00 UTC",
            "Monday 9 UTC",
            "32nd 09:00 UTC",
            "day 0 09:00 UTC",
            "5th Monday 09:00 UTC",
            "next Monday of May 09:00 UTC",
            "1x 09:00 UTC",
            "Monday 24:00 UTC",
            "Monday 09:60 UTC",
            "Monday 9:5 UTC",
            "Monday 09:00 Mars/Base",
            "Monday 09:00 ../../etc/passwd",
            "Monday ٩:٣٣ UTC",
        ],
    ),
    (
        words.window,
        [
            "08:00-17:00 UTC",
            "Mon-Fri UTC",
            "Mon-Fri 08:00 UTC",
            "Mon-Fri 08:00-17:00",
            "Mon-Fri 08:00-17:00 UTC now",
            "Mon-Fr 08:00-17:00 UTC",
            "Mon-Fri 08:00-25:00 UTC",
            "-Fri 08:00-17:00 UTC",
        ],
    ),
    (words.moment, ["2026-12-24", "24.12.2026 09:00", "9026-12-24T09:00", "tomorrow"]),
    (words.day, ["2026-02-30", "05.01.2026", "1026-01-05"]),
    (words.zone, ["Europe", "", "/etc/localtime", "Europe/Berln", "x" * 5000]),
    (words.yes_no, ["1", "on", "maybe", "y"]),
    (words.whole, ["", "-1", "1.0", "1e3", "٣", "9999999"]),
]


@pytest.mark.parametrize(
    ("read", "said"), [(read, said) for read, all_ in REFUSED for said in all_]
)
def test_what_is_not_plain_is_refused_with_a_mend(
    read: Callable[[object], object], said: object
) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(said)
    assert refusal.value.message
    assert refusal.value.mend


def test_working_time_is_a_kind_of_delay() -> None:
    assert words.delay("24 working hours") == Delay(timedelta(hours=24), "working")
