"""Timers: due ones in order, one of a kind for a ticket, finished or set aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from supportbot.adapters.db.store import SqlStore
from supportbot.application.ports import TimerOutcome
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import NewTimer, Timer
from tests.adapters.db.samples import MINUTE, NOW, change, heard, open_ticket


def open_with(store: SqlStore, *timers: NewTimer) -> Ticket:
    return store.write(lambda unit: open_ticket(unit, *timers))


def due(store: SqlStore, at: datetime = NOW, limit: int = 10) -> Sequence[Timer]:
    return store.write(lambda unit: unit.timers.claim_due(at, limit))


def fail(store: SqlStore, timer: Timer, again: datetime | None) -> None:
    store.write(lambda unit: unit.timers.failed(timer, "KeyError", again))


def test_due_timers_come_the_most_overdue_first(store: SqlStore) -> None:
    open_with(
        store,
        NewTimer("next_update", NOW, round=2, position=3),
        NewTimer("escalate", NOW - MINUTE),
        NewTimer("close", NOW + MINUTE),
    )

    found = due(store)
    assert [timer.kind for timer in found] == ["escalate", "next_update"]
    assert (found[1].due, found[1].round, found[1].position) == (NOW, 2, 3)
    assert [timer.kind for timer in due(store, limit=1)] == ["escalate"]


def test_a_finished_timer_is_not_due_again(store: SqlStore) -> None:
    open_with(store, NewTimer("escalate", NOW))
    timers = due(store)
    store.write(lambda unit: unit.timers.finish([(timer, "fired") for timer in timers], NOW))

    assert due(store) == []
    assert store.read(lambda unit: unit.timers.next_due()) is None


def test_a_new_timer_replaces_the_pending_one_of_its_kind(store: SqlStore) -> None:
    ticket = open_with(store, NewTimer("escalate", NOW), NewTimer("close", NOW))
    later = change(ticket, heard(), NewTimer("escalate", NOW + MINUTE))
    store.write(lambda unit: unit.apply([later], NOW))

    assert [timer.kind for timer in due(store)] == ["close"]
    assert [timer.due for timer in due(store, NOW + MINUTE)] == [NOW, NOW + MINUTE]


def test_a_fired_timer_may_write_the_next_of_its_kind_before_it_is_finished(
    store: SqlStore,
) -> None:
    ticket = open_with(store, NewTimer("escalate", NOW))
    [fired] = due(store)
    following = change(ticket, heard(), NewTimer("escalate", NOW + MINUTE))
    store.write(lambda unit: unit.apply([following], NOW))
    store.write(lambda unit: unit.timers.finish([(fired, "fired")], NOW))

    outcomes = store.read(lambda unit: unit.timers.finished_between(NOW, NOW))
    assert [timer.due for timer in due(store, NOW + MINUTE)] == [NOW + MINUTE]
    assert outcomes == []


def test_cancelled_kinds_are_no_longer_due(store: SqlStore) -> None:
    ticket = open_with(store, NewTimer("escalate", NOW), NewTimer("close", NOW))
    acknowledged = change(ticket, heard(), cancel=["escalate", "remind_acknowledged"])
    store.write(lambda unit: unit.apply([acknowledged], NOW))

    assert [timer.kind for timer in due(store)] == ["close"]


def test_a_timer_that_failed_is_due_later_and_counts_its_failures(store: SqlStore) -> None:
    open_with(store, NewTimer("escalate", NOW))
    [timer] = due(store)
    fail(store, timer, NOW + MINUTE)

    assert due(store) == []
    assert [timer.failures for timer in due(store, NOW + MINUTE)] == [1]


def test_a_parked_timer_is_shown_and_waits_for_a_person(store: SqlStore) -> None:
    ticket = open_with(store, NewTimer("escalate", NOW))
    for _ in range(2):
        [timer] = due(store)
        fail(store, timer, NOW)
    [timer] = due(store)
    fail(store, timer, None)

    assert due(store) == []
    [parked] = store.read(lambda unit: unit.parked())
    assert (parked.what, parked.id, parked.ticket) == ("timer", timer.id, ticket.number)
    assert (parked.since, parked.error) == (NOW, "KeyError")
    assert store.write(lambda unit: unit.unpark("timer", timer.id, NOW + MINUTE))
    assert [timer.failures for timer in due(store, NOW + MINUTE)] == [0]


def test_a_parked_timer_that_was_replaced_stays_parked(store: SqlStore) -> None:
    ticket = open_with(store, NewTimer("escalate", NOW))
    [timer] = due(store)
    fail(store, timer, None)
    following = change(ticket, heard(), NewTimer("escalate", NOW + MINUTE))
    store.write(lambda unit: unit.apply([following], NOW))

    assert not store.write(lambda unit: unit.unpark("timer", timer.id, NOW))
    assert len(due(store, NOW + MINUTE)) == 1


def test_next_due_and_overdue_look_at_pending_timers_only(store: SqlStore) -> None:
    open_with(store, NewTimer("escalate", NOW), NewTimer("close", NOW + MINUTE))
    open_with(store, NewTimer("escalate", NOW + 2 * MINUTE))

    assert store.read(lambda unit: unit.timers.next_due()) == NOW
    assert store.read(lambda unit: unit.timers.overdue(NOW + MINUTE)) == 2


def test_what_a_ticket_waits_for_comes_the_next_first(store: SqlStore) -> None:
    waiting = [NewTimer("close", NOW + MINUTE), NewTimer("escalate", NOW)]
    ticket = open_with(store, *waiting, NewTimer("next_update", NOW))
    open_with(store, NewTimer("escalate", NOW))
    answered = change(ticket, heard(), cancel=["next_update"])
    store.write(lambda unit: unit.apply([answered], NOW))

    pending = store.read(lambda unit: unit.timers.pending(ticket.number))
    assert [(timer.kind, timer.due) for timer in pending] == [
        ("escalate", NOW),
        ("close", NOW + MINUTE),
    ]


def test_the_account_has_what_was_due_while_the_bot_was_down(store: SqlStore) -> None:
    up_again = NOW + 10 * MINUTE
    for minutes in (-1, 0, 9, 10):
        open_with(store, NewTimer("escalate", NOW + minutes * MINUTE))
    on_time, *late = due(store, up_again)

    store.write(lambda unit: unit.timers.finish([(on_time, "fired")], NOW))
    store.write(lambda unit: unit.timers.finish([(late[0], "fired late")], up_again))
    store.write(lambda unit: unit.timers.finish([(late[1], "dropped")], up_again + MINUTE))
    store.write(lambda unit: unit.timers.finish([(late[2], "fired")], up_again))

    assert store.read(lambda unit: unit.timers.finished_between(NOW, up_again)) == [
        TimerOutcome(2, "escalate", NOW, up_again, "fired late"),
        TimerOutcome(3, "escalate", NOW + 9 * MINUTE, up_again + MINUTE, "dropped"),
    ]
