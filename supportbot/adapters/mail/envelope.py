"""From a raw message to an envelope for the inbox: its names, without reading all of it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from supportbot.adapters.mail.headers import split_head
from supportbot.adapters.mail.reading import message_id
from supportbot.application.ports import Envelope

SOURCE = "mail"
_LONGEST_ID = 500
_SAID = (b"from", b"date", b"subject")


def envelope(raw: bytes, received_at: datetime) -> Envelope:
    """The message as the inbox keeps it. Never raises, whatever the bytes.

    Relays add headers on the way: a message that is delivered again is known by what its writer
    sent. Its Message-ID alone proves nothing, for programs repeat theirs.
    """
    headers, body = split_head(raw)
    named = message_id(headers)
    content = hashlib.sha256(body)
    for name in _SAID:
        content.update(b"\0" + b"\0".join(headers.raw.get(name.decode(), ())))
    content.update(b"\0" + (named or "").encode("utf-8", "surrogateescape"))
    return Envelope(
        source=SOURCE,
        keys=(f"mail:content:{content.hexdigest()}",),
        body="{}",
        received_at=received_at,
        raw=raw,
        name=None if named is None else id_key(named),
    )


def id_key(message_id: str) -> str:
    """The key of a mail by its Message-ID (without brackets), among names and threads."""
    return f"mail:id:{_short(message_id)}"


def answered_key(message_id: str) -> str:
    """The key of those who answered a mail, whether we ever saw that or not."""
    return f"mail:answers:{_short(message_id)}"


def _short(message_id: str) -> str:
    """Databases keep no index of what is longer than some 2,700 bytes."""
    encoded = message_id.encode("utf-8", "backslashreplace")
    return message_id if len(encoded) <= _LONGEST_ID else hashlib.sha256(encoded).hexdigest()
