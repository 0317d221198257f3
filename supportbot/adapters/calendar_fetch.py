"""Fetches a calendar by its address, which somebody wrote into the playbooks.

Whoever edits the playbooks must not reach, by this, what only this machine reaches: addresses of
the network inside are refused, at every redirect anew, and what was looked up is what is connected
to. Size and time are bounded.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

from supportbot.application.ports import CalendarAnswer

LARGEST = 512 * 1024
TIMEOUT = 10.0
_LONGEST = 30.0
_REDIRECTS = 3
_MOVED = (301, 302, 303, 307, 308)
_CHUNK = 64 * 1024

Allowed = Callable[[str], bool]
"""Whether an IP address may be connected to."""


def is_public(address: str) -> bool:
    found = ip_address(address)
    return found.is_global and not found.is_multicast


def fetch_calendar(
    url: str,
    etag: str | None,
    *,
    allowed: Allowed = is_public,
    schemes: tuple[str, ...] = ("https",),
) -> CalendarAnswer:
    """What stands at `url` now, or nothing new since `etag`. Raises OSError, which says why not."""
    try:
        for _ in range(_REDIRECTS + 1):
            target = _checked(url, schemes)
            connection = _connection(target, allowed)
            try:
                response = _asked(connection, target, etag)
                if response.status not in _MOVED:
                    return _answer(response)
                url = urljoin(url, response.headers.get("Location", ""))
            finally:
                connection.close()
    except (HTTPException, ValueError) as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
    raise OSError(f"more than {_REDIRECTS} redirects")


def _checked(url: str, schemes: tuple[str, ...]) -> SplitResult:
    target = urlsplit(url)
    if target.scheme not in schemes or not target.hostname or target.username:
        raise OSError("its address, or a redirect, is not https")
    return target


def _connection(target: SplitResult, allowed: Allowed) -> HTTPConnection:
    host, secure = target.hostname or "", target.scheme == "https"
    port = target.port or (443 if secure else 80)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(map(allowed, addresses)):
        raise OSError(f"{host} is not on the public internet")
    plain = socket.create_connection((addresses[0], port), TIMEOUT)
    if not secure:
        connection = HTTPConnection(host, port, timeout=TIMEOUT)
        connection.sock = plain
        return connection
    context = ssl.create_default_context()
    over_tls = HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
    over_tls.sock = context.wrap_socket(plain, server_hostname=host)
    return over_tls


def _asked(connection: HTTPConnection, target: SplitResult, etag: str | None) -> HTTPResponse:
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    headers = {"User-Agent": "supportbot", "Accept": "text/calendar"}
    connection.request(
        "GET", path, headers={**headers, **({"If-None-Match": etag} if etag else {})}
    )
    return connection.getresponse()


def _answer(response: HTTPResponse) -> CalendarAnswer:
    if response.status == 304:
        return CalendarAnswer(None, None)
    if response.status != 200:
        raise OSError(f"answered {response.status} {response.reason}")
    body, until = b"", time.monotonic() + _LONGEST
    while chunk := response.read(_CHUNK):
        body += chunk
        if len(body) > LARGEST:
            raise OSError(f"larger than {LARGEST // 1024} KiB")
        if time.monotonic() > until:
            raise OSError(f"took longer than {_LONGEST:.0f} s")
    etag = response.headers.get("ETag")
    return CalendarAnswer(body, etag[:200] if etag else None)
