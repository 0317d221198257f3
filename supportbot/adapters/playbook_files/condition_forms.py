"""The shape of a `when`: what may stand under each of its keys."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, get_args

from pydantic import BeforeValidator, Field, PlainValidator

from supportbot.adapters.playbook_files import words
from supportbot.adapters.playbook_files.faults import Unreadable, quoted
from supportbot.adapters.playbook_files.forms import (
    Channels,
    Form,
    Moment,
    Name,
    Names,
    Several,
    Text,
    Texts,
    YesNo,
    Zone,
    one_of,
)
from supportbot.domain.extraction import Capability, UsersAffected


class PhrasesForm(Form):
    any_of: Texts | None = None
    all_of: Texts | None = None
    matches: Texts | None = None


def _as_phrases(value: object) -> object:
    return value if isinstance(value, dict) else {"any_of": value}


Phrases = Annotated[
    PhrasesForm, BeforeValidator(_as_phrases, json_schema_input_type=PhrasesForm | Texts)
]
Source = Annotated[str, one_of("slack", "mail")]


LONGEST_LOOK_BACK = timedelta(days=90)


def read_times(value: object) -> int:
    """Two to a hundred: once is every message."""
    said = words.whole(value)
    if not 2 <= said <= 100:
        raise Unreadable(f"{said} is not possible here", "write a number from 2 to 100")
    return said


def look_back(said: str) -> timedelta:
    """A time that the desk looks back. Raises Unreadable when it is too long."""
    found = words.elapsed(said)
    if found > LONGEST_LOOK_BACK:
        mend = f"write {LONGEST_LOOK_BACK.days} days at most"
        raise Unreadable(f"{quoted(said)} is longer than the desk looks back", mend)
    return found


class TimeForm(Form):
    hours: Texts | None = None
    from_: Moment | None = Field(None, alias="from")
    to: Moment | None = None
    period: Name | None = None
    time_zone: Zone = "UTC"


class RecurrenceForm(Form):
    """The same symptom of the same hub, so often (this message included) within a time."""

    times: Annotated[int, PlainValidator(read_times)] = Field(examples=["3"])
    within: Text = Field(examples=["7 days"])
    symptom: Text | None = None


def _as_places(value: object) -> object:
    """Yes is any of them, no is none."""
    if isinstance(value, str) and value.casefold() in ("yes", "true", "no", "false"):
        return ["hub", "cluster"] if words.yes_no(value) else ["none"]
    return value


# What a mail may call a header (RFC 5322 2.2).
_HEADER_NAME = re.compile(r"[!-9;-~]{1,100}")


def read_header_name(value: object) -> str:
    said = words.text(value)
    if not _HEADER_NAME.fullmatch(said):
        raise Unreadable(f"{quoted(said)} is no header of a mail", "write it as X-Spam-Flag")
    return said.casefold()


HeaderName = Annotated[str, PlainValidator(read_header_name)]
_Places = Several[Annotated[str, one_of("hub", "cluster", "none")]]
OpenIncident = Annotated[
    _Places | None, BeforeValidator(_as_places, json_schema_input_type=_Places | YesNo)
]


class ConditionForm(Form):
    text: Phrases | None = None
    subject: Phrases | None = None
    body: Phrases | None = None
    source: Several[Source] | None = None
    channel: Channels | None = None
    sender: Texts | None = None
    community: Names | None = None
    hub: Texts | None = None
    cluster: Texts | None = None
    capability: Several[Annotated[str, one_of(*get_args(Capability))]] | None = None
    users_affected: Several[Annotated[str, one_of(*get_args(UsersAffected))]] | None = None
    always: Annotated[str, one_of("always", "sometimes")] | None = None
    trouble: YesNo | None = None
    resolved: YesNo | None = None
    later: YesNo | None = None
    question: YesNo | None = None
    exam: YesNo | None = None
    unclear: YesNo | None = None
    event: YesNo | None = None
    attachments: YesNo | None = None
    automatic: YesNo | None = None
    authenticated: YesNo | None = None
    header: dict[HeaderName, Texts] | None = Field(None, examples=["{X-Spam-Flag: yes}"])
    open_incident: OpenIncident = None
    recurrence: RecurrenceForm | None = None
    known_problem: Several[Name] | None = None
    time: TimeForm | None = None
    all_: list[ConditionForm] | None = Field(None, alias="all")
    any_: list[ConditionForm] | None = Field(None, alias="any")
    not_: ConditionForm | None = Field(None, alias="not")
