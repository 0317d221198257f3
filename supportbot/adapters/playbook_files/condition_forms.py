"""The shape of a `when`: what may stand under each of its keys."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, get_args

from pydantic import BeforeValidator, Field, PlainValidator

from supportbot.adapters.playbook_files import shapes, words
from supportbot.adapters.playbook_files.faults import Unreadable, quoted
from supportbot.adapters.playbook_files.forms import (
    Channels,
    Form,
    Hours,
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
from supportbot.domain.triage.extraction import UsersAffected
from supportbot.domain.triage.message import is_for_rules
from supportbot.domain.triage.sentence import Capability


class PhrasesForm(Form):
    any_of: Texts | None = Field(None, description="one of these words and phrases")
    all_of: Texts | None = Field(None, description="all of these words and phrases")
    matches: Texts | None = Field(
        None, description="one of these regular expressions, in the syntax of RE2"
    )


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
    hours: Hours | None = Field(None, description="within these hours, such as Mon-Fri 08:00-17:00")
    from_: Moment | None = Field(None, alias="from", description="not before")
    to: Moment | None = Field(None, description="before")
    period: Name | None = Field(None, description="within this period of rotations.yaml")
    time_zone: Zone = Field("UTC", description="the zone of all of these")


class RecurrenceForm(Form):
    """The same symptom of the same hub, so often (this message included) within a time."""

    times: Annotated[int, PlainValidator(read_times), shapes.WHOLE] = Field(
        examples=["3"], description="for the how-manieth time at least: 2 to 100"
    )
    within: Annotated[Text, shapes.ELAPSED] = Field(
        examples=["7 days"], description="in how long a time: 90 days at most"
    )
    symptom: Text | None = Field(
        None, description="of which symptom; of what fails by this message, if left out"
    )


def _as_places(value: object) -> object:
    """Yes is any of them, no is none."""
    if isinstance(value, str) and value.casefold() in ("yes", "true", "no", "false"):
        return ["hub", "cluster"] if words.yes_no(value) else ["none"]
    return value


# What a mail may call a header (RFC 5322 2.2).
_HEADER_NAME = re.compile(r"[!-9;-~]{1,100}")

_ASKED_OTHERWISE = {
    "subject": "subject",
    "from": "sender",
    "authentication-results": "authenticated",
}


def read_header_name(value: object) -> str:
    said = words.text(value)
    if not _HEADER_NAME.fullmatch(said):
        raise Unreadable(f"{quoted(said)} is no header of a mail", "write it as X-Spam-Flag")
    name = said.casefold()
    if not is_for_rules(name):
        other = _ASKED_OTHERWISE.get(name)
        mend = f"ask for it by `{other}:`" if other else "ask for another one"
        raise Unreadable(f"{quoted(said)} is kept from rules", mend)
    return name


HeaderName = Annotated[
    str,
    PlainValidator(read_header_name),
    shapes.pattern("HeaderName", "the name of a header", _HEADER_NAME.pattern),
]
_Places = Several[Annotated[str, one_of("hub", "cluster", "none")]]
OpenIncident = Annotated[
    _Places | None, BeforeValidator(_as_places, json_schema_input_type=_Places | YesNo)
]


class ConditionForm(Form):
    text: Phrases | None = Field(None, description="these words are in the subject or the body")
    subject: Phrases | None = Field(None, description="these words are in the subject")
    body: Phrases | None = Field(None, description="these words are in the body")
    source: Several[Source] | None = Field(None, description="it came by Slack or by mail")
    channel: Channels | None = Field(None, description="it was written in this channel")
    sender: Texts | None = Field(
        None,
        description="representative, team, known, stranger; a person; a domain or mail address",
    )
    community: Names | None = Field(None, description="it is about this community")
    hub: Texts | None = Field(
        None, description="it is about this hub, such as prod or northfield/prod"
    )
    cluster: Texts | None = Field(None, description="it is about a hub of this cluster")
    capability: Several[Annotated[str, one_of(*get_args(Capability))]] | None = Field(
        None, description="by the words, this fails"
    )
    users_affected: Several[Annotated[str, one_of(*get_args(UsersAffected))]] | None = Field(
        None, description="by the words, it happens to so many"
    )
    always: Annotated[str, one_of("always", "sometimes")] | None = Field(
        None, description="by the words, it happens always or sometimes"
    )
    trouble: YesNo | None = Field(None, description="the words say that something fails")
    resolved: YesNo | None = Field(None, description="the words take it back: it works again")
    later: YesNo | None = Field(None, description="it is about a day to come")
    question: YesNo | None = Field(None, description="there is a question in it")
    exam: YesNo | None = Field(None, description="it speaks of an exam")
    certain: YesNo | None = Field(
        None, description="yes: what fails has a name, and no word of the message excuses it"
    )
    unclear: YesNo | None = Field(
        None, description="it speaks of several people or of what may fail, and is not understood"
    )
    event: YesNo | None = Field(None, description="an event of the community is on")
    attachments: YesNo | None = Field(None, description="files came with it")
    automatic: YesNo | None = Field(None, description="a program or a mailing list sent it")
    authenticated: YesNo | None = Field(None, description="the source vouches for the sender")
    header: dict[HeaderName, Texts] | None = Field(
        None,
        examples=["{X-Spam-Flag: yes}"],
        description="a mail has these headers, with these words in them",
    )
    open_incident: OpenIncident = Field(
        None,
        description="an incident is open at the same hub, at another of its cluster, or nowhere",
    )
    recurrence: RecurrenceForm | None = Field(
        None, description="the same has come so often within a time"
    )
    known_problem: Several[Name] | None = Field(
        None, description="it looks like one of these known problems, or like any"
    )
    time: TimeForm | None = Field(None, description="it is judged at such a time")
    all_: list[ConditionForm] | None = Field(
        None, alias="all", description="every one of these conditions holds"
    )
    any_: list[ConditionForm] | None = Field(
        None, alias="any", description="one of these conditions holds"
    )
    not_: ConditionForm | None = Field(
        None, alias="not", description="this condition does not hold"
    )
