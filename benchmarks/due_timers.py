"""Timers that come due while a million others wait: `application.timers.step`, as it runs."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, create_engine, text

from benchmarks.due_data import PLAYBOOKS, fill, open_tickets
from benchmarks.measure import Round, apart, round_of, utc_now
from benchmarks.memory import held
from supportbot import logs
from supportbot.adapters.db.columns import instant, microseconds
from supportbot.adapters.db.migrate import upgrade
from supportbot.adapters.db.store import open_store
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.application import timers
from supportbot.application.context import Context
from supportbot.domain.notices.ticket_notices import Desk

DUE = 1_000
# A Tuesday, at work: which rotation's layers are on must not depend on the day of the measurement.
START = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
_BEFORE = timedelta(seconds=1)
_LONGEST_SLEEP = timedelta(seconds=5)
_FIRED = """
    SELECT due, finished_at FROM timers
    WHERE kind = 'escalate' AND outcome = 'fired' AND due BETWEEN :first AND :last
"""


@dataclass(frozen=True, slots=True)
class Due:
    """How late timers fired in a round: spread over one second, and all due at one instant; and
    the megabytes (RSS) that the process held after it, None where nobody looks."""

    spread: Round
    at_once: Round
    held: float | None = None


class _Clock:
    """Runs as real time does, from a moment of our choosing, and remembers what it said last."""

    def __init__(self, start: datetime) -> None:
        self.last = start
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        self.last = utc_now() + self._ahead
        return self.last

    def begin_at(self, moment: datetime) -> None:
        self._ahead = moment - utc_now()


def rounds(url: str, pending: int) -> Generator[Due]:
    """On the empty database at `url`, with this many timers pending besides those that fire."""
    # What it takes to make a million timers is no memory that the desk needs.
    apart(_filled, url, pending)
    engine = create_engine(url)
    with _opened(url) as (context, clock):
        while True:
            spread = _fire(context, clock, engine, spread=True)
            at_once = _fire(context, clock, engine, spread=False)
            yield Due(spread, at_once, held(os.getpid()).rss)


def _filled(url: str, pending: int) -> None:
    upgrade(url)
    with _opened(url) as (context, _):
        fill(context, create_engine(url), pending, START)


@contextmanager
def _opened(url: str) -> Iterator[tuple[Context, _Clock]]:
    logs.configure("text", "error")
    with open_store(url) as store:
        clock = _Clock(START)
        desk = Desk("#support-desk", "openfield/incidents")
        yield Context(store, clock, FolderShelf(PLAYBOOKS), desk), clock


def _fire(context: Context, clock: _Clock, engine: Engine, *, spread: bool) -> Round:
    first = clock.last + _BEFORE
    apart = timedelta(seconds=1) / DUE if spread else timedelta(0)
    dues = [first + apart * number for number in range(DUE)]
    open_tickets(context, engine, dues)
    clock.begin_at(first - _BEFORE)
    committed = _run_until(context, clock, dues[-1])
    with engine.connect() as connection:
        window = {"first": microseconds(first), "last": microseconds(dues[-1])}
        rows = connection.execute(text(_FIRED), window).all()
    if len(rows) != DUE:
        raise RuntimeError(f"{len(rows)} of {DUE} timers fired")
    late = [(committed[row.finished_at] - instant(row.due)).total_seconds() for row in rows]
    took = max(committed[row.finished_at] for row in rows) - first
    return round_of(late, took.total_seconds())


def _run_until(context: Context, clock: _Clock, last: datetime) -> dict[int, datetime]:
    """The role's loop, as `run` has it; when what each step decided was durable."""
    committed: dict[int, datetime] = {}
    while True:
        stepped = timers.step(context)
        decided = microseconds(clock.last)
        committed[decided] = clock.now()
        if stepped.busy:
            continue
        if clock.now() > last and not context.store.read(lambda uow: uow.timers.overdue(last)):
            return committed
        pause = min(_LONGEST_SLEEP, (stepped.wake_at or last) - clock.now())
        if pause > timedelta(0):
            context.store.wait("timers", pause.total_seconds())
