"""Sends `webhook.page` deliveries: a POST with a JSON body, signed where a secret is set.

| header | value |
| --- | --- |
| `Idempotency-Key` | the delivery's key: the same for every try |
| `X-Supportbot-Timestamp` | seconds since 1970 |
| `X-Supportbot-Signature` | `sha256=` and the HMAC-SHA256, in hex, of timestamp, `.` and body |

The body has what the team's channel gets of a page: ticket, severity, title, hub, step, reason, url
(of the message there) and key. A service cannot be asked what it has: it is to know a key again.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from supportbot.adapters.webhook.errors import refused, unanswered
from supportbot.domain.notices.delivery import Receipt, SendFailure, SendTask
from supportbot.domain.ticket.ticket import reference

TIMEOUT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Service:
    """Where a paging service takes pages; `secret` signs them, without one they are not signed."""

    url: str
    secret: str | None = None


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would take the page, and the address with its token, to somewhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


class WebhookSender:
    """A `Sender`: delivers, or raises SendFailure. `services` are by the ends of their settings'
    names, in small letters; `now` is the time that is signed."""

    def __init__(self, services: Mapping[str, Service], now: Callable[[], datetime]) -> None:
        self._services = services
        self._now = now
        self._opener = build_opener(_NoRedirects)

    def send(self, task: SendTask) -> Receipt:
        if task.kind != "webhook.page":
            raise SendFailure("rejected", f"nothing here sends {task.kind}")
        name = task.target["webhook"]
        service = self._services.get(setting_of(name))
        if service is None:
            mend = f"set SUPPORTBOT_WEBHOOKS__{setting_of(name).upper()}__URL"
            raise SendFailure("rejected", f"webhook {name} has no address: {mend}")
        self._post(name, service, body_of(task), task.key)
        return Receipt()

    def _post(self, name: str, service: Service, body: bytes, key: str) -> None:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "supportbot",
            "Idempotency-Key": key,
            **_signed(service, body, self._now()),
        }
        request = Request(service.url, data=body, headers=headers, method="POST")  # noqa: S310
        try:
            with self._opener.open(request, timeout=TIMEOUT.total_seconds()):
                pass
        except HTTPError as error:
            with error:
                raise refused(name, error.code, dict(error.headers)) from error
        except (OSError, http.client.HTTPException) as error:
            raise unanswered(name, error) from error


def setting_of(name: str) -> str:
    """A webhook's name as its settings have it: a variable's name has no hyphens."""
    return name.replace("-", "_")


def body_of(task: SendTask) -> bytes:
    """What the service is told."""
    facts = task.payload
    told = {
        "ticket": reference(facts["number"]),
        "severity": facts["severity"],
        "title": facts["title"],
        "hub": facts["hub"],
        "step": facts.get("step"),
        "reason": facts["reason"],
        "url": facts.get("url"),
        "key": task.key,
    }
    return json.dumps(told).encode()


def _signed(service: Service, body: bytes, now: datetime) -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    if service.secret is None:
        return {"X-Supportbot-Timestamp": stamp}
    signed = f"{stamp}.".encode() + body
    digest = hmac.new(service.secret.encode(), signed, hashlib.sha256).hexdigest()
    return {"X-Supportbot-Timestamp": stamp, "X-Supportbot-Signature": f"sha256={digest}"}
