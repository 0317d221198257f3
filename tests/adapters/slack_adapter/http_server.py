"""A WSGI application served by waitress on the loopback interface."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.server import create_server

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


@contextlib.contextmanager
def serving(application: WSGIApplication) -> Iterator[str]:
    """Its address, http://127.0.0.1:PORT, on a port that the system chooses."""
    sockets: dict[int, Any] = {}
    server: Any = create_server(application, map=sockets, host="127.0.0.1", port=0, threads=8)
    stopping = threading.Event()

    def run() -> None:
        # waitress closes a socket only from the thread that waits for it.
        while not stopping.is_set():
            wasyncore.loop(timeout=0.05, map=sockets, count=1)
        wasyncore.close_all(sockets)

    thread = threading.Thread(target=run, name="waitress")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        stopping.set()
        thread.join()
        server.task_dispatcher.shutdown()
