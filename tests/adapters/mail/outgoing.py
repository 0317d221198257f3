"""Deliveries by mail for the tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from supportbot.adapters.mail.addresses import Address
from supportbot.adapters.mail.relay import RelayAddress
from supportbot.domain.notices.delivery import SendTask
from supportbot.sandbox.mail import LocalRelay

OWN = Address("desk@openfield.example", "Openfield Support")
FIRST = datetime(2026, 11, 23, 8, 0, 30, tzinfo=UTC)
TO = "mara@northfield.example"
FACTS: Mapping[str, Any] = {
    "number": 42,
    "severity": "P1",
    "means": "several people cannot work",
    "title": "Nobody gets in",
    "community": "Northfield University",
    "hub": "prod",
    "symptom": "login",
    "step": 2,
    "attempt": 1,
    "late_minutes": 0,
    "by": None,
    "position": 1,
    "round": 0,
    "reason": "first line, in her first fortnight",
}


def reply(
    text: str = "Someone has it.", *, automatic: bool = True, attempt: int = 1, **target: str
) -> SendTask:
    """A `mail.reply`; `target` says what differs from Mara's first mail."""
    where = {
        "place": "reporter",
        "to": TO,
        "name": "Mara Lindqvist",
        "subject": "Nobody gets in",
        "message_id": "first@northfield.example",
        "references": "",
        **target,
    }
    return SendTask(
        id=1,
        token="t",
        key="SUP-42.3.reply.received",
        kind="mail.reply",
        ticket=42,
        target=where,
        place=None,
        payload={"text": text, "automatic": automatic},
        attempt=attempt,
        first_attempt_at=FIRST,
    )


def page(mail: str = "ines@openfield.example", **facts: Any) -> SendTask:
    """A `mail.page` for Ines; `facts` say what differs."""
    return replace(
        reply(),
        key="SUP-42.4.page.ines.mail",
        kind="mail.page",
        target={"person": "ines", "user": "", "mail": mail},
        payload={**FACTS, **facts},
    )


def address_of(relay: LocalRelay, security: Any = "none", **login: str) -> RelayAddress:
    return RelayAddress(relay.host, relay.port, security, **login)
