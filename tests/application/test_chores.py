"""A chore is done once, tried again when it raises, and never lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from supportbot.adapters.db.store import SqlStore, open_store
from supportbot.application import chores
from supportbot.application.context import Context
from supportbot.application.ports import Chore, UnitOfWork
from supportbot.domain.notices.ticket_notices import Desk
from supportbot.sandbox.clock import VirtualClock
from tests.adapters.db.samples import NOW
from tests.conftest import FreshDatabase

HOUR = timedelta(hours=1)


class NoShelf:
    """No chore here asks for playbooks."""


@pytest.fixture
def context(tmp_path: Path, fresh_sqlite: FreshDatabase) -> Iterator[Context]:
    with open_store(fresh_sqlite(tmp_path / "store")) as store:
        yield Context(store, VirtualClock(NOW), NoShelf(), Desk("#desk", None))  # type: ignore[arg-type]


def hourly(_context: Context, chore: Chore, _now: datetime) -> chores.Job:
    def job(uow: UnitOfWork) -> datetime:
        uow.marks.put("done", chore.due)
        return chore.due + HOUR

    return job


def fails(_context: Context, _chore: Chore, _now: datetime) -> chores.Job:
    def job(uow: UnitOfWork) -> datetime:
        uow.marks.put("done", NOW)
        raise OSError("no network")

    return job


def due(context: Context) -> datetime | None:
    return context.store.read(lambda uow: uow.chores.next_due())


def done(context: Context) -> datetime | None:
    return context.store.read(lambda uow: uow.marks.get("done"))


def test_a_due_chore_is_done_and_says_when_it_is_due_again(context: Context) -> None:
    chores.begin(context, {"hourly": NOW})
    chores.begin(context, {"hourly": NOW + 5 * HOUR})

    assert chores.step(context, {"hourly": hourly}).busy
    assert (done(context), due(context)) == (NOW, NOW + HOUR)
    stepped = chores.step(context, {"hourly": hourly})
    assert (stepped.busy, stepped.wake_at) == (False, NOW + HOUR)


def test_what_a_chore_wrote_before_it_raised_is_undone_and_it_is_tried_again(
    context: Context,
) -> None:
    chores.begin(context, {"fails": NOW})

    assert chores.step(context, {"fails": fails}).busy
    assert done(context) is None
    again = due(context)
    assert again is not None
    assert NOW < again <= NOW + HOUR


def test_a_chore_that_nobody_knows_any_more_goes_away(context: Context) -> None:
    chores.begin(context, {"of-old.7": NOW})

    chores.step(context, {})
    assert due(context) is None


def test_nothing_is_written_by_one_who_lost_the_claim(context: Context) -> None:
    def slow(context: Context, chore: Chore, now: datetime) -> chores.Job:
        store = context.store
        assert isinstance(store, SqlStore)
        store.release_leases(now)
        store.write(lambda uow: uow.chores.claim(now, HOUR))
        return hourly(context, chore, now)

    chores.begin(context, {"slow": NOW})
    chores.step(context, {"slow": slow})
    assert done(context) is None
