"""The messages that `explain` judges: JSON files, read with care."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any, get_args

import click

from supportbot.application.ports import InboxRow, Quarantined
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.triage.message import InboundMessage, Sender, Source
from supportbot.entrypoints.cli.arguments import decoded, moment, read_input
from supportbot.entrypoints.cli.faults import BadInput, nearest
from supportbot.entrypoints.cli.output import shown

_KEYS = ["source", "channel", "user", "subject", "text", "at"]
_SHAPE = '{"source": "slack", "channel": "#support", "user": "mara", "text": "…", "at": "…Z"}'
_SLACK_ID_STARTS = ("U", "W")


def read_message(
    name: str, playbooks: Playbooks, at: datetime | None, now: datetime
) -> tuple[InboundMessage, datetime]:
    """The message of a file (`-`: standard input), and when to judge it.

    That is `at`, else the message's own time, else `now` (all aware UTC). Raises BadInput.
    """
    if name.casefold().endswith(".eml"):
        return _mail(name, at, now)
    label = "standard input" if name == "-" else name
    fields = _fields(decoded(read_input(name), label), label)
    source = fields.get("source", "slack")
    if source not in get_args(Source):
        raise BadInput(f"{label}: `source` is one of {', '.join(get_args(Source))}.")
    if not (fields.get("text") or "").strip():
        raise BadInput(f"{label}: `text` is missing: it is what the person wrote.")
    written = moment(fields["at"], f"{label}: `at`") if fields.get("at") else None
    judged = at or written or now
    message = InboundMessage(
        source=source,
        key=f"explain:{label}",
        sender=_sender(fields.get("user"), playbooks, label),
        text=fields["text"],
        at=written or judged,
        channel=_channel(fields.get("channel"), playbooks),
        subject=fields.get("subject"),
    )
    return message, judged


def _mail(name: str, at: datetime | None, now: datetime) -> tuple[InboundMessage, datetime]:
    """A mail as the desk would read it, also one that it would put into quarantine."""
    from supportbot.adapters.mail.reader import MailReader
    from supportbot.adapters.mail.reading import read_mail

    raw = read_input(name)
    judged = at or read_mail(raw).date or now
    row = InboxRow(0, "", "mail", "", judged, 1, raw)
    reader = MailReader("", _keep_nothing)
    found = reader.read(row)
    if isinstance(found, Quarantined):
        click.echo(f"{name} would go into quarantine: {found.reason}.", err=True)
        found = reader.read(replace(row, released=True))
    if not isinstance(found, InboundMessage):
        raise BadInput(f"{name} is no message that can be judged.")
    return found, judged


def _keep_nothing(sha256: str, content: bytes) -> None:
    """Judging a message leaves no trace of it."""


def _fields(text: str, name: str) -> dict[str, Any]:
    """The object's fields, each a text or absent."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = (
            f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise BadInput(f"{name} is not JSON ({where or 'too deep'}): write {_SHAPE}") from None
    if not isinstance(found, dict):
        raise BadInput(f"{name} is not a message: write {_SHAPE}")
    for key, value in found.items():
        if key not in _KEYS:
            near = nearest(key, _KEYS, "keys")
            raise BadInput(f"{name}: a message has no {key[:40]!r}: {near}")
        if value is not None and not isinstance(value, str):
            raise BadInput(f"{name}: `{key}` is to be a text, in quotes.")
        if value is not None and not value.isascii() and _has_half_characters(value):
            raise BadInput(
                f"{name}: `{key}` holds half a character (\\ud800 to \\udfff): delete it."
            )
    return {key: value for key, value in found.items() if value is not None}


def _has_half_characters(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in value)


def _sender(user: str | None, playbooks: Playbooks, name: str) -> Sender:
    """Whoever wrote: by a mail address, a Slack id or the key of a person; None is a stranger."""
    if not user:
        return Sender()
    person = playbooks.people.get(user)
    if person is not None:
        return Sender(slack=person.slack, mail=person.mail, name=person.name, person=person.key)
    if "@" in user:
        return Sender(mail=user)
    if user.startswith(_SLACK_ID_STARTS) and user.isalnum() and user.isupper():
        return Sender(slack=user)
    near = nearest(user, list(playbooks.people), "people")
    note = f"{name}: nobody in people.yaml is called {user[:60]!r}, so a stranger wrote. {near}"
    click.echo(shown(note), err=True)
    return Sender(name=user)


def _channel(channel: str | None, playbooks: Playbooks) -> str | None:
    """The name as the playbooks have it, with its # where that was left out."""
    known = {c for community in playbooks.communities.values() for c in community.slack_channels}
    return f"#{channel}" if channel and f"#{channel}" in known else channel
