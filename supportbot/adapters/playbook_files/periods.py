"""Periods with a name: weekends, the turn of the year, whenever the team is at reduced capacity."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import Field, PlainValidator

from supportbot.adapters.playbook_files import shapes, words
from supportbot.adapters.playbook_files.faults import Unreadable, quoted
from supportbot.adapters.playbook_files.forms import Form, Hours, Several, Zone
from supportbot.adapters.playbook_files.hours import windows_of
from supportbot.adapters.playbook_files.place import At
from supportbot.domain.on_call.calendar_period import CalendarPeriod, YearDays

_DAYS = re.compile(r"(\d\d)-(\d\d) to (\d\d)-(\d\d)")
# Days are held against this year, which has a 29 February.
_ANY_LEAP_YEAR = 2000


def read_days(value: object) -> YearDays:
    """`12-18 to 01-03`: from a month and day to another, both included, whatever the year."""
    said = words.text(value)
    found = _DAYS.fullmatch(said)
    if found is None:
        raise _no_days(said)
    month, day, last_month, last_day = map(int, found.groups())
    try:
        date(_ANY_LEAP_YEAR, month, day)
        date(_ANY_LEAP_YEAR, last_month, last_day)
    except ValueError:
        raise _no_days(said) from None
    return YearDays((month, day), (last_month, last_day))


def _no_days(said: str) -> Unreadable:
    mend = "write months and days: 12-18 to 01-03"
    return Unreadable(f"{quoted(said)} are no days of a year", mend)


_YEAR_DAYS = shapes.pattern("YearDays", "from a month and day to another", _DAYS.pattern)


class PeriodForm(Form):
    """It is on within any of its hours, and on any of its days."""

    hours: Hours | None = Field(
        None, description="it is on within these hours, such as Sat, Sun 00:00-24:00"
    )
    every_year: Several[Annotated[YearDays, PlainValidator(read_days), _YEAR_DAYS]] | None = Field(
        None,
        examples=["12-18 to 01-03"],
        description="it is on from a month and day to another, such as 12-18 to 01-03",
    )
    time_zone: Zone = Field("UTC", description="the zone of both")


def link_period(form: PeriodForm, at: At) -> CalendarPeriod:
    if not (form.hours or form.every_year):
        at.fault("no time is said here", "write hours or every_year")
    windows = windows_of(form.hours or (), form.time_zone, at.to("hours"))
    return CalendarPeriod(windows, tuple(form.every_year or ()), form.time_zone)
