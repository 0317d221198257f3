"""How values may be written, as JSON Schema has it: what an editor offers, explains and refuses.

A shape allows all that the reader of the same name in `words` takes, and refuses what is plainly
something else. Editors read YAML 1.2, in which `270` is a number and `true` a boolean, where the
desk reads texts: so shapes allow both. Examples are as they stand in YAML.
"""

from __future__ import annotations

from typing import Any

from pydantic import GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema

from supportbot.adapters.playbook_files import words

Json = dict[str, Any]
Shape = WithJsonSchema

SHAPE = "x-shape"
"""The key of a shape under which it has itself by its name, so that a schema says it once."""

_SCALAR = ["string", "number", "boolean"]


def pattern(
    name: str, says: str, expression: str, *examples: str, also: tuple[str, ...] = ()
) -> Shape:
    """A text that matches as a whole; `also` are types of YAML that such a text may look like.

    `expression` is to mean the same in Python and in ECMAScript.
    """
    types = ["string", *also] if also else "string"
    shape = {"type": types, "pattern": rf"^\s*(?:{expression})\s*$"}
    return _shape(name, says, shape, *examples)


def team(one: Shape) -> Shape:
    """One of something, or a list of those that go together."""
    several = {"type": "array", "items": one.json_schema, "minItems": 1}
    says = "a person, or a list of those who take a turn together"
    return _shape("Team", says, {"anyOf": [one.json_schema, several]}, "ines", "[ines, tomasz]")


class OneOrSeveral:
    """A list, or one of its items alone."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        several = handler(core)
        return {"anyOf": [several["items"], {**several, "minItems": 1}]}


class OrText:
    """A mapping, or the text that is short for it."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(core)]}


def _shape(name: str, says: str, shape: Json, *examples: str) -> Shape:
    whole = {"description": says, **shape}
    if examples:
        whole["examples"] = list(examples)
    return WithJsonSchema({**whole, SHAPE: {name: whole}})


def _any_case(*said: str) -> str:
    """These words in whatever case: ECMAScript has no flag for it within an expression."""
    return "|".join(
        "".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in word) for word in said
    )


def _duration(*more: str) -> str:
    units = _any_case(*words.UNITS)
    return "|".join((rf"\d{{1,6}}\s+(?:{units})[sS]?", *more))


_WORKING = rf"\d{{1,6}}\s+(?:{_any_case('working')})\s+(?:{_any_case('hour', 'day')})[sS]?"
_CLOCK = r"\d{1,2}:\d\d"

TEXT = _shape("Text", "a text", {"type": _SCALAR, "minLength": 1})
YES_NO = _shape(
    "YesNo",
    "yes or no",
    {
        "anyOf": [
            {"enum": ["yes", "no", True, False]},
            {
                "type": "string",
                "pattern": rf"^\s*(?:{_any_case('yes', 'no', 'true', 'false')})\s*$",
            },
        ]
    },
    "yes",
)
WHOLE = _shape(
    "Whole",
    "a whole number",
    {
        "type": ["integer", "string"],
        "minimum": 0,
        "maximum": 999_999,
        "pattern": r"^\s*\d{1,6}\s*$",
    },
    "3",
)
ZONE = pattern(
    "Zone", "a time zone of the IANA database", r"[A-Za-z][\w+/-]*", "Europe/Berlin", "UTC"
)
DAY = pattern("Day", "a day: year-month-day", r"\d{4}-?[\dW].*", "2026-01-05", also=("integer",))
MOMENT = pattern(
    "Moment",
    "day and time, on the clocks of the zone beside it unless it ends with Z or an offset",
    r"\d{4}-?[\dW].*\d:\d\d.*",
    "2026-12-24T09:00",
    "2026-12-24T09:00Z",
)
_DELAY = _duration(_WORKING, _any_case("now"))
DELAY_OF = rf"{_DELAY}|{_WORKING} of \S.*"
DELAY = pattern(
    "Delay",
    "how long after, on the clock or in working time",
    _DELAY,
    *("now", "30 minutes", "24 working hours", "5 working days"),
)
ELAPSED = pattern(
    "Elapsed", "a time that passes on the clock", _duration(), "30 minutes", "14 days"
)
EVERY = pattern(
    "Every", "an interval", rf"(?:every )?\s*(?:{_duration()})", "every 2 hours", "30 minutes"
)
PERIOD = pattern(
    "Period",
    "how long a turn lasts",
    rf"{_any_case('hourly', 'daily', 'weekly', 'monthly')}"
    rf"|\d+ (?:{_any_case(*words.PERIODS)})[sS]?",
    *("1 week", "2 weeks", "10 days", "daily", "12 hours", "1 month"),
)
TURNS = pattern("Turns", "a number of turns", rf"\d{{1,2}} (?:{_any_case('turn')})[sS]?", "1 turn")
HAND_OFF = pattern(
    "HandOff",
    "when a turn begins: a weekday or a day of the month, a time and a zone; each day: a time and a"
    " zone",
    rf"(?:\S+\s+){{0,2}}{_CLOCK}\s+\S+",
    *("Monday 09:00 Europe/Berlin", "09:00 UTC", "1st 09:00 UTC", "last Friday 09:00 UTC"),
)
HOURS = pattern(
    "Hours",
    "days, from and to, and a zone where none stands beside it",
    r"\S.*\s\d{1,2}:\d\d\s*[-–]\s*\d{1,2}:\d\d(?:\s+\S+)?",
    *("Mon-Fri 08:00-17:00 Europe/Berlin", "Sat, Sun 10:00-14:00 UTC", "daily 22:00-06:00 UTC"),
)
