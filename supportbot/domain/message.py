"""What people write to the desk, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Source = Literal["slack", "mail", "cli"]


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
class InboundMessage:
    """One message from outside, read but not yet judged.

    `key` names it uniquely at its source; `channel` is the name a playbook would use (`#support`,
    or a Slack id where no name is known, or `dm`). `thread_keys` are the conversations it may
    belong to, best first; `reply_to` is where an answer to its writer goes. `mentions_bot` and
    `direct` say why the desk should listen even outside the configured channels. `at` is aware UTC.
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
