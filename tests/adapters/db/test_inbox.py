"""The inbox: kept once, claimed in batches under a lease, set aside when it crashes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from supportbot.adapters.db.store import SqlStore
from supportbot.application.ports import InboxRow
from tests.adapters.db.samples import LEASE, MINUTE, NOW, envelope


def claim(store: SqlStore, at: datetime = NOW, limit: int = 10) -> Sequence[InboxRow]:
    return store.write(lambda unit: unit.inbox.claim(at, limit, LEASE))


def add(store: SqlStore, *keys: str, body: str = "{}") -> bool:
    return store.write(lambda unit: unit.inbox.add(envelope(*keys, body=body)))


@pytest.mark.parametrize("keys", [("a",), ("b",), ("c", "b"), ("b", "a")])
def test_any_known_key_makes_a_repetition_and_nothing_is_written(
    store: SqlStore, keys: tuple[str, ...]
) -> None:
    assert add(store, "a", "b")
    assert not add(store, *keys)
    assert len(claim(store)) == 1
    assert add(store, "c")


def test_a_key_named_twice_in_one_envelope_is_no_repetition(store: SqlStore) -> None:
    assert add(store, "a", "a")


def test_an_envelope_without_keys_is_always_new(store: SqlStore) -> None:
    assert add(store)
    assert add(store)
    assert len(claim(store)) == 2


def test_a_repetition_is_known_after_its_row_is_done(store: SqlStore) -> None:
    add(store, "a")
    [row] = claim(store)
    store.write(lambda unit: unit.inbox.finish(row, "opened", None, NOW))

    assert not add(store, "a")


def test_a_body_that_no_database_takes_is_kept_legibly(store: SqlStore) -> None:
    add(store, "nul \0", body="a \0 nul, a \ud800 surrogate, a snowman \N{SNOWMAN}")

    [row] = claim(store)
    assert row.body == "a \\x00 nul, a \\ud800 surrogate, a snowman \N{SNOWMAN}"
    assert not add(store, "nul \0")


def test_rows_are_claimed_oldest_first_and_only_once(store: SqlStore) -> None:
    for key in "abc":
        add(store, key, body=key)

    assert [row.body for row in claim(store, limit=2)] == ["a", "b"]
    assert [row.body for row in claim(store)] == ["c"]
    assert claim(store) == []


def test_a_lease_that_ran_out_is_claimed_again_alone_and_the_old_token_is_refused(
    store: SqlStore,
) -> None:
    for key in "abc":
        add(store, key)
    crashed = claim(store, limit=2)

    again = claim(store, NOW + LEASE)
    assert [(row.id, row.tries) for row in again] == [(crashed[0].id, 2)]
    assert not store.write(lambda unit: unit.inbox.finish(crashed[0], "opened", None, NOW))
    assert store.write(lambda unit: unit.inbox.finish(again[0], "opened", None, NOW))


def test_fresh_rows_do_not_wait_behind_one_that_was_tried(store: SqlStore) -> None:
    add(store, "tried")
    [row] = claim(store)
    add(store, "fresh")
    store.write(lambda unit: unit.inbox.put_back(row, "ValueError", NOW + MINUTE))

    assert [found.tries for found in claim(store)] == [1]
    assert [found.tries for found in claim(store, NOW + MINUTE)] == [2]


def test_a_parked_row_is_shown_and_waits_for_a_person(store: SqlStore) -> None:
    add(store, "a")
    [row] = claim(store)
    store.write(lambda unit: unit.inbox.put_back(row, "ValueError: \0", None))

    assert claim(store, NOW + LEASE) == []
    [parked] = store.read(lambda unit: unit.parked())
    assert (parked.what, parked.id, parked.error) == ("inbox", row.id, "ValueError: \\x00")
    assert store.write(lambda unit: unit.unpark("inbox", row.id, NOW))
    assert not store.write(lambda unit: unit.unpark("inbox", row.id, NOW))
    assert [found.tries for found in claim(store)] == [1]


def test_next_due_is_the_lease_s_end_of_what_is_claimed(store: SqlStore) -> None:
    def next_due() -> datetime | None:
        return store.read(lambda unit: unit.inbox.next_due())

    assert next_due() is None
    add(store, "a")
    assert next_due() == NOW
    [row] = claim(store)
    assert next_due() == NOW + LEASE
    store.write(lambda unit: unit.inbox.finish(row, "opened", None, NOW))
    assert next_due() is None
