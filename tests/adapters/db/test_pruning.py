"""Retention: what is over goes after its time, and nothing that anybody may still need."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from supportbot.adapters.db.schema import metadata
from supportbot.adapters.db.store import SqlStore
from supportbot.adapters.db.unit_of_work import SqlUnitOfWork
from supportbot.application.ports import DecisionRecord, Envelope, InboxRow, Quarantined
from supportbot.application.pruning import PARTS, Key, Limits, Part
from supportbot.domain.notices.delivery import NewDelivery, Receipt, SendTask
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.timer import NewTimer
from supportbot.domain.triage.message import File, InboundMessage, Sender
from tests.adapters.db.samples import (
    LEASE,
    MINUTE,
    NOW,
    change,
    delivery,
    envelope,
    open_ticket,
)

DAY = timedelta(days=1)
# A hundred days on, with the defaults: messages 90 days, files 180, rows 30.
THEN = NOW + 100 * DAY


def limits(at: datetime = THEN, **days: int) -> Limits:
    keep = {"messages": 90, "files": 180, "rows": 30, "lanes": 1} | days
    moments = {name: at - count * DAY for name, count in keep.items()}
    return Limits(**moments, playbooks="in force")


def prune(store: SqlStore, part: Part, limits: Limits, most: int = 100) -> int:
    keys = store.read(lambda unit: unit.pruning.old(part, limits, None, most))
    return store.write(lambda unit: unit.pruning.prune(part, limits, keys))


def count(store: SqlStore, table: str) -> int:
    query = metadata.tables[table].select()
    return store.write(lambda unit: len(_rows(unit, query)))


def _rows(unit: Any, query: Any) -> Sequence[Any]:
    assert isinstance(unit, SqlUnitOfWork)
    return unit.transaction.execute(query).all()


def arrived(store: SqlStore, key: str, at: datetime = NOW, raw: bytes | None = None) -> InboxRow:
    """An envelope that somebody works on."""
    came = Envelope("mail", (key,), '{"text": "help"}', at, raw)
    row = store.write(lambda unit: unit.inbox.add_claimed(came, at, LEASE))
    assert row is not None
    return row


def done(store: SqlStore, key: str, at: datetime = NOW, raw: bytes | None = None) -> InboxRow:
    row = arrived(store, key, at, raw)
    assert store.write(lambda unit: unit.inbox.finish(row, "opened", None, at))
    return row


def is_known(store: SqlStore, key: str) -> bool:
    return not store.write(lambda unit: unit.inbox.add(envelope(key)))


def test_a_message_goes_with_its_keys_once_both_of_its_times_are_over(store: SqlStore) -> None:
    done(store, "old", NOW)
    done(store, "new", NOW + 11 * DAY)

    assert prune(store, "inbox", limits()) == 1
    assert is_known(store, "new")
    assert not is_known(store, "old")


def test_the_keys_of_a_message_stay_as_long_as_the_longer_of_both_times(store: SqlStore) -> None:
    done(store, "k")

    assert prune(store, "inbox", limits(messages=10, rows=101)) == 0
    assert prune(store, "inbox", limits(messages=101, rows=10)) == 0
    assert is_known(store, "k")


def test_a_message_that_is_emptied_leaves_its_keys_and_what_became_of_it(store: SqlStore) -> None:
    row = done(store, "k", raw=b"From: mara")

    assert prune(store, "messages", limits(rows=101)) == 1
    assert store.read(lambda unit: unit.inbox.raw(row.id)) is None
    [kept] = store.write(lambda unit: _rows(unit, metadata.tables["inbox"].select()))
    assert (kept.body, kept.outcome) == ("{}", "opened")
    assert is_known(store, "k")
    assert prune(store, "messages", limits(rows=101)) == 0


def test_what_waits_is_worked_on_or_was_set_aside_never_goes(store: SqlStore) -> None:
    parked = arrived(store, "parked")
    store.write(lambda unit: unit.inbox.put_back(parked, "ValueError", None))
    arrived(store, "claimed")
    store.write(lambda unit: unit.inbox.add(envelope("waiting")))

    far = limits(THEN + 1000 * DAY)
    assert prune(store, "inbox", far) == prune(store, "messages", far) == 0
    assert all(is_known(store, key) for key in ("parked", "claimed", "waiting"))


def test_quarantine_lasts_as_long_as_messages_from_their_arrival_on(store: SqlStore) -> None:
    row = arrived(store, "k", raw=b"From: a program")
    verdict = Quarantined("bounce", "mailer-daemon", "Undelivered")
    store.write(lambda unit: unit.inbox.quarantine(row, verdict, NOW))

    assert prune(store, "inbox", limits(NOW + 89 * DAY)) == 0
    assert prune(store, "inbox", limits(rows=101)) == 1
    assert store.read(lambda unit: unit.inbox.quarantined(10)) == []


def test_what_a_person_released_meanwhile_stays_whole(store: SqlStore) -> None:
    row = arrived(store, "k", raw=b"From: a program")
    verdict = Quarantined("bounce", "mailer-daemon", "Undelivered")
    store.write(lambda unit: unit.inbox.quarantine(row, verdict, NOW))
    found = store.read(lambda unit: unit.pruning.old("inbox", limits(), None, 10))
    assert store.write(lambda unit: unit.inbox.release(row.id, THEN))

    assert found == [row.id]
    assert store.write(lambda unit: unit.pruning.prune("inbox", limits(), found)) == 0
    assert is_known(store, "k")
    [again] = store.write(lambda unit: unit.inbox.claim(THEN, 10, LEASE))
    assert again.raw == b"From: a program"


def test_large_messages_go_a_few_at_a_time(store: SqlStore) -> None:
    for n in range(3):
        done(store, str(n), raw=bytes(9 * 1024 * 1024))

    def found() -> Sequence[Key]:
        return store.read(lambda unit: unit.pruning.old("inbox", limits(), None, 100))

    assert len(found()) == 1
    assert [prune(store, "inbox", limits()) for _ in range(4)] == [1, 1, 1, 0]


def test_batches_follow_each_other_by_their_keys(store: SqlStore) -> None:
    rows = [done(store, str(n)).id for n in range(5)]

    def found(after: Key | None) -> Sequence[Key]:
        return store.read(lambda unit: unit.pruning.old("inbox", limits(), after, 2))

    assert [found(None), found(rows[1]), found(rows[3]), found(rows[4])] == [
        rows[:2],
        rows[2:4],
        rows[4:],
        [],
    ]


def test_timers_go_when_they_are_over_and_their_time_is(store: SqlStore) -> None:
    ticket = store.write(
        lambda unit: open_ticket(
            unit,
            NewTimer("escalate", NOW),
            NewTimer("first_answer", NOW + MINUTE),
            NewTimer("close", NOW + 90 * DAY),
            NewTimer("next_update", NOW + 100 * DAY),
        )
    )
    [fired] = store.write(lambda unit: unit.timers.claim_due(NOW, 10))
    store.write(lambda unit: unit.timers.finish([(fired, "fired")], NOW))
    cancelled = change(
        ticket, e.Acknowledged(at=NOW, by="ines", line="first"), cancel=["first_answer", "close"]
    )
    store.write(lambda unit: unit.apply([cancelled], NOW))

    assert prune(store, "timers", limits(NOW + 29 * DAY)) == 0
    assert prune(store, "timers", limits()) == 3
    [pending] = store.read(lambda unit: unit.timers.pending(ticket.number))
    assert pending.kind == "next_update"
    assert prune(store, "timers", limits(NOW + 1000 * DAY)) == 0


def test_a_timer_that_fired_late_stays_for_the_account_of_that(store: SqlStore) -> None:
    store.write(lambda unit: open_ticket(unit, NewTimer("escalate", NOW)))
    [late] = store.write(lambda unit: unit.timers.claim_due(THEN, 10))
    store.write(lambda unit: unit.timers.finish([(late, "fired")], THEN))

    assert prune(store, "timers", limits()) == 0
    assert len(store.read(lambda unit: unit.timers.finished_between(NOW, THEN))) == 1


def test_a_timer_that_was_set_aside_stays(store: SqlStore) -> None:
    store.write(lambda unit: open_ticket(unit, NewTimer("escalate", NOW)))
    [timer] = store.write(lambda unit: unit.timers.claim_due(NOW, 10))
    store.write(lambda unit: unit.timers.failed(timer, "KeyError", None))

    assert prune(store, "timers", limits(THEN + 1000 * DAY)) == 0


def claimed(store: SqlStore, new: NewDelivery, at: datetime = NOW) -> SendTask:
    store.write(lambda unit: unit.deliveries.add([new], at))
    [task] = store.write(lambda unit: unit.deliveries.claim(at, 10, LEASE))
    return task


def sent(store: SqlStore, new: NewDelivery, at: datetime = NOW) -> None:
    task = claimed(store, new, at)
    assert store.write(lambda unit: unit.deliveries.sent(task, Receipt(), at))


def dead(store: SqlStore, new: NewDelivery, at: datetime = NOW) -> None:
    task = claimed(store, new, at)
    assert store.write(lambda unit: unit.deliveries.dead(task, "rejected", at))


def keys_of(store: SqlStore) -> set[str]:
    return {row.key for row in store.read(lambda unit: unit.deliveries.listing(None))}


def test_sent_deliveries_go_before_dead_ones(store: SqlStore) -> None:
    sent(store, delivery("sent"))
    dead(store, delivery("dead"))
    store.write(lambda unit: unit.deliveries.add([delivery("waiting")], NOW))

    prune(store, "deliveries", limits(NOW + 29 * DAY))
    assert keys_of(store) == {"sent", "dead", "waiting"}
    prune(store, "deliveries", limits(NOW + 89 * DAY))
    assert keys_of(store) == {"dead", "waiting"}
    prune(store, "deliveries", limits())
    assert keys_of(store) == {"waiting"}


def test_a_dead_delivery_that_a_person_revived_meanwhile_stays(store: SqlStore) -> None:
    dead(store, delivery("dead"))
    found = store.read(lambda unit: unit.pruning.old("deliveries", limits(), None, 10))
    assert len(found) == 1
    assert store.write(lambda unit: unit.deliveries.revive(int(found[0]), THEN))

    assert store.write(lambda unit: unit.pruning.prune("deliveries", limits(), found)) == 0
    assert len(store.write(lambda unit: unit.deliveries.claim(THEN, 10, LEASE))) == 1


def test_what_follows_a_pruned_delivery_in_its_stream_still_goes_out(store: SqlStore) -> None:
    sent(store, delivery("first", stream="thread"))
    prune(store, "deliveries", limits())

    store.write(lambda unit: unit.deliveries.add([delivery("second", stream="thread")], THEN))
    [task] = store.write(lambda unit: unit.deliveries.claim(THEN, 10, LEASE))
    assert task.key == "second"


def test_the_team_hears_but_once_of_what_stays_set_aside(store: SqlStore) -> None:
    parked = arrived(store, "bad")
    store.write(lambda unit: unit.inbox.put_back(parked, "ValueError", None))
    told = delivery(f"parked.inbox.{parked.id}.{NOW.isoformat()}")
    sent(store, told)

    assert prune(store, "deliveries", limits()) == 0
    store.write(lambda unit: unit.deliveries.add([told], THEN))
    assert store.read(lambda unit: unit.deliveries.next_due()) is None
    store.write(lambda unit: unit.unpark("inbox", parked.id, THEN))
    assert prune(store, "deliveries", limits()) == 1


def test_a_lane_goes_when_nobody_drew_on_it_for_a_day(store: SqlStore) -> None:
    for channel, at in (("C1", NOW), ("C2", NOW + 2 * DAY)):
        sent(store, delivery(channel, "slack.say", target={"channel": channel}), at)
    store.write(lambda unit: unit.deliveries.close_lane("mail/relay", NOW))
    store.write(lambda unit: unit.deliveries.close_lane("github/hour", NOW + 3 * DAY))

    # The workspace's lane was drawn on both times.
    assert prune(store, "lanes", limits(NOW + 2 * DAY)) == 2
    rows = store.write(lambda unit: _rows(unit, metadata.tables["lanes"].select()))
    assert {row.name for row in rows} == {"slack/channel/C2", "slack/workspace", "github/hour"}
    sent(store, delivery("again", "slack.say", target={"channel": "C1"}), NOW + 3 * DAY)


def decided(playbooks: str) -> DecisionRecord:
    message = InboundMessage("slack", "k", Sender(slack="U1"), "help", NOW)
    return DecisionRecord(NOW, message, playbooks, {}, {}, (), {})


def test_playbooks_stay_while_a_decision_refers_to_them_or_they_may_be_in_force(
    store: SqlStore,
) -> None:
    ticket = store.write(open_ticket)
    store.write(lambda unit: unit.decisions.add(ticket.number, decided("referred to")))
    ages = {"referred to": 0, "never used": 1, "in force": 2, "young": 80, "newest": 81}
    for version, days in ages.items():
        at = NOW + days * DAY
        store.write(lambda unit, v=version, at=at: unit.versions.keep(v, {}, at))  # type: ignore[misc]

    assert prune(store, "playbook_versions", limits()) == 1
    assert store.read(lambda unit: unit.versions.get("never used")) is None
    far = limits(THEN + 1000 * DAY)
    assert prune(store, "playbook_versions", far) == 1
    assert store.read(lambda unit: unit.versions.get("young")) is None
    assert prune(store, "playbook_versions", far) == 0


def test_files_go_when_their_ticket_is_closed_for_long_enough(store: SqlStore) -> None:
    closed, still_open = store.write(open_ticket), store.write(open_ticket)
    for ticket in (closed, still_open):
        file = File("a.txt", "text/plain", 3, "a" * 64)
        store.write(lambda unit, n=ticket.number, f=file: unit.files.add(n, "k", [f], NOW))  # type: ignore[misc]
    ends = [
        e.Resolved(at=NOW + 9 * DAY, by="ines", text=""),
        e.Closed(at=NOW + 10 * DAY, reason="silence"),
    ]
    store.write(lambda unit: unit.apply([change(closed, *ends)], NOW))

    assert prune(store, "files", limits(NOW + 189 * DAY)) == 0
    assert prune(store, "files", limits(NOW + 191 * DAY)) == 1
    assert store.read(lambda unit: unit.files.of(closed.number)) == []
    assert len(store.read(lambda unit: unit.files.of(still_open.number))) == 1


def test_a_content_is_left_over_when_no_file_has_it(store: SqlStore) -> None:
    closed, still_open = store.write(open_ticket), store.write(open_ticket)
    shared, alone, nobodys = ("a" * 64, "b" * 64, "c" * 64)
    for number, sha256 in ((closed, shared), (still_open, shared), (closed, alone)):
        file = File("a.txt", "text/plain", 3, sha256)
        store.write(lambda unit, n=number.number, f=file: unit.files.add(n, "k", [f], NOW))  # type: ignore[misc]
    end = change(closed, e.Closed(at=NOW, reason="silence"))
    store.write(lambda unit: unit.apply([end], NOW))
    every = [shared, alone, nobodys]

    def left_over(limits: Limits | None = None) -> Sequence[str]:
        return store.read(lambda unit: unit.pruning.without_files(every, limits))

    assert left_over() == [nobodys]
    far = limits(NOW + 181 * DAY)
    assert left_over(far) == [alone, nobodys]
    assert prune(store, "files", far) == 2
    assert left_over() == [alone, nobodys]


def test_counting_says_what_pruning_does(store: SqlStore) -> None:
    for n in range(3):
        done(store, f"old {n}")
    done(store, "young")
    sent(store, delivery("sent", "slack.say", target={"channel": "C1"}))
    ticket = store.write(lambda unit: open_ticket(unit, NewTimer("escalate", NOW)))
    end = change(ticket, e.Closed(at=NOW, reason="silence"), cancel=["escalate"])
    store.write(lambda unit: unit.apply([end], NOW))
    file = File("a.txt", "text/plain", 3, "a" * 64)
    store.write(lambda unit: unit.files.add(ticket.number, "k", [file], NOW))
    far = limits(THEN + 200 * DAY)

    told: Mapping[str, int] = store.read(lambda unit: unit.pruning.counts(far))
    assert told == {part: prune(store, part, far) for part in PARTS}
    assert told["inbox"] == 4
    assert {told[part] for part in ("timers", "deliveries", "files")} == {1}
    assert set(store.read(lambda unit: unit.pruning.counts(far)).values()) == {0}


def test_tickets_their_events_and_their_threads_stay(store: SqlStore) -> None:
    ticket = store.write(open_ticket)
    store.write(lambda unit: unit.threads.add("t", ticket.number))
    store.write(lambda unit: unit.places.put(ticket.number, "team", {"channel": "C1"}))
    end = change(ticket, e.Closed(at=NOW, reason="silence"))
    store.write(lambda unit: unit.apply([end], NOW))

    for part in PARTS:
        prune(store, part, limits(THEN + 10_000 * DAY))
    assert [count(store, table) for table in ("tickets", "events", "threads", "places")] == [
        1,
        2,
        1,
        1,
    ]


@pytest.mark.parametrize("part", PARTS)
def test_nothing_to_prune_prunes_nothing(store: SqlStore, part: Part) -> None:
    assert prune(store, part, limits()) == 0


def test_the_document_says_of_every_table_why_it_grows_or_does_not() -> None:
    document = Path(__file__).parents[3] / "docs" / "retention.md"
    named = set(re.findall(r"`(\w+)`", document.read_text(encoding="utf-8")))
    assert metadata.tables.keys() <= named
