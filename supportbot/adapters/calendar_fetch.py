"""Fetches a calendar by its address, which somebody wrote into the playbooks.

Whoever edits the playbooks must not reach, by this, what only this machine reaches: addresses of
the network inside are refused, at every redirect anew, and what was looked up is what is connected
to. Size and time are bounded.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
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


# A gateway translates them to addresses of the old kind: https://www.rfc-editor.org/rfc/rfc6052
_TRANSLATED = ip_network("64:ff9b::/96")
_OLD = 2**32 - 1


def is_public(address: str) -> bool:
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        if found in _TRANSLATED:
            return is_public(str(IPv4Address(int(found) & _OLD)))
        # The last are the first way of writing an address of the old kind as one of the new.
        if found.sixtofour or found.is_site_local or int(found) <= _OLD:
            return False
    return found.is_global and not found.is_multicast


def fetch_calendar(
    url: str,
    etag: str | None,
    *,
    allowed: Allowed = is_public,
    schemes: tuple[str, ...] = ("https",),
    longest: float = _LONGEST,
) -> CalendarAnswer:
    """What stands at `url` now, or nothing new since `etag`. Raises OSError, which says why not."""
    until = time.monotonic() + longest
    try:
        for _ in range(_REDIRECTS + 1):
            target = _checked(url, schemes)
            with _connected(target, allowed, until) as connection:
                response = _asked(connection, target, etag)
                if response.status not in _MOVED:
                    found = _answer(response)
                    if time.monotonic() >= until:  # what was shut looks like the end
                        raise TimeoutError
                    return found
                url = urljoin(url, response.headers.get("Location", ""))
    except (OSError, HTTPException, ValueError) as error:
        if time.monotonic() >= until:
            raise OSError(f"took longer than {longest:g} s") from error
        if isinstance(error, OSError):
            raise
        raise OSError(f"{type(error).__name__}: {error}") from error
    raise OSError(f"more than {_REDIRECTS} redirects")


def _checked(url: str, schemes: tuple[str, ...]) -> SplitResult:
    target = urlsplit(url)
    if target.scheme not in schemes or not target.hostname or target.username:
        raise OSError("its address, or a redirect, is not https")
    return target


@contextmanager
def _connected(target: SplitResult, allowed: Allowed, until: float) -> Iterator[HTTPConnection]:
    """A connection that is shut at `until` (monotonic), whatever it waits for.

    A time limit of the socket begins anew with every byte, so that whoever answers drop by drop
    would hold us for as long as they like.
    """
    host, secure = target.hostname or "", target.scheme == "https"
    port = target.port or (443 if secure else 80)
    connection = (HTTPSConnection if secure else HTTPConnection)(host, port, timeout=TIMEOUT)
    connection.sock = _socket(host, port, allowed)
    with connection.sock.dup() as same:  # TLS takes the other over
        shut = Timer(max(until - time.monotonic(), 0), _shut, [same])
        shut.start()
        try:
            if secure:
                context = ssl.create_default_context()
                connection.sock = context.wrap_socket(connection.sock, server_hostname=host)
            yield connection
        finally:
            shut.cancel()
            shut.join()
            connection.close()


def _shut(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _socket(host: str, port: int, allowed: Allowed) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(map(allowed, addresses)):
        raise OSError(f"{host} is not on the public internet")
    return socket.create_connection((addresses[0], port), TIMEOUT)


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
    body = b""
    while chunk := response.read(_CHUNK):
        body += chunk
        if len(body) > LARGEST:
            raise OSError(f"larger than {LARGEST // 1024} KiB")
    if response.length:
        raise OSError("broke off")
    etag = response.headers.get("ETag")
    return CalendarAnswer(body, etag[:200] if etag else None)
