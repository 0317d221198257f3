"""One WebSocket of Socket Mode: frames in, acknowledgements out, until Slack or we end it.

https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import structlog
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

log = structlog.get_logger()

Json = dict[str, Any]
Take = Callable[["Connection", Json], None]

# An event carries a message twice, as text and as blocks, of 40,000 characters at most each.
_LARGEST_FRAME = 4 * 1024 * 1024
_OPEN_TIMEOUT = _PING_EVERY = _PONG_WITHIN = 10
_CLOSE_TIMEOUT = 1
_REFRESHES = frozenset({"warning", "refresh_requested"})


class Connection:
    """An open socket. What it receives goes to `take`, and Slack's greeting to `hello`, both in the
    thread that reads.

    `ready` once Slack said hello; `leaving` is set when it is time for another connection: Slack
    announced the end (`refreshed`), or the socket is gone. Until it is gone it is read on, so that
    nothing that Slack still sends on it waits.
    """

    def __init__(self, url: str, take: Take, hello: Callable[[Connection], None]) -> None:
        """Connect. Raises OSError, TimeoutError or websockets' InvalidHandshake."""
        logger = logging.getLogger("supportbot.slack.socket")
        logger.setLevel(logging.CRITICAL)
        opening = connect(
            url,
            open_timeout=_OPEN_TIMEOUT,
            close_timeout=_CLOSE_TIMEOUT,
            ping_interval=_PING_EVERY,
            ping_timeout=_PONG_WITHIN,
            max_size=_LARGEST_FRAME,
            compression=None,
            logger=logger,
        )
        # It lives longer than a block: `close` is what leaves it.
        self._socket: ClientConnection = opening.__enter__()
        self._take = take
        self._hello = hello
        self.ready = threading.Event()
        self.leaving = threading.Event()
        self.refreshed = False

    @property
    def in_use(self) -> bool:
        """Whether Slack sends new envelopes here."""
        return self.ready.is_set() and not self.leaving.is_set()

    def read(self) -> None:
        """Read until the socket is gone."""
        try:
            for frame in self._socket:
                self._heed(frame)
        except ConnectionClosed as closed:
            log.info("slack_socket_lost", error=str(closed)[:200])
        finally:
            self.leaving.set()

    def answer(self, envelope_id: str, payload: Json | None) -> None:
        """Acknowledge. Where the socket is gone by now, Slack sends the event again."""
        sent = {"envelope_id": envelope_id, **({} if payload is None else {"payload": payload})}
        try:
            self._socket.send(json.dumps(sent))
        except ConnectionClosed:
            log.info("slack_answer_too_late", envelope=envelope_id)

    def close(self) -> None:
        """Say goodbye, for a second at most."""
        self.leaving.set()
        self._socket.close()

    def _heed(self, frame: str | bytes) -> None:
        message = _json(frame)
        kind = message.get("type")
        if kind == "hello":
            self.ready.set()
            self._hello(self)
        elif kind == "disconnect":
            reason = str(message.get("reason"))[:100]
            log.info("slack_socket_refresh", reason=reason)
            self.refreshed = reason in _REFRESHES
            self.leaving.set()
        elif isinstance(message.get("envelope_id"), str):
            self._take(self, message)
        else:
            log.warning("slack_frame_unknown", type=str(kind)[:100])


def _json(frame: str | bytes) -> Json:
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}
