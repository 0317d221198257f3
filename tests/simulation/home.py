"""Where a desk of a story keeps its rows: the real store, on a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from supportbot.adapters.db.postgres import PostgresDatabase
from supportbot.adapters.db.store import SqlStore
from supportbot.application.ports import Role
from supportbot.sandbox.simulate.store import BriefDatabase


@dataclass(frozen=True, slots=True)
class Home:
    """`alone`: no other process may work on it, as on SQLite. `next_dues` says when each role has
    something to do; those that stepped are asked again."""

    store: SqlStore
    reader: Engine
    next_dues: Callable[[Iterable[Role]], Mapping[Role, datetime | None]]
    alone: bool


Homes = Callable[[], AbstractContextManager[Home]]
"""Opens an empty one."""


def sqlite_homes(migrated: Path) -> Homes:
    """Copies of a migrated file, in folders that are gone afterwards."""

    @contextmanager
    def opened() -> Iterator[Home]:
        with TemporaryDirectory(prefix="supportbot-week-") as folder:
            shutil.copy(migrated, Path(folder) / "simulation.db")
            database = BriefDatabase(Path(folder))
            with SqlStore(database) as store:
                yield Home(store, database.reader, database.next_dues, alone=True)

    return opened


def postgres_homes(fresh: Callable[[], str]) -> Homes:
    """Databases at the addresses that `fresh` gives."""

    @contextmanager
    def opened() -> Iterator[Home]:
        database = PostgresDatabase(make_url(fresh()))
        with SqlStore(database) as store:
            yield Home(store, database.reader, partial(_next_dues, store), alone=False)

    return opened


def _next_dues(store: SqlStore, _stepped: Iterable[Role]) -> Mapping[Role, datetime | None]:
    return store.read(
        lambda uow: {
            "intake": uow.inbox.next_due(),
            "timers": uow.timers.next_due(),
            "chores": uow.chores.next_due(),
            "deliveries": uow.deliveries.next_due(),
        }
    )
