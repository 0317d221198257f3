"""What is kept to be looked up again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from supportbot.adapters.db.store import SqlStore
from supportbot.application.ports import DecisionRecord, KeptFile, Threaded
from supportbot.domain.triage.message import File, InboundMessage, Sender
from tests.adapters.db.samples import MINUTE, NOW, open_ticket


@pytest.fixture(autouse=True)
def _two_tickets(store: SqlStore) -> None:
    for _ in range(2):
        store.write(open_ticket)


@pytest.mark.parametrize(
    ("keys", "found"),
    [(["b"], 1), (["c"], 2), (["x", "c", "b"], 2), (["b", "c"], 1), (["x"], None), ([], None)],
)
def test_the_first_known_key_finds_the_ticket(
    store: SqlStore, keys: Sequence[str], found: int | None
) -> None:
    for key, ticket in (("a", 1), ("b", 1), ("c", 2)):
        store.write(lambda unit, key=key, ticket=ticket: unit.threads.add(key, ticket))  # type: ignore[misc]

    known = store.read(lambda unit: unit.threads.find(keys))
    assert (known and known.ticket) == found


def test_a_thread_goes_over_to_the_ticket_that_goes_on_from_it(store: SqlStore) -> None:
    store.write(lambda unit: unit.threads.add("a", 1))
    store.write(lambda unit: unit.threads.add("a", 2))

    assert store.read(lambda unit: unit.threads.find(["a"])) == Threaded(2, "a")


def test_a_key_that_is_kept_stays_with_the_ticket_that_had_it(store: SqlStore) -> None:
    store.write(lambda unit: unit.threads.add("a", 1))
    store.write(lambda unit: unit.threads.keep(["b", "a", "b"], 2))

    assert store.read(lambda unit: unit.threads.find(["a"])) == Threaded(1, "a")
    assert store.read(lambda unit: unit.threads.find(["b"])) == Threaded(2, "b")


def test_every_thread_of_a_merged_ticket_goes_over_to_the_other(store: SqlStore) -> None:
    store.write(lambda unit: unit.threads.keep(["a", "b"], 1))
    store.write(lambda unit: unit.threads.move(1, 2))

    assert store.read(lambda unit: unit.threads.find(["b"])) == Threaded(2, "b")


def test_a_key_that_a_database_refuses_is_found_again(store: SqlStore) -> None:
    store.write(lambda unit: unit.threads.keep(["mail:id:a\0b\ud800"], 1))

    assert store.read(lambda unit: unit.threads.find(["mail:id:a\0b\ud800"])) == Threaded(
        1, "mail:id:a\0b\ud800"
    )


def test_the_files_of_a_ticket_come_back_in_the_order_they_came(store: SqlStore) -> None:
    first = File("trace.txt", "text/plain", 12, "a" * 64)
    second = File("", "image/png", 3_000_000_000, "b" * 64)
    store.write(lambda unit: unit.files.add(1, "mail:id:x", [first], NOW))
    store.write(lambda unit: unit.files.add(1, "mail:id:y", [second], NOW))

    kept = store.read(lambda unit: unit.files.of(1))
    assert kept == [KeptFile(first, "mail:id:x", NOW), KeptFile(second, "mail:id:y", NOW)]
    assert store.read(lambda unit: unit.files.of(2)) == []


def test_a_place_is_known_by_its_name_and_by_its_address(store: SqlStore) -> None:
    address = {"channel": "C1", "ts": "17.1"}
    store.write(lambda unit: unit.places.put(1, "team", {"channel": "C1", "ts": "16.0"}))
    store.write(lambda unit: unit.places.put(1, "team", address))

    assert store.read(lambda unit: unit.places.get(1, "team")) == address
    assert store.read(lambda unit: unit.places.get(2, "team")) is None
    turned_round = {"ts": "17.1", "channel": "C1"}
    assert store.read(lambda unit: unit.places.ticket_at("team", turned_round)) == 1
    assert store.read(lambda unit: unit.places.ticket_at("issue", address)) is None


def test_a_place_of_two_tickets_is_the_newer_one_s(store: SqlStore) -> None:
    for ticket in (2, 1):
        store.write(lambda unit, n=ticket: unit.places.put(n, "reporter", {"channel": "C1"}))  # type: ignore[misc]

    assert store.read(lambda unit: unit.places.ticket_at("reporter", {"channel": "C1"})) == 2


def test_the_newest_decision_of_a_ticket_is_the_one_that_counts(store: SqlStore) -> None:
    def record(playbooks: str) -> DecisionRecord:
        return DecisionRecord(
            at=NOW,
            message=InboundMessage("slack", "k", Sender(slack="U1"), "help", NOW),
            playbooks=playbooks,
            facts={"hub": None},
            decision={"labels": ["a"]},
            hits=("everything else",),
            owners={},
        )

    assert store.read(lambda unit: unit.decisions.get(1)) is None
    store.write(lambda unit: unit.decisions.add(1, record("v1")))
    store.write(lambda unit: unit.decisions.add(1, record("v2")))
    assert store.read(lambda unit: unit.decisions.get(1)) == record("v2")


def test_playbooks_are_kept_as_they_were_first(store: SqlStore) -> None:
    files = {"people.yaml": "people:\n  mara: {name: Mara \N{SNOWMAN}}\n" * 100, "rules/x.yaml": ""}
    store.write(lambda unit: unit.versions.keep("v1", files, NOW))
    store.write(lambda unit: unit.versions.keep("v1", {}, NOW))

    assert store.read(lambda unit: unit.versions.get("v1")) == files
    assert store.read(lambda unit: unit.versions.get("v2")) is None


def test_a_mark_moves(store: SqlStore) -> None:
    assert store.read(lambda unit: unit.marks.get("timers")) is None
    store.write(lambda unit: unit.marks.put("timers", NOW))
    store.write(lambda unit: unit.marks.put("timers", NOW + MINUTE))
    assert store.read(lambda unit: unit.marks.get("timers")) == NOW + MINUTE
