"""The shape of tests/*.yaml: a message, what there was before, and what is expected."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from supportbot.adapters.playbook_files.condition_forms import HeaderName, Source
from supportbot.adapters.playbook_files.faults import Unreadable
from supportbot.adapters.playbook_files.forms import Channel, Form, Moment, Text, Texts, YesNo


def _as_message(value: object) -> object:
    return value if isinstance(value, dict) else {"mail": value}


def _by_place(value: object) -> object:
    if isinstance(value, dict) and all(isinstance(place, int) for place in value):
        return value
    if not isinstance(value, list):
        mend = "write each test as an entry of its own: `- message: …`"
        raise Unreadable("a list of tests is wanted here", mend)
    return dict(enumerate(value))


class MessageForm(Form):
    text: Text | None = Field(None, examples=["Nobody can log in"])
    from_: Text | None = Field(None, alias="from")
    subject: Text | None = None
    channel: Channel | None = None
    source: Source | None = None
    mail: Text | None = None
    header: dict[HeaderName, Text] = Field({}, examples=["{X-Spam-Flag: yes}"])
    authenticated: YesNo | None = None


class EarlierForm(Form):
    """A ticket that there is already, opened so long before the message."""

    hub: Text = Field(examples=["prod"])
    before: Text = Field(examples=["2 days"])
    symptom: Text | None = None
    open_incident: YesNo = False


class CaseForm(Form):
    message: Annotated[
        MessageForm, BeforeValidator(_as_message, json_schema_input_type=MessageForm | Text)
    ] = Field(examples=['{from: mara, text: "Nobody can log in"}'])
    expect: dict[str, Texts] = Field(examples=["{severity: P1}"])
    at: Moment | None = None
    name: Text | None = None
    earlier: list[EarlierForm] = Field([], examples=["[{hub: prod, before: 2 days}]"])


class CasesFile(Form):
    """Messages, and the decision expected of each."""

    tests: Annotated[dict[int, CaseForm], BeforeValidator(_by_place)]
