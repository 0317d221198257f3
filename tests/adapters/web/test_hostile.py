"""Requests that mean no good: they are refused, and everybody else is still served."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from supportbot.adapters.web.server import LARGEST_BODY, WebServer
from tests.adapters.web.serving import ask, connect, counts_body, says, send, serving, status_of

ROUTES = {"/healthz": says("ok"), "/metrics": says("figures"), "/slack/events": counts_body}

PATHS = [
    "//metrics",
    "///metrics",
    "/metrics/",
    "/metrics/.",
    "/./metrics",
    "/slack/../metrics",
    "/slack/events/../../metrics",
    "/slack/events/%2e%2e/%2e%2e/metrics",
    "/slack/events%2f..%2f..%2fmetrics",
    "/slack/events;/metrics",
    "/m%65trics",
    "/%6detrics",
    "/METRICS",
    "/metrics%00",
    "/metrics%20",
    "/metrics\\",
    "/metrics#now",
    "/metrics%3f",
    "*",
    "metrics",
    "http:metrics",
]

GARBAGE = [
    b"\r\n\r\n\r\n",
    b"\0" * 4096,
    b"\xff\xfe" * 1000 + b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET /healthz\r\n\r\nGET /healthz\r\n\r\n",
    b"get /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET /healthz HTTP/1.1\nHost: x\n\n",
    b"GET /healthz HTTP/1.1\r\n Host: x\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9" + b"9" * 6000 + b"\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\nab",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
]


def _still_serves(server: WebServer) -> None:
    assert ask(server, "/healthz").body == "ok"


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_nearly_another_is_nobodys(path: str) -> None:
    with serving(ROUTES) as server:
        raw = send(server, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert status_of(raw) in (400, 404)
        assert b"figures" not in raw


def test_a_whole_address_is_understood_as_its_path() -> None:
    request = b"GET http://desk.example/metrics?x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with serving(ROUTES) as server:
        assert send(server, request).endswith(b"figures")


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda raw: repr(raw[:40]))
def test_what_is_no_request_harms_nobody(garbage: bytes) -> None:
    with serving(ROUTES) as server:
        raw = send(server, garbage)
        assert b"Server:" not in raw
        assert b"waitress" not in raw.lower()
        _still_serves(server)


def test_huge_headers_are_refused() -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    with serving(ROUTES) as server:
        one = send(server, head, b"X-Large: " + b"a" * 100_000 + b"\r\n\r\n")
        many = send(server, head, b"".join(b"X-%d: a\r\n" % n for n in range(20_000)))
        endless = send(server, head, *[b"a" * 60_000] * 20)
        _still_serves(server)
    assert {status_of(raw) for raw in (one, many, endless)} <= {431, 400, None}
    assert b"ok" not in one + many + endless


def test_a_body_that_is_announced_too_large_is_refused_before_it_is_sent() -> None:
    head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % 10**12
    with serving(ROUTES) as server:
        assert status_of(send(server, head)) == 413


def test_a_body_in_pieces_is_refused_once_it_is_too_large() -> None:
    head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    with serving(ROUTES) as server:
        assert status_of(send(server, head, *[piece] * (LARGEST_BODY // 0x10000 + 1))) == 413
        _still_serves(server)


def test_a_body_that_ends_early_reaches_no_application() -> None:
    head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    with serving(ROUTES) as server:
        assert status_of(send(server, head, b"half")) != 200


def test_slow_clients_hold_up_nobody() -> None:
    """Many more than there are threads, each in the middle of its request or of its body."""
    body = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
    with serving(ROUTES) as server, ExitStack() as clients:
        for number in range(100):
            client = clients.enter_context(connect(server))
            client.sendall(body if number % 2 else b"GET /healthz HTTP/1.1\r\nHos")
        for _ in range(20):
            _still_serves(server)


def test_a_client_that_does_not_read_its_answer_holds_up_nobody() -> None:
    routes = {**ROUTES, "/large": says("x" * 4_000_000)}
    with serving(routes) as server, ExitStack() as clients:
        for _ in range(40):
            client = clients.enter_context(connect(server))
            client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(20):
            _still_serves(server)


def test_those_who_leave_at_once_harm_nobody() -> None:
    with serving(ROUTES) as server:
        for _ in range(100):
            with connect(server) as client:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        _still_serves(server)
