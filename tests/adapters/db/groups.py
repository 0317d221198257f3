"""Writes that wait together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from supportbot.adapters.db.store import SqlStore
from supportbot.application.ports import UnitOfWork

Job = Callable[[UnitOfWork], object]


def run_in_one_group(
    store: SqlStore, pool: ThreadPoolExecutor, jobs: Sequence[Job]
) -> list[object]:
    """The outcomes of jobs that all wait while the writer is busy: on SQLite they form a group."""
    entered, go_on = threading.Event(), threading.Event()

    def busy(_: UnitOfWork) -> None:
        entered.set()
        assert go_on.wait(30)

    first = pool.submit(store.write, busy)
    assert entered.wait(30)
    futures = [pool.submit(store.write, job) for job in jobs]
    go_on.set()
    first.result()
    return [future.exception() or future.result() for future in futures]
