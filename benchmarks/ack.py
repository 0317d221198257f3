"""An event acknowledged once it is durable, beside bolt's app with a listener that does nothing."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult

from benchmarks.due_data import PLAYBOOKS
from benchmarks.measure import Round, middle, round_of
from benchmarks.slack_source import CLIENTS, Source, event, running
from supportbot import logs
from supportbot.adapters.db.store import open_store
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.adapters.slack.app import build_app
from supportbot.adapters.slack.client import web_client
from supportbot.adapters.slack.directory import Directory
from supportbot.adapters.slack.socket_mode import CONNECTIONS, SlackSocket
from supportbot.application import intake
from supportbot.application.context import Context
from supportbot.bootstrap import SystemClock
from supportbot.domain.notices.ticket_notices import Desk

ROUNDS = 9
_EACH = 100
_OURS, _NO_OP = "ours", "no-op"

# From the app's name and the number of the first event to how its acknowledgements went.
Drive = Callable[[str, int], Round]


@dataclass(frozen=True, slots=True)
class Acks:
    """Latency and rate of the acknowledgements; `ratios` of the two rates, round by round."""

    ours: Round
    no_op: Round
    ratios: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """From frame to frame over Socket Mode, and through bolt's dispatch alone."""

    socket_mode: Acks
    dispatch: Acks


def measure(folder: Path) -> Measured:
    """With a new SQLite database in `folder`."""
    logs.configure("text", "error")
    with running(CONNECTIONS) as source, _apps(folder, source) as apps:
        with _connected(apps, source) as by_socket:
            socket_mode = _in_turn(by_socket, 0)
        with ThreadPoolExecutor(CLIENTS) as clients:
            dispatch = _in_turn(lambda name, first: _dispatched(apps[name], clients, first), 10**6)
    return Measured(socket_mode, dispatch)


@contextmanager
def _apps(folder: Path, source: Source) -> Iterator[dict[str, App]]:
    client = web_client("xoxb-benchmark", source.base_url(_OURS))
    with open_store(f"sqlite:///{folder / 'supportbot.db'}") as store:
        context = Context(store, SystemClock(), FolderShelf(PLAYBOOKS), Desk("#support-desk"))
        ours = build_app(
            client,
            context,
            Directory(client),
            receive=lambda envelope: intake.receive(context, envelope),
            explain_text=str,
        )
        yield {_OURS: ours, _NO_OP: _no_op(source.base_url(_NO_OP))}


def _no_op(base_url: str) -> App:
    """bolt configured as ours is, with the least that a listener can do."""

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-benchmark")

    def nothing() -> None:
        """Acknowledged, and forgotten."""

    logger = logging.getLogger("benchmarks.bolt")
    logger.setLevel(logging.WARNING)
    app = App(
        logger=logger,
        client=web_client(None, base_url),
        authorize=authorize,
        process_before_response=True,
        token_verification_enabled=False,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.event("message")(nothing)
    return app


def _in_turn(drive: Drive, first: int) -> Acks:
    """Round by round one after the other, so that both see the same machine; the first warms up."""
    ours, no_op = [], []
    for number in range(ROUNDS + 1):
        start = first + 2 * number * CLIENTS * _EACH
        ours.append(drive(_OURS, start))
        no_op.append(drive(_NO_OP, start + CLIENTS * _EACH))
    del ours[0], no_op[0]
    ratios = tuple(mine.rate / other.rate for mine, other in zip(ours, no_op, strict=True))
    return Acks(middle(ours), middle(no_op), ratios)


# --- over Socket Mode


@contextmanager
def _connected(apps: dict[str, App], source: Source) -> Iterator[Drive]:
    sockets = [SlackSocket(app, "xapp-benchmark") for app in apps.values()]
    for socket in sockets:
        socket.start()
    yield lambda name, first: round_of(*source.send(name, first, _EACH))
    for socket in sockets:
        socket.close()


# --- by dispatch alone


def _dispatched(app: App, clients: ThreadPoolExecutor, first: int) -> Round:
    numbers = iter(range(first, first + CLIENTS * _EACH))
    bodies = map(event, numbers)
    shares = [list(itertools.islice(bodies, _EACH)) for _ in range(CLIENTS)]
    requests = [[BoltRequest(mode="socket_mode", body=body) for body in share] for share in shares]
    began = time.perf_counter()
    took = list(clients.map(lambda share: [_ack(app, request) for request in share], requests))
    return round_of(list(itertools.chain.from_iterable(took)), time.perf_counter() - began)


def _ack(app: App, request: BoltRequest) -> float:
    began = time.perf_counter()
    response = app.dispatch(request)
    took = time.perf_counter() - began
    if response.status != 200:
        raise RuntimeError(f"not acknowledged: {response.status}")
    return took
