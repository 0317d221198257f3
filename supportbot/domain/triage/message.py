"""What people write to the desk, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Source = Literal["slack", "mail", "cli"]

# What servers add on the way: long, and of no use to a rule; and what is read for itself.
_TRACE = ("received", "arc-", "dkim-signature", "domainkey", "x-google-", "x-ms-", "x-microsoft-")
_READ = frozenset(
    {"authentication-results", "subject", "from", "date", "message-id", "in-reply-to", "references"}
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whoever wrote, as the source vouches for it; `name` is for showing, never for deciding.

    `person` is a key of the playbooks, where the source itself knows it (the command line does).
    """

    slack: str | None = None
    mail: str | None = None
    name: str | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a conversation goes on: a Slack thread, a GitHub issue, a mail thread.

    `kind` is the medium; `address` holds what that medium needs to post there again, for example
    `{"channel": "C1", "thread": "1764000000.000100"}`.
    """

    kind: str
    address: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a message; what is in it is kept apart, under its `sha256` (hex).

    `filename` is a stranger's label and no path; `size` is in bytes.
    """

    filename: str
    content_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message from outside, read but not yet judged.

    `key` names it uniquely at its source; `channel` is the name a playbook would use (`#support`,
    or a Slack id where no name is known, or `dm`). `thread_keys` are the conversations it may
    belong to, best first; `reply_to` is where an answer to its writer goes. `mentions_bot` and
    `direct` say why the desk should listen even outside the configured channels. `at` is aware UTC.

    `weak_keys` are names that it shares with others of its conversation, and that only prove it for
    whoever has to do with the ticket. `known_as` is what later messages of its conversation may
    call it, where that is not `thread_keys`.

    Of a mail, `text` is what its writer said anew, and `whole` all of it where that is more.
    `names_ticket` is the ticket whose reference it carries, for when no thread is known; `found_by`
    says of each thread key, and of `SUP-42`, where in the message it stood. `notes` tell the team
    what could not be read. What a program or a list sent must have no automatic answer (RFC 3834):
    then `automatic_answers` is False.

    `authenticated` says of a mail whether the address of its sender is proved to be theirs; None:
    nobody looked. `headers` are those of a mail that rules may ask for, by names in lower case.
    """

    source: Source
    key: str
    sender: Sender
    text: str
    at: datetime
    channel: str | None = None
    subject: str | None = None
    thread_keys: tuple[str, ...] = ()
    reply_to: Place | None = None
    direct: bool = False
    mentions_bot: bool = False
    starts_thread: bool = True
    weak_keys: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()
    whole: str = ""
    files: tuple[File, ...] = ()
    notes: tuple[str, ...] = ()
    names_ticket: int | None = None
    found_by: Mapping[str, str] = field(default_factory=dict)
    automatic_answers: bool = True
    authenticated: bool | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def is_for_rules(header: str) -> bool:
    """Whether rules may ask for a mail's header of this name (in lower case)."""
    return header not in _READ and not header.startswith(_TRACE)
