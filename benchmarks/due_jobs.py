"""APScheduler 3 in the same place: jobs in a database, each of which keeps one durable row."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import Engine, create_engine, event, text

from benchmarks.due_timers import DUE, Due
from benchmarks.measure import Round, round_of, utc_now

_WORKERS = 16
_BEFORE = timedelta(seconds=2)
_PATIENCE = 120.0
_COPY_JOB = """
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :pending)
    INSERT INTO apscheduler_jobs (id, next_run_time, job_state)
    SELECT 'pending ' || n, :start + n * :apart, :state FROM numbers
"""
_ADD_JOB = "INSERT INTO apscheduler_jobs VALUES (:id, :next_run_time, :job_state)"
_ADD_EFFECT = "INSERT INTO effects VALUES (:name)"


class _Effects:
    """Where the jobs leave their rows, and when each of these was durable."""

    def __init__(self, url: str) -> None:
        self._engine = _durable(url)
        # SQLite makes those who wait for its one writer sleep: a queue of our own is quicker.
        self._turn: AbstractContextManager[Any] = (
            threading.Lock() if url.startswith("sqlite") else nullcontext()
        )
        self.committed: dict[str, datetime] = {}
        self.all_there = threading.Event()
        with self._engine.begin() as connection:
            connection.execute(text("CREATE TABLE effects (name TEXT PRIMARY KEY)"))

    def add(self, name: str) -> None:
        with self._turn, self._engine.begin() as connection:
            connection.execute(text(_ADD_EFFECT), {"name": name})
        self.committed[name] = utc_now()
        if len(self.committed) == DUE:
            self.all_there.set()


_effects: _Effects


def effect(name: str) -> None:
    """What a job does; it is stored by this name, and so are its arguments."""
    _effects.add(name)


def rounds(jobs_url: str, effects_url: str, pending: int) -> Generator[Due]:
    """With its jobs in the one database and their rows in the other, or both in one."""
    global _effects
    _effects = _Effects(effects_url)
    engine = _durable(jobs_url)
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)},
        executors={"default": ThreadPoolExecutor(_WORKERS)},
        timezone="UTC",
    )
    scheduler.start()
    _fill(scheduler, engine, pending)
    try:
        while True:
            spread = _fire(scheduler, engine, spread=True)
            yield Due(spread, _fire(scheduler, engine, spread=False))
    finally:
        scheduler.shutdown()


def _durable(url: str) -> Engine:
    """As durable as our own store."""
    engine = create_engine(url, pool_size=_WORKERS + 1)
    if url.startswith("sqlite"):

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _: object) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

    return engine


def _fill(scheduler: Any, engine: Engine, pending: int) -> None:
    """Due in one hour to two weeks; copies, since nobody will ever read them."""
    later = utc_now() + timedelta(hours=1)
    row = _row(scheduler, "pending", later)
    spread = {
        "pending": pending,
        "start": row["next_run_time"],
        "apart": timedelta(weeks=2).total_seconds() / pending,
        "state": row["job_state"],
    }
    with engine.begin() as connection:
        connection.execute(text(_COPY_JOB), spread)
        if engine.dialect.name == "postgresql":
            # Its autovacuum would have, by the time that so much is there.
            connection.execute(text("ANALYZE"))


def _fire(scheduler: Any, engine: Engine, *, spread: bool) -> Round:
    first = utc_now() + _BEFORE
    apart = timedelta(seconds=1) / DUE if spread else timedelta(0)
    dues = {f"{first.isoformat()} {number}": first + apart * number for number in range(DUE)}
    _effects.committed.clear()
    _effects.all_there.clear()
    with engine.begin() as connection:
        rows = [_row(scheduler, name, due) for name, due in dues.items()]
        connection.execute(text(_ADD_JOB), rows)
    if utc_now() > first:
        raise RuntimeError("too slow: the first was due before all of them stood")
    scheduler.wakeup()
    if not _effects.all_there.wait(_PATIENCE):
        raise RuntimeError(f"{len(_effects.committed)} of {DUE} jobs ran in time")
    late = [(_effects.committed[name] - due).total_seconds() for name, due in dues.items()]
    took = max(_effects.committed.values()) - first
    return round_of(late, took.total_seconds())


def _row(scheduler: Any, name: str, due: datetime) -> dict[str, Any]:
    job = Job(
        scheduler,
        id=name,
        name=name,
        func=effect,
        args=(name,),
        kwargs={},
        trigger=DateTrigger(due),
        executor="default",
        # However late it is, it runs: losing work would be no fair comparison.
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
        next_run_time=due,
    )
    state = pickle.dumps(job.__getstate__(), pickle.HIGHEST_PROTOCOL)
    return {"id": name, "next_run_time": due.timestamp(), "job_state": state}
