"""Chores: one of a name, leased to one, done once."""

from __future__ import annotations

from datetime import timedelta

from supportbot.adapters.db.store import SqlStore
from supportbot.application.ports import Chore
from tests.adapters.db.samples import LEASE, MINUTE, NOW


def claim(store: SqlStore, at: timedelta = timedelta(0)) -> Chore | None:
    return store.write(lambda unit: unit.chores.claim(NOW + at, LEASE))


def test_the_most_overdue_chore_comes_first_and_one_to_come_not_at_all(store: SqlStore) -> None:
    store.write(lambda unit: unit.chores.set("outlook", NOW))
    store.write(lambda unit: unit.chores.set("cover.7", NOW - MINUTE))
    store.write(lambda unit: unit.chores.set("drill", NOW + MINUTE))

    claimed = [claim(store), claim(store), claim(store)]

    assert [chore and (chore.name, chore.about) for chore in claimed] == [
        ("cover.7", "7"),
        ("outlook", ""),
        None,
    ]
    assert store.read(lambda unit: unit.chores.next_due()) == NOW + MINUTE


def test_keeping_leaves_the_time_of_one_that_waits_and_setting_moves_it(store: SqlStore) -> None:
    store.write(lambda unit: unit.chores.keep("outlook", NOW))
    store.write(lambda unit: unit.chores.keep("outlook", NOW + MINUTE))
    assert store.read(lambda unit: unit.chores.named("out")) == [("outlook", NOW)]

    store.write(lambda unit: unit.chores.set("outlook", NOW + MINUTE))
    assert store.read(lambda unit: unit.chores.named("out")) == [("outlook", NOW + MINUTE)]
    store.write(lambda unit: unit.chores.drop("outlook"))
    assert store.read(lambda unit: unit.chores.next_due()) is None


def test_whoever_lost_the_lease_cannot_finish(store: SqlStore) -> None:
    store.write(lambda unit: unit.chores.set("outlook", NOW))
    first = claim(store)
    second = claim(store, LEASE)
    assert first
    assert second

    assert not store.write(lambda unit: unit.chores.finish(first, None))
    assert store.write(lambda unit: unit.chores.finish(second, NOW + 10 * LEASE))
    assert store.read(lambda unit: unit.chores.next_due()) == NOW + 10 * LEASE


def test_a_chore_that_was_set_anew_meanwhile_is_done_again(store: SqlStore) -> None:
    store.write(lambda unit: unit.chores.set("cover.7", NOW))
    chore = claim(store)
    store.write(lambda unit: unit.chores.set("cover.7", NOW + MINUTE))
    assert chore

    assert not store.write(lambda unit: unit.chores.finish(chore, None))
    assert store.read(lambda unit: unit.chores.next_due()) == NOW + MINUTE


def test_failures_are_counted_until_it_goes_well(store: SqlStore) -> None:
    def claimed() -> Chore:
        chore = claim(store)
        assert chore
        return chore

    def fail() -> None:
        chore = claimed()
        store.write(lambda unit: unit.chores.failed(chore, "OSError", NOW))

    store.write(lambda unit: unit.chores.set("outlook", NOW))
    fail()
    fail()
    third = claimed()
    assert third.failures == 2
    store.write(lambda unit: unit.chores.finish(third, NOW))
    assert claimed().failures == 0


def test_a_start_frees_what_a_dead_process_held(store: SqlStore) -> None:
    store.write(lambda unit: unit.chores.set("outlook", NOW))
    claim(store)
    store.release_leases(NOW)

    assert claim(store)
