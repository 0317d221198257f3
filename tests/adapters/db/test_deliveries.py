"""Deliveries: in order, under a lease, each once while its claim holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import create_engine, text

from supportbot.adapters.db.store import SqlStore
from supportbot.domain.notices.delivery import DIGEST, NEWS, PAGE, NewDelivery, Receipt, SendTask
from supportbot.domain.ticket.ticket import Ticket
from tests.adapters.db.samples import LEASE, MINUTE, NOW, delivery, open_ticket


def add(store: SqlStore, *new: NewDelivery, at: datetime = NOW) -> None:
    store.write(lambda unit: unit.deliveries.add(new, at))


def claim(store: SqlStore, at: datetime = NOW, limit: int = 10) -> Sequence[SendTask]:
    return store.write(lambda unit: unit.deliveries.claim(at, limit, LEASE))


def keys(tasks: Sequence[SendTask]) -> list[str]:
    return [task.key for task in tasks]


def sent(store: SqlStore, task: SendTask, **external: str) -> bool:
    return store.write(lambda unit: unit.deliveries.sent(task, Receipt(external), NOW))


def next_due(store: SqlStore) -> datetime | None:
    return store.read(lambda unit: unit.deliveries.next_due())


@pytest.fixture
def ticket(store: SqlStore) -> Ticket:
    return store.write(open_ticket)


def test_a_task_has_everything_its_sender_needs(store: SqlStore, ticket: Ticket) -> None:
    store.write(lambda unit: unit.places.put(ticket.number, "reporter", {"channel": "C1"}))
    new = delivery("k", "slack.post", ticket.number, target={"place": "reporter"})
    add(store, new)

    [task] = claim(store)
    assert task == SendTask(
        id=task.id,
        token=task.token,
        key="k",
        kind="slack.post",
        ticket=ticket.number,
        target={"place": "reporter"},
        place={"channel": "C1"},
        payload={"text": "k"},
        attempt=1,
        first_attempt_at=NOW,
        lanes=new.lanes,
    )


def test_pages_go_first_and_digests_last(store: SqlStore) -> None:
    add(store, delivery("digest", priority=DIGEST), delivery("news", priority=NEWS))
    add(store, delivery("page", priority=PAGE), at=NOW + MINUTE)

    assert keys(claim(store, NOW + MINUTE)) == ["page", "news", "digest"]


def test_one_that_names_a_time_waits_for_it(store: SqlStore) -> None:
    add(store, replace(delivery("later"), due=NOW + MINUTE), delivery("now"))

    assert keys(claim(store)) == ["now"]
    assert keys(claim(store, NOW + MINUTE)) == ["later"]


def test_one_that_cannot_be_read_is_set_aside_and_holds_up_nobody(
    store: SqlStore, database_url: str
) -> None:
    add(store, delivery("broken"), delivery("sound"))
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE deliveries SET payload = '{' WHERE key = 'broken'"))
    engine.dispose()

    assert keys(claim(store)) == ["sound"]
    [row] = store.read(lambda unit: unit.deliveries.listing("dead"))
    assert row.key == "broken"
    assert row.error is not None
    assert "unreadable" in row.error


def test_a_claimed_delivery_is_not_claimed_again(store: SqlStore) -> None:
    add(store, delivery("a"), delivery("b"))

    assert keys(claim(store, limit=1)) == ["a"]
    assert keys(claim(store)) == ["b"]
    assert claim(store) == []


def test_a_key_is_kept_once(store: SqlStore) -> None:
    add(store, delivery("a"))
    add(store, delivery("a", priority=PAGE), delivery("b"))

    assert keys(claim(store)) == ["a", "b"]


def test_a_stream_keeps_its_order(store: SqlStore) -> None:
    add(store, *(delivery(key, stream="s") for key in ("first", "second", "third")))
    add(store, delivery("other", stream="t"))

    one, _ = claim(store)
    assert one.key == "first"
    assert claim(store) == []
    sent(store, one)
    [two] = claim(store)
    assert two.key == "second"
    store.write(lambda unit: unit.deliveries.retry(two, NOW + MINUTE, "502", crashed=False))
    assert claim(store) == []
    [two] = claim(store, NOW + MINUTE)
    store.write(lambda unit: unit.deliveries.dead(two, "refused", NOW))
    assert keys(claim(store)) == ["third"]


def test_what_is_dropped_holds_up_nothing_and_is_not_dead(store: SqlStore) -> None:
    add(store, delivery("call", stream="s"), delivery("note", stream="s"))
    [call] = claim(store)

    assert store.write(lambda unit: unit.deliveries.drop(call, "SUP-1 is resolved", NOW))
    assert keys(claim(store)) == ["note"]
    assert not store.write(lambda unit: unit.deliveries.revive(call.id, NOW))
    [row] = store.read(lambda unit: unit.deliveries.listing("dropped"))
    assert (row.key, row.error) == ("call", "SUP-1 is resolved")


def test_what_needs_a_place_waits_for_the_delivery_that_makes_it(
    store: SqlStore, ticket: Ticket
) -> None:
    update = delivery("update", "slack.update", ticket.number, target={"place": "team"})
    root = delivery("root", "slack.root", ticket.number, target={"channel": "C9"})
    add(store, update, root)

    [task] = claim(store)
    assert task.key == "root"
    sent(store, task, channel="C9", ts="17.1")
    [task] = claim(store)
    assert (task.key, task.place) == ("update", {"channel": "C9", "ts": "17.1"})
    at_team = {"ts": "17.1", "channel": "C9"}
    found = store.read(lambda unit: unit.places.ticket_at("team", at_team))
    assert found == ticket.number


def test_a_place_of_no_ticket_is_refused(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="the place team of no ticket"):
        add(store, delivery("k", target={"place": "team"}))


def test_an_update_folds_into_one_that_still_waits(store: SqlStore, ticket: Ticket) -> None:
    def update(key: str, stream: str | None = None) -> NewDelivery:
        return delivery(key, "web.update", ticket.number, stream=stream, fold=True)

    add(store, update("1"), update("2"), update("other stream", "s"))
    add(store, update("3"), delivery("no fold", "web.update", ticket.number))
    [first, *others] = claim(store)
    assert keys([first, *others]) == ["1", "other stream", "no fold"]

    add(store, update("4"))
    add(store, update("5"))
    assert keys(claim(store)) == ["4"]


def test_deliveries_that_fold_keep_their_place_among_those_that_do_not(
    store: SqlStore, ticket: Ticket
) -> None:
    number = ticket.number
    first = delivery("first", ticket=number, stream="s", fold=True)
    add(store, first, delivery("second", stream="s"), delivery("third", "x.y", number, stream="s"))

    order = []
    while tasks := claim(store):
        order += keys(tasks)
        sent(store, tasks[0])
    assert order == ["first", "second", "third"]


def test_a_lease_that_ran_out_is_claimed_again_as_the_next_attempt(store: SqlStore) -> None:
    add(store, delivery("a"))
    [lost] = claim(store)
    assert next_due(store) == NOW + LEASE

    [again] = claim(store, NOW + LEASE)
    assert (again.id, again.attempt, again.first_attempt_at) == (lost.id, 2, NOW)
    assert again.token != lost.token


def test_a_stale_token_finishes_nothing(store: SqlStore) -> None:
    add(store, delivery("a"))
    [lost] = claim(store)
    [ours] = claim(store, NOW + LEASE)

    assert not sent(store, lost)
    assert not store.write(lambda u: u.deliveries.retry(lost, NOW, "late", crashed=True))
    assert not store.write(lambda u: u.deliveries.dead(lost, "late", NOW))
    assert sent(store, ours)
    assert not sent(store, ours)


def test_a_retry_waits_until_its_time_and_counts_crashes(store: SqlStore) -> None:
    add(store, delivery("a"))
    [task] = claim(store)
    store.write(lambda u: u.deliveries.retry(task, NOW + MINUTE, "502", crashed=False))
    assert claim(store) == []
    assert next_due(store) == NOW + MINUTE

    [task] = claim(store, NOW + MINUTE)
    assert (task.attempt, task.failures) == (2, 0)
    store.write(lambda u: u.deliveries.retry(task, NOW, "KeyError", crashed=True))
    [task] = claim(store, NOW + MINUTE)
    assert (task.attempt, task.failures, task.first_attempt_at) == (3, 1, NOW)


def test_a_dead_delivery_is_listed_and_a_person_can_revive_it(store: SqlStore) -> None:
    add(store, delivery("a"), delivery("b"))
    [task, _] = claim(store)
    store.write(lambda unit: unit.deliveries.dead(task, "channel_not_found", NOW))

    assert claim(store) == []
    [row] = store.read(lambda unit: unit.deliveries.listing("dead"))
    assert (row.id, row.key, row.state, row.error) == (task.id, "a", "dead", "channel_not_found")
    assert store.write(lambda unit: unit.deliveries.revive(row.id, NOW))
    assert not store.write(lambda unit: unit.deliveries.revive(row.id, NOW))
    [task] = claim(store)
    assert (task.key, task.attempt, task.first_attempt_at) == ("a", 2, NOW)


def test_the_listing_has_the_newest_first(store: SqlStore) -> None:
    add(store, delivery("a"), delivery("b"))
    [task] = claim(store, limit=1)
    sent(store, task)

    rows = store.read(lambda unit: unit.deliveries.listing(None))
    assert [(row.key, row.state, row.sent_at) for row in rows] == [
        ("b", "waiting", None),
        ("a", "sent", NOW),
    ]
    assert len(store.read(lambda unit: unit.deliveries.listing(None, limit=1))) == 1


def test_the_newest_key_is_that_of_the_last_one_added_whose_key_begins_so(store: SqlStore) -> None:
    add(store, delivery("news.9"), delivery("news.10"), delivery("other.11"))
    assert store.read(lambda unit: unit.deliveries.newest_key("news.")) == "news.10"
    assert store.read(lambda unit: unit.deliveries.newest_key("n.")) is None


def test_next_due_leaves_out_what_waits_for_another_delivery(
    store: SqlStore, ticket: Ticket
) -> None:
    assert next_due(store) is None
    add(store, delivery("needs a place", ticket=ticket.number, target={"place": "team"}))
    assert next_due(store) is None
    add(store, delivery("first", stream="s"), delivery("second", stream="s"))
    assert next_due(store) == NOW
    claim(store)
    assert next_due(store) == NOW + LEASE


def test_the_leases_of_a_dead_process_can_be_released_at_once(store: SqlStore) -> None:
    add(store, delivery("a"))
    [lost] = claim(store)

    assert store.release_leases(NOW) == 1
    assert store.release_leases(NOW) == 0
    [again] = claim(store)
    assert again.attempt == 2
    assert not sent(store, lost)
