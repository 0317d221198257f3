"""Writes that share a COMMIT, reads that share a view, and who is woken by what."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy.exc import DBAPIError, StatementError

from supportbot.adapters.db.store import SqlStore, open_store
from supportbot.application.ports import Role, UnitOfWork
from supportbot.domain.notices.delivery import Receipt
from supportbot.domain.ticket.timer import NewTimer
from tests.adapters.db.groups import Job, run_in_one_group
from tests.adapters.db.samples import LEASE, MINUTE, NOW, delivery, envelope, open_ticket


def mark(name: str) -> Job:
    return lambda unit: unit.marks.put(name, NOW)


def marked(store: SqlStore, name: str) -> bool:
    return store.read(lambda unit: unit.marks.get(name)) is not None


def test_a_job_that_raises_leaves_no_trace_while_its_group_mates_commit(store: SqlStore) -> None:
    def crash(unit: UnitOfWork) -> None:
        unit.marks.put("crashed", NOW)
        unit.inbox.add(envelope("crashed"))
        raise KeyError("mine alone")

    jobs = [mark("before"), crash, mark("after"), crash, mark("last")]
    with ThreadPoolExecutor(len(jobs) + 1) as pool:
        outcomes = run_in_one_group(store, pool, jobs)

    assert [repr(outcome) for outcome in outcomes] == [
        "None",
        "KeyError('mine alone')",
        "None",
        "KeyError('mine alone')",
        "None",
    ]
    assert all(marked(store, name) for name in ("before", "after", "last"))
    assert not marked(store, "crashed")
    assert store.write(lambda unit: unit.inbox.add(envelope("crashed")))


def test_a_statement_that_fails_undoes_its_own_job_alone(store: SqlStore) -> None:
    def break_a_reference(unit: UnitOfWork) -> None:
        unit.marks.put("broken", NOW)
        unit.threads.add("thread", 999)

    with ThreadPoolExecutor(4) as pool:
        outcomes = run_in_one_group(store, pool, [mark("a"), break_a_reference, mark("b")])

    assert isinstance(outcomes[1], DBAPIError)
    assert (marked(store, "a"), marked(store, "broken"), marked(store, "b")) == (True, False, True)


def test_a_job_alone_that_raises_leaves_no_trace(store: SqlStore) -> None:
    def crash(unit: UnitOfWork) -> None:
        unit.marks.put("crashed", NOW)
        raise KeyError

    with pytest.raises(KeyError):
        store.write(crash)
    assert not marked(store, "crashed")


def test_a_write_returns_what_its_job_returns(store: SqlStore) -> None:
    assert store.write(lambda unit: unit.tickets.next_number() + 41) == 42


def test_many_threads_write_and_nothing_is_lost(store: SqlStore) -> None:
    with ThreadPoolExecutor(16) as pool:
        numbers = list(
            pool.map(lambda _: store.write(lambda u: u.tickets.next_number()), range(200))
        )

    assert sorted(numbers) == list(range(1, 201))


def test_a_read_sees_one_view_whatever_is_written_meanwhile(store: SqlStore) -> None:
    def look_twice(unit: UnitOfWork) -> list[datetime | None]:
        before = unit.marks.get("mark")
        store.write(lambda other: other.marks.put("mark", NOW))
        return [before, unit.marks.get("mark")]

    assert store.read(look_twice) == [None, None]
    assert marked(store, "mark")


def test_a_read_cannot_write(store: SqlStore) -> None:
    with pytest.raises(DBAPIError):
        store.read(lambda unit: unit.marks.put("mark", NOW))


def test_a_datetime_without_a_zone_is_refused(store: SqlStore) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        store.write(lambda unit: unit.marks.put("mark", NOW.replace(tzinfo=None)))


def _new_timer(unit: UnitOfWork) -> None:
    open_ticket(unit, NewTimer("close", NOW))


def _sent(unit: UnitOfWork) -> None:
    [task] = unit.deliveries.claim(NOW, 1, LEASE)
    unit.deliveries.sent(task, Receipt(), NOW)


@pytest.mark.parametrize(
    ("role", "job"),
    [
        ("intake", lambda unit: unit.inbox.add(envelope("new"))),
        ("timers", _new_timer),
        ("deliveries", lambda unit: unit.deliveries.add([delivery("new")], NOW)),
        ("deliveries", _sent),
        ("deliveries", lambda unit: unit.places.put(1, "team", {"channel": "C1"})),
    ],
)
def test_a_write_wakes_who_waits_for_its_role(store: SqlStore, role: Role, job: Job) -> None:
    store.write(open_ticket)
    store.write(lambda unit: unit.deliveries.add([delivery("old", stream="s")], NOW))
    quiet = threading.Event()

    def wait_for_the_next() -> None:
        # The first wait returns for what was written before.
        store.wait(role, 0)
        quiet.set()
        store.wait(role, 600)

    with ThreadPoolExecutor(1) as pool:
        woken = pool.submit(wait_for_the_next)
        assert quiet.wait(30)
        store.write(job)
        woken.result(timeout=60)


def test_what_was_written_just_before_the_wait_is_not_missed(store: SqlStore) -> None:
    store.wait("intake", 0)
    store.write(lambda unit: unit.inbox.add(envelope("new")))
    store.wait("intake", 600)


def test_a_wait_without_news_ends_by_itself(store: SqlStore) -> None:
    store.wait("timers", 0.01)


def test_a_write_in_one_process_wakes_another_one_by_notify(
    postgres_url_migrated: str,
) -> None:
    with open_store(postgres_url_migrated) as ours, open_store(postgres_url_migrated) as theirs:
        theirs.wait("timers", 600)  # until it listens, which rings once for whatever was missed
        ours.write(_new_timer)
        theirs.wait("timers", 600)


def test_a_store_that_is_closed_at_once_has_told_the_others(postgres_url_migrated: str) -> None:
    with open_store(postgres_url_migrated) as theirs:
        theirs.wait("intake", 600)
        with open_store(postgres_url_migrated) as ours:
            ours.write(lambda unit: unit.inbox.add(envelope("new")))
        theirs.wait("intake", 600)


def test_two_jobs_that_wait_for_each_other_on_postgres_both_get_through(
    postgres_url_migrated: str,
) -> None:
    with open_store(postgres_url_migrated) as store:
        for _ in range(2):
            store.write(open_ticket)
        meet = threading.Barrier(2)
        tried: set[int] = set()

        def lock_both(first: int, second: int) -> Job:
            def job(unit: UnitOfWork) -> None:
                unit.tickets.get(first, lock=True)
                if first not in tried:
                    tried.add(first)
                    meet.wait(30)
                unit.tickets.get(second, lock=True)
                unit.marks.put(f"{first}", NOW + MINUTE)

            return job

        with ThreadPoolExecutor(2) as pool:
            jobs = [lock_both(1, 2), lock_both(2, 1)]
            for future in [pool.submit(store.write, job) for job in jobs]:
                future.result(60)
        assert marked(store, "1")
        assert marked(store, "2")
