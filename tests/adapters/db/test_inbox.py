"""The inbox: kept once, claimed in batches under a lease, set aside when it crashes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from supportbot.adapters.db.store import SqlStore
from supportbot.application.ports import Envelope, InboxRow, Quarantined
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


def mail(key: str, name: str | None = None, raw: bytes = b"raw \0 \xff") -> Envelope:
    return Envelope("mail", (key,), "{}", NOW, raw, name)


def test_what_is_no_text_comes_back_byte_for_byte(store: SqlStore) -> None:
    store.write(lambda unit: unit.inbox.add(mail("a", raw=bytes(range(256)))))

    [row] = claim(store)
    assert row.raw == bytes(range(256))
    assert store.read(lambda unit: unit.inbox.raw(row.id)) == row.raw
    assert store.read(lambda unit: unit.inbox.raw(999)) is None


def test_a_name_used_for_something_else_is_kept_and_marked(store: SqlStore) -> None:
    assert store.write(lambda unit: unit.inbox.add(mail("a", name="id")))
    assert store.write(lambda unit: unit.inbox.add(mail("b", name="id")))
    assert not store.write(lambda unit: unit.inbox.add(mail("b", name="id")))
    assert not store.write(lambda unit: unit.inbox.add(mail("a", name="id")))

    assert [row.same_name for row in claim(store)] == [False, True]


def test_what_is_taken_in_at_once_is_claimed_by_nobody_else(store: SqlStore) -> None:
    row = store.write(lambda unit: unit.inbox.add_claimed(mail("a", name="id"), NOW, LEASE))
    assert row is not None
    assert (row.raw, row.same_name, row.tries) == (b"raw \0 \xff", False, 1)
    assert claim(store) == []
    again = store.write(lambda unit: unit.inbox.add_claimed(mail("a"), NOW, LEASE))
    assert again is None
    assert store.write(lambda unit: unit.inbox.finish(row, "opened", 7, NOW))
    assert store.read(lambda unit: unit.inbox.ticket_of(mail("x", name="id"))) == 7
    assert store.read(lambda unit: unit.inbox.rows_of(7)) == [row.id]


def test_whoever_died_over_what_was_taken_in_at_once_leaves_it_to_the_others(
    store: SqlStore,
) -> None:
    store.write(lambda unit: unit.inbox.add_claimed(mail("a"), NOW, LEASE))

    assert [row.tries for row in claim(store, NOW + LEASE)] == [2]


def test_quarantine_is_listed_newest_first_and_released_once(store: SqlStore) -> None:
    for key in "ab":
        store.write(lambda unit, key=key: unit.inbox.add(mail(key)))  # type: ignore[misc]
    verdict = Quarantined("bounce", "mailer@x.example", "returned \0")
    first, second = claim(store)
    for row in (first, second):
        assert store.write(lambda unit, row=row: unit.inbox.quarantine(row, verdict, NOW))  # type: ignore[misc]
    assert claim(store, NOW + LEASE) == []

    listed = store.read(lambda unit: unit.inbox.quarantined(10))
    assert [row.id for row in listed] == [second.id, first.id]
    assert listed[0].reason == "bounce"
    assert listed[0].sender == "mailer@x.example"
    assert listed[0].subject == "returned \\x00"
    assert store.write(lambda unit: unit.inbox.release(first.id, NOW))
    assert not store.write(lambda unit: unit.inbox.release(first.id, NOW))
    [released] = claim(store)
    assert (released.id, released.released) == (first.id, True)


def test_a_lost_lease_puts_nothing_into_quarantine(store: SqlStore) -> None:
    store.write(lambda unit: unit.inbox.add(mail("a")))
    [late] = claim(store)
    claim(store, NOW + LEASE)

    verdict = Quarantined("bounce", "", "")
    assert not store.write(lambda unit: unit.inbox.quarantine(late, verdict, NOW))


def test_large_messages_are_claimed_a_few_at_a_time(store: SqlStore) -> None:
    for key in "abc":
        raw = b"x" * 9_000_000
        store.write(lambda unit, key=key, raw=raw: unit.inbox.add(mail(key, raw=raw)))  # type: ignore[misc]

    assert [len(claim(store)) for _ in range(4)] == [1, 1, 1, 0]
