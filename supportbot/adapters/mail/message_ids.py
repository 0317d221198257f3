"""Our Message-IDs: made from a delivery's key, so that every try of it has the same one.

All ids here are without their angle brackets.
"""

from __future__ import annotations

import hashlib

from supportbot.adapters.mail.deliverable import Undeliverable, ascii_domain
from supportbot.domain.ticket.ticket import number_of

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_LONGEST = 180
_KEPT = 100


def message_id_of(key: str, domain: str) -> str:
    """The Message-ID of the delivery `key`, at `domain`. Different keys have different ones.

    What an id may not hold as it is (RFC 5322 3.2.3) is written `=XX`, its UTF-8 in hex. A key too
    long for a header's line ends in its digest.
    Raises Undeliverable (a ValueError) for a domain that is none.
    """
    raw = key.encode("utf-8", "surrogatepass")
    local = "".join(_written(raw, at) for at in range(len(raw))) or "="
    if len(local) > _LONGEST:
        # `=.` stands in no id that was not shortened, so that this can be no other key's.
        local = f"{local[:_KEPT]}=.{hashlib.sha256(raw).hexdigest()}"
    return f"{local}@{ascii_domain(domain)}"


def _written(raw: bytes, at: int) -> str:
    byte = raw[at]
    inner_dot = byte == 0x2E and 0 < at < len(raw) - 1 and raw[at - 1] != 0x2E
    return chr(byte) if byte in _PLAIN or inner_dot else f"={byte:02X}"


def ticket_of(message_id: str, domain: str) -> int | None:
    """The ticket that a Message-ID of ours at `domain` belongs to, however its case was changed.

    None for the ids of others, and for those of ours that are no ticket's.
    """
    local, _, where = message_id.strip().strip("<>").rpartition("@")
    head, dot, rest = local.partition(".")
    if not dot or not rest or len(head) > 20 or not head.isascii():
        return None
    try:
        ours = where.isascii() and where.lower() == ascii_domain(domain)
    except Undeliverable:
        return None
    return number_of(head) if ours else None
