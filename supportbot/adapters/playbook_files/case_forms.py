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
    text: Text | None = Field(
        None, examples=["Nobody can log in"], description="what the person wrote"
    )
    from_: Text | None = Field(
        None,
        alias="from",
        description="a person's key, a mail address, or a Slack id; a stranger, if left out",
    )
    subject: Text | None = Field(None, description="a mail's subject")
    channel: Channel | None = Field(None, description="the Slack channel")
    source: Source | None = Field(
        None, description="whether it is a mail or from Slack, where that is not plain"
    )
    mail: Text | None = Field(
        None, description="a mail as it came: the name of a file beside this one"
    )
    header: dict[HeaderName, Text] = Field(
        {}, examples=["{X-Spam-Flag: yes}"], description="headers of the mail"
    )
    authenticated: YesNo | None = Field(
        None, description="whether the source vouches for the sender"
    )


class EarlierForm(Form):
    """A ticket that there is already, opened so long before the message."""

    hub: Text = Field(examples=["prod"], description="its hub")
    before: Text = Field(
        examples=["2 days"], description="how long before the message it was opened"
    )
    symptom: Text | None = Field(None, description="its symptom")
    open_incident: YesNo = Field(False, description="whether it is an incident that is still open")


class CaseForm(Form):
    message: Annotated[
        MessageForm, BeforeValidator(_as_message, json_schema_input_type=MessageForm | Text)
    ] = Field(
        examples=['{from: mara, text: "Nobody can log in"}'],
        description="what was written, or the name of a mail beside the file",
    )
    expect: dict[str, Texts] = Field(
        examples=["{severity: P1}"],
        description="what is to come out, key by key; one of several values",
    )
    at: Moment | None = Field(
        None, description="when, with Z or an offset: it settles who is on call"
    )
    name: Text | None = Field(
        None, description="what the test is called; how the message begins, if left out"
    )
    earlier: list[EarlierForm] = Field(
        [], examples=["[{hub: prod, before: 2 days}]"], description="tickets that there are already"
    )


class CasesFile(Form):
    """Messages, and the decision expected of each."""

    tests: Annotated[dict[int, CaseForm], BeforeValidator(_by_place)]
