"""Eight threads and three processes claim at once: each row goes to one of them."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from supportbot.adapters.db.store import SqlStore, open_store
from supportbot.application.ports import UnitOfWork
from supportbot.domain.ticket.timer import NewTimer
from tests.adapters.db.claimers import What, claim_all, claim_all_at
from tests.adapters.db.samples import LEASE, NOW, delivery, envelope, opening
from tests.forked import FORKED

ROWS = 300
WHAT: list[What] = ["inbox", "timers", "deliveries"]


@pytest.fixture
def filled(store: SqlStore) -> SqlStore:
    def fill(unit: UnitOfWork) -> None:
        for n in range(ROWS):
            unit.inbox.add(envelope(f"{n}"))
        unit.apply([opening(n + 1, NewTimer("escalate", NOW)) for n in range(ROWS)], NOW)
        unit.deliveries.add([delivery(f"{n}") for n in range(ROWS)], NOW)

    store.write(fill)
    return store


@pytest.mark.parametrize("what", WHAT)
def test_eight_threads_claim_each_row_once(filled: SqlStore, what: What) -> None:
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: claim_all(filled, what), range(8)))

    assert sorted(row for claimed in claims for row in claimed) == list(range(1, ROWS + 1))


@pytest.mark.parametrize("what", WHAT)
def test_three_processes_claim_each_row_once(
    filled: SqlStore, database_url: str, what: What
) -> None:
    with ProcessPoolExecutor(3, mp_context=FORKED) as pool:
        claims = list(pool.map(claim_all_at, [database_url] * 3, [what] * 3))

    assert sorted(row for claimed in claims for row in claimed) == list(range(1, ROWS + 1))


def test_eight_threads_keep_a_lane_s_limit(store: SqlStore) -> None:
    new = [delivery(f"{n}", "github.comment") for n in range(ROWS)]
    store.write(lambda unit: unit.deliveries.add(new, NOW))

    def claim(_: int) -> int:
        return len(store.write(lambda unit: unit.deliveries.claim(NOW, 20, LEASE)))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(64))) == 80


def test_eight_threads_that_keep_one_envelope_keep_it_once(store: SqlStore) -> None:
    def add(n: int) -> bool:
        return store.write(lambda unit: unit.inbox.add(envelope("same", f"own {n}")))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(32))) == 1
    assert len(store.write(lambda unit: unit.inbox.claim(NOW, 10, LEASE))) == 1


def test_two_stores_on_one_database_count_tickets_together(
    store: SqlStore, database_url: str
) -> None:
    with open_store(database_url) as other, ThreadPoolExecutor(8) as pool:
        numbers = pool.map(
            lambda n: (store, other)[n % 2].write(lambda unit: unit.tickets.next_number()),
            range(60),
        )
        assert sorted(numbers) == list(range(1, 61))
