"""A web server on the loopback interface, and clients at its wire."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from supportbot.adapters.web.server import WebServer

HOST = "127.0.0.1"
PATIENCE = 30.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str


@contextmanager
def serving(routes: Mapping[str, WSGIApplication]) -> Iterator[WebServer]:
    server = WebServer((HOST, 0), routes)
    server.start()
    try:
        yield server
    finally:
        server.close()


def ask(
    server: WebServer,
    path: str,
    method: str = "GET",
    body: bytes | Iterable[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request on a connection of its own."""
    with closing(HTTPConnection(HOST, server.port, timeout=PATIENCE)) as connection:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read().decode())


def connect(server: WebServer) -> socket.socket:
    return socket.create_connection((HOST, server.port), timeout=PATIENCE)


def send(server: WebServer, *parts: bytes) -> bytes:
    """Send these bytes, and read until the other side closes."""
    received = b""
    with connect(server) as client:
        try:
            for part in parts:
                client.sendall(part)
            client.shutdown(socket.SHUT_WR)
            while chunk := client.recv(65536):
                received += chunk
        except OSError:
            # It answered and closed without reading all we had.
            pass
    return received


def status_of(raw: bytes) -> int | None:
    """The status of the first answer in `raw`; None when there is none."""
    line = raw.partition(b"\r\n")[0].split(b" ")
    return int(line[1]) if len(line) > 1 else None


def says(text: str) -> WSGIApplication:
    """An application that answers every request with this."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [text.encode()]

    return app


def counts_body(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answers with the number of bytes that it was sent."""
    size = len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(size).encode()]
