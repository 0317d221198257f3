"""people.yaml: who is away when, in the file itself or in a calendar, and public holidays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator

from supportbot.adapters.playbook_files import shapes, words
from supportbot.adapters.playbook_files.calendars import CalendarRefused, read_leave
from supportbot.adapters.playbook_files.faults import Fault, Unreadable, did_you_mean, quoted
from supportbot.adapters.playbook_files.forms import CalendarSource, Form, Several, Text
from supportbot.adapters.playbook_files.place import At
from supportbot.adapters.playbook_files.public_holidays import holidays_of
from supportbot.domain.on_call.absence import Absence
from supportbot.domain.on_call.wall_clock import first_instant

_DAY = timedelta(days=1)
_PLACE = re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,10})?")


def day_or_moment(value: object) -> date | datetime:
    """`2026-12-24`, or `2026-12-24T09:00`."""
    return words.moment(value) if ":" in words.text(value) else words.day(value)


def _calendar_alone(value: object) -> object:
    return value if isinstance(value, dict) else {"calendar": value}


def _place_alone(value: object) -> object:
    """`DE-BE` is short for the country and its region."""
    if isinstance(value, dict):
        return value
    said = words.text(value)
    if not _PLACE.fullmatch(said):
        mend = "write the country's two letters, and the region: DE-BE"
        raise Unreadable(f"{quoted(said)} is no country", mend)
    country, _, region = said.partition("-")
    return {"country": country, **({"region": region} if region else {})}


DayOrMoment = Annotated[
    date | datetime,
    PlainValidator(day_or_moment),
    shapes.pattern(
        "DayOrMoment",
        "a day, or day and time",
        r"\d{4}-?[\dW].*",
        *("2026-12-24", "2026-12-24T09:00"),
        also=("integer",),
    ),
]


class AwayForm(Form):
    """A time away, or the calendar in which all of them stand."""

    from_: DayOrMoment | None = Field(
        None, alias="from", examples=["2026-12-24"], description="the first day, or when it begins"
    )
    to: DayOrMoment | None = Field(
        None, examples=["2027-01-02"], description="the last day, itself included, or when it ends"
    )
    reason: Text = Field("away", description="why, for those who look: leave, parental leave")
    calendar: CalendarSource | None = Field(
        None,
        examples=["ines.ics"],
        description="an iCalendar file or its address, each event of which is leave",
    )


class PublicHolidaysForm(Form):
    country: Text = Field(examples=["DE"], description="the country, by its two letters")
    region: Text | None = Field(None, description="a part of the country, such as BE or CA")


Away = Several[Annotated[AwayForm, BeforeValidator(_calendar_alone), shapes.OrText()]]
PublicHolidays = Annotated[PublicHolidaysForm, BeforeValidator(_place_alone), shapes.OrText()]


def is_address(calendar: str) -> bool:
    """Whether a calendar stands elsewhere."""
    return "://" in calendar


def feeds_of(forms: list[AwayForm]) -> tuple[str, ...]:
    """The addresses of the calendars elsewhere."""
    named = (form.calendar for form in forms if form.calendar)
    return tuple(dict.fromkeys(name for name in named if is_address(name)))


def link_away(
    forms: list[AwayForm], zone: str, files: Mapping[str, str], at: At
) -> tuple[Absence, ...]:
    """Every absence, in the order of time; what is wrong with one is noted."""
    found = [
        absence
        for number, form in enumerate(forms)
        for absence in _absences(form, zone, files, at.to(number))
    ]
    return tuple(sorted(found, key=lambda absence: (absence.start, absence.end)))


def _absences(form: AwayForm, zone: str, files: Mapping[str, str], at: At) -> Iterator[Absence]:
    if form.calendar is None:
        made = at.attempt(partial(_absence, form, zone))
        yield from (made,) if made else ()
        return
    if form.from_ or form.to:
        at.fault("a calendar has its own times", "put it into an entry of its own: - ines.ics")
        return
    if is_address(form.calendar):
        return  # read while the desk runs
    text = files.get(form.calendar)
    if text is None:
        mend = did_you_mean(form.calendar, [name for name in files if name.endswith(".ics")])
        at.fault(f"there is no file {form.calendar}", mend or "put it beside people.yaml")
        return
    try:
        yield from read_leave(text, form.calendar, zone)
    except CalendarRefused as refused:
        for line, message, mend in refused.faults:
            at.faults.add(Fault(form.calendar, line, 1, message, mend))


def _absence(form: AwayForm, zone: str) -> Absence:
    if form.from_ is None or form.to is None:
        missing = "to" if form.from_ else "from"
        raise Unreadable(f"the key {missing!r} is missing", f"add `{missing}: 2026-12-24`")
    start, end = _instant(form.from_, zone), _instant(form.to, zone, last=True)
    if start >= end:
        raise Unreadable("it ends before it begins", "check from and to")
    return Absence(start, end, form.reason)


def _instant(at: date | datetime, zone: str, *, last: bool = False) -> datetime:
    """A last day is over when the next one begins."""
    if isinstance(at, datetime):
        return words.instant(at, zone)
    return first_instant(datetime.combine(at + _DAY if last else at, time()), zone)


def link_holidays(form: PublicHolidaysForm, at: At) -> frozenset[date]:
    """The public holidays of a place; none where it is unknown, which is noted."""
    return at.attempt(partial(holidays_of, form.country, form.region)) or frozenset()
