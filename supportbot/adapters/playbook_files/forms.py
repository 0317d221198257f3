"""What all forms have in common: the types of their fields.

A form is the shape of a YAML file or of a part of one, as a pydantic model. Filled in, it holds
values that make sense by themselves; whether the names in it exist is found out by linking. Forms
called `…File` are whole files; the JSON Schemas that editors use are made of them (`schema`), and
what readers take beyond a field's type is said there by a shape of `shapes`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainValidator

from supportbot.adapters.playbook_files import shapes, words
from supportbot.adapters.playbook_files.faults import Unreadable, quoted
from supportbot.domain.on_call.rotation import HandOff, Period
from supportbot.domain.on_call.working_time import Delay

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_CALENDAR = re.compile(r"[\w-][\w./-]{0,200}\.ics")
_ADDRESS = re.compile(r"https://[^\s/?#@]{1,255}(/\S{0,1000})?")
_CHANNEL = re.compile(r"#[^\s#@,]{1,80}|[CGD][A-Z0-9]{5,20}")


class Form(BaseModel):
    """A mapping with these keys and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def name(value: object) -> str:
    """A name that other places refer to."""
    said = words.text(value)
    if not _NAME.fullmatch(said):
        mend = "names are made of letters a-z, digits, - and _, 64 at most"
        raise Unreadable(f"{quoted(said)} cannot be a name", mend)
    return said


def team(value: object) -> tuple[str, ...]:
    """A name, or several in a list."""
    if isinstance(value, list):
        return tuple(dict.fromkeys(name(one) for one in not_empty(value)))
    return (name(value),)


def channel(value: object) -> str:
    """A Slack channel by its name, or by its id."""
    said = words.text(value)
    if not _CHANNEL.fullmatch(said):
        mend = f'write it as in Slack, in quotes: "#{said.lstrip("#@")}"'
        if said.startswith("#"):
            mend = "a # and then the name, without blanks or commas"
        raise Unreadable(f"{quoted(said)} is no Slack channel", mend)
    return said.casefold() if said.startswith("#") else said


def calendar(value: object) -> str:
    """The name of an iCalendar file in the folder."""
    said = words.text(value)
    if not _CALENDAR.fullmatch(said):
        raise Unreadable(f"{quoted(said)} is no calendar file", "write its name, such as team.ics")
    return said


def calendar_source(value: object) -> str:
    """The name of an iCalendar file in the folder, or the address of a calendar elsewhere."""
    said = words.text(value)
    said = "https" + said.removeprefix("webcal") if said.startswith("webcal://") else said
    if "://" not in said:
        return calendar(value)
    if not _ADDRESS.fullmatch(said):
        raise Unreadable(f"{quoted(said)} is no address", "write one that begins with https://")
    return said


def one_of(*allowed: str) -> PlainValidator:
    """One of these words."""

    def read(value: object) -> str:
        said = words.text(value)
        if said not in allowed:
            listed = ", ".join(allowed[:-1]) + f" or {allowed[-1]}"
            raise Unreadable(f"{quoted(said)} is not possible here", f"write {listed}")
        return said

    return PlainValidator(read, json_schema_input_type=Literal[allowed])


def as_list(value: object) -> object:
    """A value alone stands for a list of one."""
    return value if isinstance(value, list) else [value]


def not_empty(value: list[T]) -> list[T]:
    """A list with something in it."""
    if not value:
        raise Unreadable("this list is empty", "write something into it or delete the key")
    return value


Text = Annotated[str, PlainValidator(words.text), shapes.TEXT]
_NAME_SHAPE = shapes.pattern("Name", "a name", _NAME.pattern, also=("integer", "boolean"))
Name = Annotated[str, PlainValidator(name), _NAME_SHAPE]
Team = Annotated[tuple[str, ...], PlainValidator(team), shapes.team(_NAME_SHAPE)]
CalendarSource = Annotated[
    str,
    PlainValidator(calendar_source),
    shapes.pattern(
        "CalendarSource",
        "an iCalendar file, or its address",
        rf"{_CALENDAR.pattern}|(?:https|webcal)://\S+",
        "ines.ics",
    ),
]
Channel = Annotated[
    str,
    PlainValidator(channel),
    shapes.pattern(
        "Channel", "a Slack channel, in quotes", _CHANNEL.pattern, '"#northfield-support"'
    ),
]
YesNo = Annotated[bool, PlainValidator(words.yes_no), shapes.YES_NO]
Whole = Annotated[int, PlainValidator(words.whole), shapes.WHOLE]
Zone = Annotated[str, PlainValidator(words.zone), shapes.ZONE]
Day = Annotated[date, PlainValidator(words.day), shapes.DAY]
Moment = Annotated[datetime, PlainValidator(words.moment), shapes.MOMENT]
DelayWords = Annotated[Delay, PlainValidator(words.delay), shapes.DELAY]
Elapsed = Annotated[timedelta, PlainValidator(words.elapsed), shapes.ELAPSED]
Every = Annotated[timedelta, PlainValidator(words.every), shapes.EVERY]
PeriodWords = Annotated[Period, PlainValidator(words.period), shapes.PERIOD]
HandOffWords = Annotated[HandOff, PlainValidator(words.hand_off), shapes.HAND_OFF]
GithubIssue = Annotated[
    Literal["on_open", "on_second_line", "never"], one_of("on_open", "on_second_line", "never")
]
Several = Annotated[
    list[T], BeforeValidator(as_list), AfterValidator(not_empty), shapes.OneOrSeveral()
]
TurnsWords = Annotated[int, PlainValidator(words.turns), shapes.TURNS]
Texts = Several[Text]
Names = Several[Name]
Teams = Several[Team]
Hours = Several[Annotated[Text, shapes.HOURS]]
Channels = Several[Channel]
