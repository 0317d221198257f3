"""The use case: batch by batch, once a day, and harmless to interrupt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from supportbot.adapters.db.store import SqlStore
from supportbot.application import retention
from supportbot.application.context import Context
from supportbot.application.ports import Envelope, UnitOfWork
from supportbot.domain.notices.ticket_notices import Desk
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.triage.message import File
from tests.adapters.db.samples import LEASE, NOW, open_ticket
from tests.domain.samples import playbooks

DAY = timedelta(days=1)
KEEP = retention.Keep(messages=90 * DAY, files=180 * DAY, rows=30 * DAY)
MANY = retention.BATCH * 2 + 1


@dataclass(slots=True)
class HandClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


class Shelf:
    """Playbooks that nobody looks into."""

    current = playbooks()

    def files(self, version: str) -> Mapping[str, str]:
        raise NotImplementedError

    def parse(self, files: Mapping[str, str]) -> Playbooks:
        raise NotImplementedError


@dataclass(slots=True)
class Contents:
    """Contents by their hashes, all of them old; `broken` cannot be deleted now."""

    hashes: set[str] = field(default_factory=set)
    half: int = 0
    broken: bool = False

    def untouched_since(self, before: datetime) -> Iterator[str]:
        yield from sorted(self.hashes)

    def forget(self, sha256: str, before: datetime) -> bool:
        if self.broken:
            raise OSError("the disk is away")
        self.hashes.remove(sha256)
        return True

    def unfinished(self, before: datetime) -> int:
        return self.half

    def sweep(self, before: datetime) -> int:
        swept, self.half = self.half, 0
        return swept


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW + 100 * DAY)


@pytest.fixture
def context(store: SqlStore, clock: HandClock) -> Context:
    return Context(store, clock, Shelf(), Desk("#support-desk", None))


def messages(store: SqlStore, count: int, at: datetime = NOW) -> None:
    def job(unit: UnitOfWork) -> None:
        for n in range(count):
            came = Envelope("slack", (f"{at.isoformat()}:{n}",), "{}", at)
            row = unit.inbox.add_claimed(came, at, LEASE)
            assert row is not None
            unit.inbox.finish(row, "opened", None, at)

    store.write(job)


def test_everything_that_is_over_goes_however_much_it_is(context: Context, store: SqlStore) -> None:
    messages(store, MANY)
    files = Contents({"a" * 64, "b" * 64}, half=2)
    ticket = store.write(open_ticket)
    file = File("a.txt", "text/plain", 3, "a" * 64)
    store.write(lambda unit: unit.files.add(ticket.number, "k", [file], NOW))

    told = retention.would_prune(context, KEEP, files)
    assert (told["inbox"], told["contents"], told["unfinished"]) == (MANY, 1, 2)
    assert retention.prune(context, KEEP, files) == told
    assert files == Contents({"a" * 64})
    assert set(retention.prune(context, KEEP, files).values()) == {0}


def test_it_is_due_once_a_day(context: Context, clock: HandClock) -> None:
    assert retention.due(context)
    retention.prune(context, KEEP, Contents())
    assert not retention.due(context)
    clock.at += DAY
    assert retention.due(context)


def test_the_daily_one_does_a_little_at_a_time_and_then_rests(
    context: Context, clock: HandClock
) -> None:
    many = retention.BATCH * retention.BATCHES_A_ROUND + 1
    files = Contents({f"{n:064x}" for n in range(many)})
    daily = retention.Daily(context, KEEP, files)

    assert daily.step()
    assert len(files.hashes) == 1
    assert retention.due(context)
    assert not daily.step()
    assert not files.hashes
    assert not retention.due(context)

    files.hashes.add("a" * 64)
    assert not daily.step()
    assert files.hashes
    clock.at += DAY
    assert not daily.step()
    assert not files.hashes


def test_whoever_is_interrupted_begins_again(context: Context, clock: HandClock) -> None:
    files = Contents({"a" * 64}, broken=True)
    daily = retention.Daily(context, KEEP, files)

    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            daily.step()
        assert retention.due(context)
    files.broken = False
    assert not daily.step()
    assert files == Contents()


def test_two_processes_do_no_harm_to_each_other(context: Context, store: SqlStore) -> None:
    messages(store, 3)
    first, second = (retention.Daily(context, KEEP, Contents()) for _ in range(2))

    assert not first.step()
    assert not second.step()
    messages(store, 1, NOW + 99 * DAY)
    assert retention.prune(context, KEEP, Contents())["inbox"] == 0
