"""What the web server answers: is the bot well, is it ready, how is the desk doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from supportbot import __version__
from supportbot.application import timers
from supportbot.application.context import Context
from supportbot.application.ports import Clock
from supportbot.bootstrap.bot import Listener

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from supportbot.adapters.web.server import WebServer

# Longer than any step may take: a send has two minutes, reading up what was missed a quarter of an
# hour.
_LONGEST_TURN = timedelta(minutes=20)


class Pulse:
    """When each loop of this process turned last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turned: dict[str, datetime] = {}

    def beat(self, role: str) -> None:
        self._turned[role] = self._clock.now()

    def complaints(self) -> Sequence[str]:
        """The loops that stand still."""
        now = self._clock.now()
        since = ((role, now - at) for role, at in self._turned.items())
        still = ((role, span) for role, span in since if span > _LONGEST_TURN)
        return [f"{role} has stood still for {span.seconds // 60} minutes" for role, span in still]


def web_server(
    listen: str,
    context: Context,
    pulse: Pulse,
    listeners: Mapping[str, Listener],
    routes: Mapping[str, WSGIApplication],
) -> WebServer:
    """The server on `host:port`, with `routes` besides its own pages."""
    from supportbot.adapters.web.health import health_check
    from supportbot.adapters.web.metrics import Watched, metrics_page
    from supportbot.adapters.web.server import WebServer

    now = context.clock.now
    watched = Watched(
        version=__version__,
        playbooks=lambda: context.shelf.current.version,
        figures=lambda: context.store.read(lambda uow: uow.figures.figures(now())),
        totals=lambda: context.store.read(lambda uow: uow.figures.totals(now())),
        connected=lambda: {name: each.connected for name, each in listeners.items()},
    )
    host, _, port = listen.rpartition(":")
    pages = {
        "/healthz": health_check(pulse.complaints),
        "/readyz": health_check(lambda: _unready(context, listeners)),
        "/metrics": metrics_page(watched),
    }
    return WebServer((host, int(port)), {**pages, **routes})


def _unready(context: Context, listeners: Mapping[str, Listener]) -> Sequence[str]:
    """What keeps the desk from working now. Asks the database, which may raise."""
    found = [f"{name} is not connected" for name, each in listeners.items() if not each.connected]
    if not timers.are_current(context, context.clock.now()):
        found.append("no timers are being fired")
    return found
