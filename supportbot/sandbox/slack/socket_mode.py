"""Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode/

A WebSocket server on the loopback interface with a thread for each connection. An app may hold up
to ten; an envelope goes to one of them.
"""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import threading
from socket import SHUT_RDWR
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from supportbot.sandbox.slack.deliveries import Deliveries
from supportbot.sandbox.slack.model import Json
from supportbot.sandbox.slack.workspace import Workspace

MOST_CONNECTIONS = 10
MOST_BYTES = 1_000_000
_logger = logging.getLogger(__name__)


class SocketMode:
    """Accepts the app's connections and passes frames between them and the deliveries.

    Args:
        grace: seconds between the warning and the end of a connection that is refreshed. Slack
            gives about ten.
    """

    def __init__(self, workspace: Workspace, deliveries: Deliveries, grace: float) -> None:
        self._workspace = workspace
        self._deliveries = deliveries
        self._grace = grace
        self._tickets: set[str] = set()
        self._opened = 0
        self._stopping = threading.Event()
        self._server: Server | None = None

    def start(self) -> None:
        """Listen on 127.0.0.1."""
        self._server = serve(
            self._serve,
            "127.0.0.1",
            0,
            process_request=self._admit,
            compression=None,
            ping_interval=None,
            close_timeout=1,
            max_size=MOST_BYTES,
            logger=_logger,
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Close every connection and stop listening."""
        self._stopping.set()
        if self._server is not None:
            self._server.shutdown()

    def new_url(self) -> str:
        """An address for one connection, with a ticket that works once."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started")
        ticket = secrets.token_hex(16)
        with self._workspace.changed:
            self._tickets.add(ticket)
        port = self._server.socket.getsockname()[1]
        return f"ws://127.0.0.1:{port}/link?ticket={ticket}&app_id={self._workspace.app_id}"

    def refresh(self) -> None:
        """Tell every open connection to reconnect; each is closed when its grace is over."""
        for socket in self._deliveries.sockets():
            if isinstance(socket, _Connection) and not socket.ending:
                socket.ending = True
                self._deliveries.retire(socket)
                socket.disconnect("warning")
                threading.Thread(target=self._end, args=(socket,), daemon=True).start()

    def cut(self) -> None:
        """End every open connection as a broken line does: no goodbye from either side."""
        for each in self._deliveries.sockets():
            if isinstance(each, _Connection):
                each.cut()

    def _end(self, socket: _Connection) -> None:
        self._stopping.wait(self._grace)
        socket.disconnect("refresh_requested")
        socket.close()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        ticket = parse_qs(urlsplit(request.path).query).get("ticket", [""])[0]
        with self._workspace.changed:
            if ticket in self._tickets:
                self._tickets.discard(ticket)
                return None
        return connection.respond(403, "this ticket is not, or no longer, valid\n")

    def _serve(self, connection: ServerConnection) -> None:
        with self._workspace.changed:
            self._opened += 1
            socket = _Connection(connection, self._opened)
            others = len(self._deliveries.sockets())
        if others >= MOST_CONNECTIONS:
            socket.disconnect("too_many_websockets")
            return
        try:
            socket.send(json.dumps(self._hello(others + 1)))
            self._deliveries.attach(socket)
            for frame in connection:
                self._receive(frame)
        except ConnectionError:
            pass
        except ConnectionClosed:
            pass
        finally:
            self._deliveries.detach(socket)

    def _hello(self, connections: int) -> Json:
        return {
            "type": "hello",
            "num_connections": connections,
            "connection_info": {"app_id": self._workspace.app_id},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
        }

    def _receive(self, frame: str | bytes) -> None:
        try:
            answer: Any = json.loads(frame)
        except ValueError:
            return
        if isinstance(answer, dict) and isinstance(answer.get("envelope_id"), str):
            payload = answer.get("payload")
            self._deliveries.acknowledge(
                answer["envelope_id"], payload if isinstance(payload, dict) else None
            )


class _Connection:
    """A Socket over a WebSocket."""

    def __init__(self, connection: ServerConnection, number: int) -> None:
        self._connection = connection
        self.number = number
        self.ending = False

    def send(self, text: str) -> None:
        """Raises ConnectionError when the connection is closed."""
        try:
            self._connection.send(text)
        except ConnectionClosed as closed:
            raise ConnectionError(str(closed)) from closed

    def disconnect(self, reason: str) -> None:
        """Say that the connection ends; if it has ended already, that is as good."""
        notice = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
        try:
            self.send(json.dumps(notice))
        except ConnectionError:
            return

    def cut(self) -> None:
        with contextlib.suppress(OSError):  # gone already
            self._connection.socket.shutdown(SHUT_RDWR)

    def close(self) -> None:
        self._connection.close()
