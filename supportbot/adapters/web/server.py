"""The web server: waitress, with bounds on all that a client may do, and an end that drains."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from waitress import wasyncore
from waitress.server import create_server

from supportbot.adapters.web.faults import CannotListen
from supportbot.adapters.web.router import Router

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

log = structlog.get_logger()

SETTING = "SUPPORTBOT_HTTP__LISTEN"
# As many of Slack's requests as wait for one commit together.
THREADS = 16
# Beyond these a client waits in the kernel's queue.
CONNECTIONS = 200
LARGEST_BODY = 1024 * 1024
_LARGEST_HEADERS = 32 * 1024
_LARGEST_ANSWER = 64 * 1024 * 1024
_IDLE_SECONDS = 30
DRAIN = timedelta(seconds=10)
# How long the loop sleeps when nothing happens; it is woken by whatever does.
_TURN_SECONDS = 1.0


class WebServer:
    """Serves WSGI applications by exact path: a `Listener` of the bot.

    Requests are read and answers sent by one thread, which slow clients cannot hold up; sixteen
    others run the applications.

    Args:
        listen: host and port. Port 0 takes a free one, which `port` names after `start`.
        routes: an application for each path, such as `/healthz`.
        drain: how long `close` waits for what is under way.
    """

    def __init__(
        self,
        listen: tuple[str, int],
        routes: Mapping[str, WSGIApplication],
        drain: timedelta = DRAIN,
    ) -> None:
        self._listen = listen
        self._drain_seconds = drain.total_seconds()
        self._router = Router(routes)
        self._channels: dict[int, Any] = {}
        self._closing = threading.Event()
        self._closed = False
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self.port = listen[1]

    @property
    def connected(self) -> bool:
        """Whether requests are being answered."""
        alive = self._thread is not None and self._thread.is_alive()
        return alive and not self._closed

    def start(self) -> None:
        """Listen, then serve in the background. Raises CannotListen before any thread starts."""
        listening = _listening(*self._listen)
        self.port = listening.getsockname()[1]
        # It warns of each request that finds all threads at work.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._server = create_server(
            self._router,
            map=self._channels,
            sockets=[listening],
            threads=THREADS,
            connection_limit=CONNECTIONS,
            max_request_header_size=_LARGEST_HEADERS,
            # The first size that is too large.
            max_request_body_size=LARGEST_BODY + 1,
            # Nothing goes into temporary files: there may be no place for them.
            inbuf_overflow=2 * LARGEST_BODY,
            outbuf_overflow=_LARGEST_ANSWER,
            channel_timeout=_IDLE_SECONDS,
            cleanup_interval=_IDLE_SECONDS // 3,
            # select() ends at the 1024th file that the process has open.
            asyncore_use_poll=True,
            log_socket_errors=False,
            # No Server header.
            ident=None,
        )
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)
        self._thread.start()
        log.info("web_listening", host=self._listen[0], port=self.port)

    def close(self) -> None:
        """Listen no more, finish what is under way within `drain`, close what remains."""
        if self._thread is None or self._closed:
            return
        self._closed = True
        # By its own thread: it closes the trigger at its end, which might come before our pull.
        self._server.trigger.pull_trigger(self._closing.set)
        self._thread.join()

    def _serve(self) -> None:
        while not self._closing.is_set():
            self._turn(_TURN_SECONDS)
        self._drain(time.monotonic() + self._drain_seconds)

    def _turn(self, seconds: float) -> None:
        """Read and write what can be; return once something was, or after so many seconds."""
        try:
            wasyncore.loop(timeout=seconds, use_poll=True, map=self._channels, count=1)
        except Exception:
            # One bad turn must not end the loop: nobody would hear Slack any more.
            log.exception("web_loop_failed")
            time.sleep(_TURN_SECONDS)

    def _drain(self, deadline: float) -> None:
        # Those who have connected are heard, and nobody else.
        self._turn(0)
        wasyncore.dispatcher.close(self._server)
        while self._is_busy() and time.monotonic() < deadline:
            self._turn(min(_TURN_SECONDS, self._drain_seconds))
        if self._is_busy():
            log.warning("web_requests_abandoned", seconds=self._drain_seconds)
        # Its threads have nothing left to do, or have had their time.
        self._server.task_dispatcher.shutdown(timeout=0.5)
        wasyncore.close_all(self._channels, ignore_all=True)

    def _is_busy(self) -> bool:
        """Whether anybody still waits for an answer, or for the rest of one."""
        channels = tuple(self._server.active_channels.values())
        return any(
            channel.requests or channel.total_outbufs_len or channel.close_when_flushed
            for channel in channels
        )


def _listening(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        return socket.create_server(address, family=family, backlog=1024)
    except OSError as error:
        why = error.strerror or str(error)
        mend = "give it a host of this machine and a free port, for example 127.0.0.1:8080"
        raise CannotListen(f"{SETTING}: cannot listen on {host}:{port} ({why}); {mend}") from None
