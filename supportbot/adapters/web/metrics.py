"""`/metrics`, for Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/

All figures of the desk are read from the database when somebody asks, so every process of a desk
shows the same, and a restart resets none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from supportbot.adapters.web.answers import page
from supportbot.adapters.web.bounded import Bounded
from supportbot.adapters.web.families import connections, families_of, gauge, info
from supportbot.application.figures import Figures, Totals

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

log = structlog.get_logger()

# Prometheus gives up after ten seconds by default.
PATIENCE = timedelta(seconds=5)
# What has been changes slowly and costs more to read.
_TOTALS_KEPT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the metrics are read from.

    `figures` and `totals` may ask the database, and may raise. `connected`: each listener by name.
    """

    version: str
    playbooks: Callable[[], str]
    figures: Callable[[], Figures]
    totals: Callable[[], Totals]
    connected: Callable[[], Mapping[str, bool]]


def metrics_page(watched: Watched, patience: timedelta = PATIENCE) -> WSGIApplication:
    """The metrics as text. Without a database within `patience` they are those of the process, and
    `supportbot_figures_up` is 0."""
    registry = CollectorRegistry()
    registry.register(_DeskCollector(watched, patience))
    ProcessCollector(registry=registry)

    def show() -> tuple[HTTPStatus, bytes, str]:
        return HTTPStatus.OK, generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4

    return page(show)


class _DeskCollector(Collector):
    def __init__(self, watched: Watched, patience: timedelta) -> None:
        self._watched = watched
        self._read = Bounded(_Reading(watched), patience)

    def describe(self) -> Iterator[Metric]:
        """Nothing: otherwise the registry would ask the database when it is set up."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        watched = self._watched
        yield info("supportbot_build_info", "The version that runs.", watched.version)
        yield info("supportbot_playbooks_info", "The playbooks in force.", watched.playbooks())
        yield connections(watched.connected())
        read: tuple[Figures, Totals] | None = None
        try:
            read = self._read()
        except Exception as error:
            log.warning("figures_not_read", exc_info=error)
        text = "Whether the figures could be read (1); if not (0), those of the desk are missing."
        yield gauge("supportbot_figures_up", text, int(read is not None))
        if read is not None:
            yield from families_of(*read)


class _Reading:
    """Figures, with totals that are a minute old at most. One thread at a time calls it."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._totals: Totals | None = None

    def __call__(self) -> tuple[Figures, Totals]:
        figures = self._watched.figures()
        if self._totals is None or abs(figures.at - self._totals.at) >= _TOTALS_KEPT:
            self._totals = self._watched.totals()
        return figures, self._totals
