"""What is read from a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from supportbot.adapters.mail.addresses import Address


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message. `filename` is a label given by a stranger (no path), or empty; `size`
    is in bytes, decoded; `sha256` is of the decoded bytes, in hex."""

    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells mail that programs wrote (RFC 3834), and whether a program may answer it."""

    is_auto_reply: bool
    is_bounce: bool
    auto_reply_allowed: bool


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A message as it was read.

    `sender` is None where From names nobody. `date` is the Date header's, in aware UTC.
    `message_id`, `in_reply_to` and `references` are without angle brackets. `text` is all the text
    there is, `reply` the new words only. `notes` say what was left out because of a limit.
    `authentication` are the Authentication-Results, the newest first; `headers` the others that
    rules may ask for, by their names in lower case, without the trace of servers.
    """

    subject: str
    sender: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    date: datetime | None
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    reply: str
    attachments: tuple[Attachment, ...]
    signs: Signs
    notes: tuple[str, ...] = ()
    authentication: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def requester(self) -> Address | None:
        """Who asks and wants the answer: Reply-To where it is given (RFC 5322 3.6.2), else From."""
        return self.reply_to[0] if self.reply_to else self.sender
