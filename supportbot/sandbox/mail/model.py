"""What the local relay keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail as it came: the envelope, the bytes with CRLF line ends, when, and how.

    `login` is the user who was logged in, `encrypted` whether it came over TLS.
    """

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    at: datetime
    login: str | None = None
    encrypted: bool = False
