"""Where a mailbox is, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


class MailboxFault(Exception):
    """The mailbox cannot be used; says why, and what mends it. Holds no password."""


class LoginFault(MailboxFault):
    """The server does not let this user in."""


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """Where the mail is, and how to get in.

    `folder` and `done_folder` are names as people see them. With `done_folder` every message in
    `folder` is taken and then moved there; without, the unseen ones are taken and marked as seen.
    `security` "none" is for a server on this machine only.
    """

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    done_folder: str | None = None
