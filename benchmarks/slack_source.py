"""The other end of Socket Mode, as lean as can be: sixteen who send an event and wait for its ack.

https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

CLIENTS = 16
_PATIENCE = 30.0


class Source:
    """Run by `running`, in a process of its own, so that it takes no time from whom it measures."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.port = pipe.recv()

    def base_url(self, app: str) -> str:
        """The Web API for the app of this name: nothing but `apps.connections.open`."""
        return f"http://127.0.0.1:{self.port}/{app}/"

    def send(self, app: str, first: int, each: int) -> tuple[list[float], float]:
        """Every client sends that many events, numbered from `first`, each after the ack of the one
        before. Seconds of each ack, and of all of it."""
        self._pipe.send((app, first, each))
        answer: tuple[list[float], float] = self._pipe.recv()
        return answer


@contextmanager
def running(connections: int) -> Iterator[Source]:
    """Sends as soon as an app has this many open."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_main, args=(theirs, connections), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Source(ours)
    finally:
        ours.close()
        process.join()


def event(number: int) -> dict[str, Any]:
    """A message as Slack tells of it, another one for each number.

    https://docs.slack.dev/reference/events/message and
    https://docs.slack.dev/apis/events-api/#event-type-structure
    """
    ts = f"{1764000000 + number // 1000}.{number % 1000:06}"
    text = f"Nobody in the 9am class can open notebooks, hub.northfield.example says 503 ({number})"
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    authorization = {
        "enterprise_id": None,
        "team_id": "T01234567",
        "user_id": "U0SUPPORTBOT",
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "verification-token",
        "team_id": "T01234567",
        "context_team_id": "T01234567",
        "context_enterprise_id": None,
        "api_app_id": "A01234567",
        "event": {
            "type": "message",
            "user": "U0MARA",
            "ts": ts,
            "client_msg_id": f"5f1f0d5e-0000-4000-8000-{number:012}",
            "text": text,
            "team": "T01234567",
            "blocks": [{"type": "rich_text", "block_id": "b1", "elements": [section]}],
            "channel": "C01234567",
            "event_ts": ts,
            "channel_type": "channel",
        },
        "type": "event_callback",
        "event_id": f"Ev{number:09}",
        "event_time": 1764000000 + number // 1000,
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": f"4-event-context-{number}",
    }


# --- within the process


def _main(pipe: Connection, connections: int) -> None:
    asyncio.run(_Wire(pipe, connections).serve())


class _Wire:
    def __init__(self, pipe: Connection, connections: int) -> None:
        self._pipe = pipe
        self._connections = connections
        self._sockets: dict[str, list[ServerConnection]] = defaultdict(list)
        self._owed: dict[str, asyncio.Future[None]] = {}

    async def serve(self) -> None:
        """Until the pipe is closed."""
        async with serve(self._connected, "127.0.0.1", 0, compression=None) as server:
            web = _web_api(next(iter(server.sockets)).getsockname()[1])
            self._pipe.send(web.server_port)
            while (order := await asyncio.to_thread(self._next_order)) is not None:
                self._pipe.send(await self._send(*order))
            web.shutdown()

    def _next_order(self) -> tuple[str, int, int] | None:
        try:
            order: tuple[str, int, int] = self._pipe.recv()
        except EOFError:
            return None
        return order

    async def _connected(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        await socket.send('{"type": "hello"}')
        self._sockets[socket.request.path.strip("/")].append(socket)
        async for frame in socket:
            self._owed.pop(json.loads(frame)["envelope_id"]).set_result(None)

    async def _send(self, app: str, first: int, each: int) -> tuple[list[float], float]:
        async with asyncio.timeout(_PATIENCE):
            while len(self._sockets[app]) < self._connections:
                await asyncio.sleep(0.01)
        numbers = iter(range(first, first + CLIENTS * each))
        shares = [[_envelope(n) for n in itertools.islice(numbers, each)] for _ in range(CLIENTS)]
        sockets = itertools.cycle(self._sockets[app])
        began = time.perf_counter()
        async with asyncio.timeout(_PATIENCE):
            acks = await asyncio.gather(*(self._client(next(sockets), share) for share in shares))
        return list(itertools.chain.from_iterable(acks)), time.perf_counter() - began

    async def _client(self, socket: ServerConnection, share: list[tuple[str, str]]) -> list[float]:
        took = []
        for envelope_id, frame in share:
            began = time.perf_counter()
            self._owed[envelope_id] = acknowledged = asyncio.get_running_loop().create_future()
            await socket.send(frame)
            await acknowledged
            took.append(time.perf_counter() - began)
        return took


def _envelope(number: int) -> tuple[str, str]:
    envelope_id = f"envelope-{number}"
    envelope = {
        "envelope_id": envelope_id,
        "payload": event(number),
        "type": "events_api",
        "accepts_response_payload": False,
        "retry_attempt": 0,
        "retry_reason": "",
    }
    return envelope_id, json.dumps(envelope)


def _web_api(sockets_port: int) -> ThreadingHTTPServer:
    """Tells whoever asks where to connect: `/ours/apps.connections.open` to the socket `/ours`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            app = self.path.split("/")[1]
            url = f"ws://127.0.0.1:{sockets_port}/{app}"
            body = json.dumps({"ok": True, "url": url}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
