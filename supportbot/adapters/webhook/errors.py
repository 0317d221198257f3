"""One table that says what an answer of a paging service means for a page, and what mends it.

Statuses: RFC 9110 15, RFC 6585 4 (429). What a service says in its body is not looked at: it may
repeat our address, which is a secret.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import timedelta
from urllib.error import URLError

from supportbot.domain.notices.delivery import FailureKind, SendFailure

_LONGEST_WAIT = timedelta(hours=1)
_AGAIN = "it will be tried again"

# The first row that fits counts.
_TABLE: tuple[tuple[range | tuple[int, ...], FailureKind, str], ...] = (
    (range(300, 400), "rejected", "redirects are not followed: set the address it leads to"),
    ((401, 403), "unauthorised", "check the address and the signing secret"),
    ((404, 410), "rejected", "check the address: nothing takes pages there"),
    ((408, 409, 425), "transient", _AGAIN),
    ((429,), "rate_limited", _AGAIN),
    (range(400, 500), "rejected", "it does not take this request: check what it expects"),
    (range(500, 600), "transient", _AGAIN),
)


def refused(name: str, status: int, headers: Mapping[str, str]) -> SendFailure:
    """What an answer means that was no yes; `name` is the webhook's."""
    for statuses, kind, mend in _TABLE:
        if status in statuses:
            said = f"webhook {name} answered {status}: {mend}"
            return SendFailure(kind, said, _wish(headers) if status in (429, 503) else None)
    return SendFailure("transient", f"webhook {name} answered {status}: {_AGAIN}")


def unanswered(name: str, error: Exception) -> SendFailure:
    """What it means that there was no answer."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        mend = f"its certificate is not valid ({cause.verify_message})"
        return SendFailure("rejected", f"webhook {name}: {mend}")
    return SendFailure("transient", f"no answer from webhook {name} ({type(cause).__name__})")


def _wish(headers: Mapping[str, str]) -> timedelta | None:
    """How long it wants to be left alone; a date instead of seconds is not worth a parser."""
    said = headers.get("Retry-After", "")
    if not (said.isascii() and said.isdigit()):
        return None
    return min(timedelta(seconds=int(said[:9])), _LONGEST_WAIT)
