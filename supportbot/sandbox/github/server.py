"""The socket: HTTP in and out on the loopback, and the moments at which a test may strike."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from supportbot.sandbox.github import wire
from supportbot.sandbox.github.doors import Outcome
from supportbot.sandbox.github.faults import How

BODY_LIMIT = 1_000_000

Moment = Literal["before-reply", "after-reply"]
OnWire = Callable[[Moment, str], None]
Handle = Callable[[wire.Request], Outcome]

_GONE = (ConnectionError, TimeoutError)


class Server(ThreadingHTTPServer):
    """A listener on 127.0.0.1 at a port of the system's choice."""

    daemon_threads = True
    # The wait for open connections at the end would last until clients let go of them.
    block_on_close = False

    def __init__(self, handle: Handle, on_wire: OnWire) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.handle_request_value = handle
        self.on_wire = on_wire
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.05,), name="local-github", daemon=True
        )

    def start(self) -> None:
        """Listen in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and hang up on whoever is still connected."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._guard:
            for connection in self._open:
                _hang_up(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no news; anything else is a fault of ours."""
        if not isinstance(sys.exc_info()[1], _GONE):
            super().handle_error(request, client_address)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in one write: a body in a segment of its own waits for a delayed ACK.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server looks for these names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's signature
        """Stay quiet: the handle keeps a log of requests."""

    def _serve(self) -> None:
        raw = self._read()
        if raw is None:
            self.close_connection = True
            return
        line = f"{self.command} {urlsplit(self.path).path}"
        outcome = self.server.handle_request_value(self._request(raw))
        self.server.on_wire("before-reply", line)
        self._reply(outcome)
        self.server.on_wire("after-reply", line)

    def _read(self) -> bytes | None:
        """The body; None for half of one: who sent it died over it, and half a call is no call."""
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdecimal() else 0
        if size > BODY_LIMIT:
            self.close_connection = True
            return b"too large"
        raw = self.rfile.read(size)
        return raw if len(raw) == size else None

    def _request(self, raw: bytes) -> wire.Request:
        place = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return wire.Request(
            self.command, place.path, dict(parse_qsl(place.query)), headers, _parsed(raw)
        )

    def _reply(self, outcome: Outcome) -> None:
        if outcome.fault is How.DROPPED_AFTER:
            self.close_connection = True
            return
        data = _bytes(outcome.answer)
        self.send_response_only(outcome.answer.status)
        for name, value in self._headers(outcome.answer, len(data)).items():
            self.send_header(name, value)
        if outcome.fault is How.CUT_AFTER:
            self.close_connection = True
            data = data[: len(data) // 2]
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def _headers(self, answer: wire.Answer, length: int) -> dict[str, str]:
        return {
            "Server": "local-github",
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(length),
            **answer.headers,
        }


def _parsed(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw


def _bytes(answer: wire.Answer) -> bytes:
    if isinstance(answer.body, str):
        return answer.body.encode()
    return json.dumps(answer.body).encode()
