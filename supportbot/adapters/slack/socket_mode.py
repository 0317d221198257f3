"""Keeps the app reachable over Socket Mode, and acknowledges what it has dealt with.

Our own client, on `websockets`: slack_sdk's built-in one was measured deaf for up to 3 s on every
refresh (it locks the old socket while it waits for it), and for 25 s, at full load, after a
connection broke without a word. Slack gives a click three seconds.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import structlog
from slack_bolt import App, BoltResponse
from slack_sdk.errors import SlackApiError

from supportbot.adapters.slack.app import dispatch
from supportbot.adapters.slack.connection import Connection, Json
from supportbot.adapters.slack.errors import code_of, retry_after

log = structlog.get_logger()

# Two, so that the loss of one is no gap; Slack allows ten over all processes.
CONNECTIONS = 2
_LISTENERS = 16
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=0.5), timedelta(seconds=30)
_DRAIN = timedelta(seconds=10)


class SlackSocket:
    """Connects in the background, and again whenever a connection is lost or refreshed.

    Args:
        app: what `app.build_app` made.
        app_token: the app-level token (xapp-…) with `connections:write`.
        connections: how many at a time.
        on_connected: called in a thread of its own whenever Slack can reach us after it could not:
            at the start and after an outage, and not when one connection follows another.
    """

    def __init__(
        self,
        app: App,
        app_token: str,
        connections: int = CONNECTIONS,
        on_connected: Callable[[], None] | None = None,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._on_connected = on_connected
        self._workers = ThreadPoolExecutor(_LISTENERS, thread_name_prefix="slack-listener")
        self._work = _Work()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._open: set[Connection] = set()
        self._greeted: set[Connection] = set()
        self._keepers = [
            threading.Thread(target=self._keep_open, name=f"slack-socket-{n}", daemon=True)
            for n in range(connections)
        ]

    def start(self) -> None:
        """Begin to connect, and return at once: Slack may be down for now."""
        for keeper in self._keepers:
            keeper.start()

    @property
    def connected(self) -> bool:
        """Whether Slack can reach us now."""
        with self._lock:
            return any(connection.in_use for connection in self._open)

    def close(self) -> None:
        """Finish and acknowledge what is under way (10 s at most), then disconnect.

        What arrives meanwhile is left unacknowledged: Slack sends events again.
        """
        self._stopped.set()
        if not self._work.drain(_DRAIN):
            log.warning("slack_drain_cut_short")
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            connection.close()
        self._workers.shutdown(wait=True, cancel_futures=True)
        self._app.listener_runner.listener_executor.shutdown(wait=True)

    # --- connections

    def _keep_open(self) -> None:
        """Always have one connection in use, until stopped."""
        wait = _FIRST_WAIT
        while not self._stopped.is_set():
            pause = timedelta(0)
            try:
                connection = self._connect()
                connection.leaving.wait()
                wait = _FIRST_WAIT if connection.ready.is_set() else _longer(wait)
                pause = timedelta(0) if connection.refreshed else wait
            except Exception as error:  # a thread that died here would leave the desk deaf
                wait = _longer(wait)
                pause = max(wait, _asked_to_wait(error))
                log.warning("slack_not_connected", error=_name(error), again_in=pause.seconds)
            self._stopped.wait(pause.total_seconds())

    def _connect(self) -> Connection:
        answer = self._app.client.apps_connections_open(app_token=self._app_token)
        connection = Connection(str(answer["url"]), self._take, self._hello)
        with self._lock:
            self._open.add(connection)
        threading.Thread(
            target=self._read, args=(connection,), name="slack-reader", daemon=True
        ).start()
        if self._stopped.is_set():
            connection.close()
        return connection

    def _read(self, connection: Connection) -> None:
        try:
            connection.read()
        finally:
            connection.close()
            with self._lock:
                self._open.discard(connection)
                self._greeted.discard(connection)

    def _hello(self, connection: Connection) -> None:
        with self._lock:
            # One that drains still hears: then nothing was missed.
            deaf_until_now = not self._greeted
            self._greeted.add(connection)
        if deaf_until_now and self._on_connected is not None and not self._stopped.is_set():
            threading.Thread(target=self._tell, name="slack-connected", daemon=True).start()

    def _tell(self) -> None:
        try:
            if self._on_connected is not None:
                self._on_connected()
        except Exception:
            log.exception("slack_on_connected_crashed")

    # --- envelopes

    def _take(self, connection: Connection, message: Json) -> None:
        if self._work.begin():
            self._workers.submit(self._handle, connection, message)

    def _handle(self, connection: Connection, message: Json) -> None:
        try:
            response = dispatch(self._app, message.get("payload"))
            if response.status == 200:
                connection.answer(message["envelope_id"], _payload(response))
        except Exception:
            log.exception("slack_envelope_crashed", type=str(message.get("type"))[:50])
        finally:
            self._work.end()


class _Work:
    """Counts the envelopes being handled, so that closing can wait for them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._closing = False

    def begin(self) -> bool:
        """False when nothing new is taken on any more."""
        with self._changed:
            self._running += not self._closing
            return not self._closing

    def end(self) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    def drain(self, patience: timedelta) -> bool:
        """Take nothing new, and wait for what is under way. Whether it all ended in time."""
        with self._changed:
            self._closing = True
            return self._changed.wait_for(lambda: self._running == 0, patience.total_seconds())


def _payload(response: BoltResponse) -> Json | None:
    """What goes along with the acknowledgement: what to do with a form, mostly nothing."""
    if not response.body:
        return None
    try:
        payload = json.loads(response.body)
    except ValueError:
        return {"text": response.body}
    return payload if isinstance(payload, dict) else None


def _longer(wait: timedelta) -> timedelta:
    return min(wait * 2, _LONGEST_WAIT)


def _name(error: Exception) -> str:
    return code_of(error) if isinstance(error, SlackApiError) else type(error).__name__


def _asked_to_wait(error: Exception) -> timedelta:
    wait = retry_after(error) if isinstance(error, SlackApiError) else None
    return wait or timedelta(0)
