"""The figures of the desk: what waits, for how long, and how it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from supportbot.adapters.db.figures import read_figures, read_totals
from supportbot.adapters.db.store import SqlStore
from supportbot.adapters.db.unit_of_work import SqlUnitOfWork
from supportbot.application.figures import (
    ACKNOWLEDGED_WITHIN,
    Acknowledged,
    ChangesStanding,
    DeliveryClass,
    EventsAsked,
    Figures,
    FiredLately,
    Totals,
)
from supportbot.application.ports import Envelope, Quarantined, UnitOfWork
from supportbot.application.timers import ALIVE
from supportbot.domain.notices.delivery import PAGE, NewDelivery, Receipt, SendTask
from supportbot.domain.planned.event_window import EventPlan, Window
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import NewTimer, TimerKind
from tests.adapters.db.samples import (
    LEASE,
    MINUTE,
    NOW,
    SECOND,
    TERMS,
    change,
    delivery,
    envelope,
    open_ticket,
)

P1, P3 = replace(TERMS, key="P1"), replace(TERMS, key="P3")
HOUR = timedelta(hours=1)
PAGES = DeliveryClass("slack", page=True)
REPLIES = DeliveryClass("mail", page=False)


def figures(store: SqlStore, now: datetime = NOW) -> Figures:
    return store.read(lambda unit: read_figures(cast(SqlUnitOfWork, unit).transaction, now))


def totals(store: SqlStore, now: datetime = NOW) -> Totals:
    return store.read(lambda unit: read_totals(cast(SqlUnitOfWork, unit).transaction, now))


def ticket(store: SqlStore, *events: e.Event, opened: datetime = NOW, **changed: object) -> Ticket:
    """A ticket to which these events happened."""

    def job(desk: UnitOfWork) -> Ticket:
        now = open_ticket(desk, at=opened, **changed)
        for event in events:
            following = change(now, event)
            desk.apply([following], event.at)
            now = following.ticket
        return now

    return store.write(job)


def acknowledged(after: timedelta) -> e.Acknowledged:
    return e.Acknowledged(at=NOW + after, by="ines", line="first")


def send(store: SqlStore, *new: NewDelivery, at: datetime = NOW) -> Sequence[SendTask]:
    """Add these and claim whatever is due."""
    store.write(lambda unit: unit.deliveries.add(new, at))
    return store.write(lambda unit: unit.deliveries.claim(at, 50, LEASE))


def sent(store: SqlStore, task: SendTask, at: datetime) -> None:
    assert store.write(lambda unit: unit.deliveries.sent(task, Receipt(), at))


def arrive(store: SqlStore, *envelopes: Envelope) -> None:
    for each in envelopes:
        store.write(partial(_keep, each))


def _keep(arrived: Envelope, desk: UnitOfWork) -> None:
    assert desk.inbox.add(arrived)


def fire(store: SqlStore, outcome: str, at: datetime) -> None:
    """Whatever is due ends like this."""

    def job(desk: UnitOfWork) -> None:
        due = desk.timers.claim_due(at, 50)
        desk.timers.finish([(timer, outcome) for timer in due], at)

    store.write(job)


def set_timers(store: SqlStore, **due: datetime) -> None:
    timers = [NewTimer(cast(TimerKind, kind), at) for kind, at in due.items()]
    store.write(lambda unit: open_ticket(unit, *timers))


def test_an_empty_desk_has_nothing(store: SqlStore) -> None:
    assert figures(store) == Figures(at=NOW)
    assert totals(store) == Totals(at=NOW)


def asked(ahead: timedelta, tracked_after: timedelta, *, late: bool) -> e.EventAsked:
    plan = EventPlan(
        name="exam", community="n", hub="prod", windows=(Window(NOW + ahead, NOW + ahead + HOUR),)
    )
    return e.EventAsked(at=NOW + tracked_after, by="ines", plan=plan, asked_at=NOW, late=late)


def test_events_are_counted_by_what_was_decided_with_their_two_figures(store: SqlStore) -> None:
    accepted = e.EventAccepted(at=NOW + 3 * HOUR)
    ticket(store, asked(30 * HOUR, HOUR, late=True), accepted)
    ticket(store, asked(50 * HOUR, 3 * HOUR, late=False), accepted)
    ticket(store, asked(10 * HOUR, HOUR, late=True), asked(20 * HOUR, 2 * HOUR, late=True))
    assert totals(store).events == {
        "accepted": EventsAsked(2, 1, 40 * HOUR, 2 * HOUR),
        "asked": EventsAsked(1, 1, 20 * HOUR, HOUR),
    }


def test_temporary_changes_are_counted_until_they_are_undone(store: SqlStore) -> None:
    made = e.ChangeMade(at=NOW, by="ines", text="more room", revert_by=NOW + HOUR)
    ticket(store, made, made, e.ChangeReverted(at=NOW, by="ines", number=1))
    ticket(store, replace(made, revert_by=NOW + 3 * HOUR))
    assert totals(store).changes == ChangesStanding(count=2, overdue=0)
    assert totals(store, NOW + 2 * HOUR).changes == ChangesStanding(count=2, overdue=1)


def test_tickets_are_counted_by_state_and_severity_the_closed_apart(store: SqlStore) -> None:
    resolved, closed = e.Resolved(at=NOW, text=""), e.Closed(at=NOW, reason="silence")
    ticket(store, terms=P1)
    ticket(store, terms=P1)
    ticket(store, acknowledged(MINUTE), terms=P1)
    ticket(store, resolved, terms=P3)
    ticket(store, resolved, closed, terms=P3)
    ticket(store, closed, terms=P1)

    assert figures(store).tickets == {
        ("new", "P1"): 2,
        ("acknowledged", "P1"): 1,
        ("resolved", "P3"): 1,
    }
    assert totals(store).closed == {"P1": 1, "P3": 1}


def test_the_inbox_counts_what_is_not_read_and_the_age_of_the_first(store: SqlStore) -> None:
    arrive(store, *(envelope(f"k{n}", at=NOW - n * MINUTE) for n in (9, 1, 5)))
    [first, *_] = store.write(lambda unit: unit.inbox.claim(NOW, 50, LEASE))

    inbox = figures(store).inbox
    assert (inbox.waiting, inbox.oldest) == (3, 9 * MINUTE)
    store.write(lambda unit: unit.inbox.finish(first, "opened", None, NOW))
    inbox = figures(store).inbox
    assert (inbox.waiting, inbox.oldest) == (2, MINUTE)


def test_parked_and_quarantined_are_counted_apart(store: SqlStore) -> None:
    arrive(store, envelope("a"), envelope("b"), envelope("c"))
    rows = store.write(lambda unit: unit.inbox.claim(NOW, 50, LEASE))
    store.write(lambda unit: unit.inbox.put_back(rows[0], "KeyError", None))
    verdict = Quarantined("auto", "robot@example.org", "Out of office")
    store.write(lambda unit: unit.inbox.quarantine(rows[1], verdict, NOW))

    inbox = figures(store).inbox
    assert (inbox.waiting, inbox.parked, inbox.quarantined) == (1, 1, 1)


def test_timers_are_pending_overdue_or_parked(store: SqlStore) -> None:
    set_timers(store, escalate=NOW - MINUTE, close=NOW + MINUTE, next_update=NOW - SECOND)
    set_timers(store, escalate=NOW - HOUR)
    [first, *_] = store.write(lambda unit: unit.timers.claim_due(NOW, 1))
    store.write(lambda unit: unit.timers.failed(first, "KeyError", None))
    store.write(lambda unit: unit.marks.put(ALIVE, NOW - SECOND))

    timers = figures(store).timers
    assert (timers.pending, timers.overdue, timers.parked) == (3, 2, 1)
    assert timers.overdue_by == MINUTE
    assert timers.alive_at == NOW - SECOND


def test_deliveries_wait_are_tried_again_or_are_dead(store: SqlStore) -> None:
    tasks = send(
        store,
        delivery("p1", "slack.page", target={"user": "U1"}, priority=PAGE),
        delivery("p2", "slack.page", target={"user": "U2"}, priority=PAGE),
        delivery("n1", "slack.note", target={"channel": "C1"}),
        delivery("m1", "mail.reply"),
        delivery("m2", "mail.reply"),
    )
    by_key = {task.key: task for task in tasks}
    store.write(
        lambda unit: unit.deliveries.retry(by_key["p1"], NOW + MINUTE, "timeout", crashed=False)
    )
    store.write(lambda unit: unit.deliveries.dead(by_key["m1"], "no such address", NOW))

    found = figures(store).deliveries
    assert found[PAGES].count == {"waiting": 1, "retrying": 1}
    assert found[DeliveryClass("slack", page=False)].count == {"waiting": 1}
    assert found[REPLIES].count == {"waiting": 1, "dead": 1}


def test_a_delivery_ages_from_when_it_was_due_over_all_its_tries(store: SqlStore) -> None:
    [task] = send(store, delivery("m1", "mail.reply"))
    assert figures(store, NOW + MINUTE).deliveries[REPLIES].oldest == MINUTE
    again = NOW + HOUR
    store.write(lambda unit: unit.deliveries.retry(task, again, "timeout", crashed=False))
    assert figures(store, NOW + 2 * MINUTE).deliveries[REPLIES].oldest == 2 * MINUTE


def test_a_delivery_ages_while_its_lane_is_closed(store: SqlStore) -> None:
    store.write(lambda unit: unit.deliveries.close_lane("mail/relay", NOW + HOUR))
    assert send(store, delivery("m1", "mail.reply")) == []

    assert figures(store, NOW + 5 * MINUTE).deliveries[REPLIES].oldest == 5 * MINUTE


def test_a_delivery_that_is_sent_again_by_hand_ages_from_then_on(store: SqlStore) -> None:
    [task] = send(store, delivery("m1", "mail.reply"))
    store.write(lambda unit: unit.deliveries.dead(task, "no such address", NOW))
    store.write(lambda unit: unit.deliveries.revive(task.id, NOW + HOUR))

    assert figures(store, NOW + HOUR + MINUTE).deliveries[REPLIES].oldest == MINUTE


def test_a_delivery_that_is_for_later_has_no_age(store: SqlStore) -> None:
    later = replace(delivery("m1", "mail.reply"), due=NOW + HOUR)
    store.write(lambda unit: unit.deliveries.add([later], NOW))

    found = figures(store, NOW + MINUTE).deliveries[REPLIES]
    assert (found.count, found.oldest) == ({"waiting": 1}, timedelta(0))


def test_a_delivery_whose_place_is_not_there_is_held_and_has_no_age(store: SqlStore) -> None:
    """Its root message may be dead, and then it waits for ever: an alert could never end."""
    team = delivery("n1", "slack.note", ticket=1, target={"place": "team", "channel": "C1"})
    store.write(lambda unit: open_ticket(unit, team))
    notes = DeliveryClass("slack", page=False)

    found = figures(store, NOW + HOUR).deliveries[notes]
    assert (found.count, found.oldest) == ({"held": 1}, timedelta(0))
    store.write(lambda unit: unit.places.put(1, "team", {"channel": "C1", "ts": "1.2"}))
    found = figures(store, NOW + HOUR).deliveries[notes]
    assert (found.count, found.oldest) == ({"waiting": 1}, HOUR)


def test_what_was_sent_in_the_last_hour_is_counted(store: SqlStore) -> None:
    pages = [
        delivery(f"p{n}", "slack.page", target={"user": f"U{n}"}, priority=PAGE) for n in range(3)
    ]
    tasks = send(store, *pages, delivery("m1", "mail.reply"))
    for task, minutes in zip(tasks, (0, 1, 60, 61), strict=True):
        sent(store, task, NOW + minutes * MINUTE)

    assert figures(store).deliveries == {}
    assert totals(store, NOW + HOUR + MINUTE).sent == {PAGES: 2, REPLIES: 1}


def test_first_acknowledgements_are_counted_by_how_long_they_took(store: SqlStore) -> None:
    took = [SECOND, 30 * SECOND, 31 * SECOND, 5 * MINUTE, 24 * HOUR, 24 * HOUR + SECOND]
    for after in took:
        ticket(store, acknowledged(after), terms=P1)
    ticket(store, acknowledged(2 * MINUTE), terms=P3)
    ticket(store, terms=P1)

    found = totals(store).acknowledged
    within = dict(zip([*ACKNOWLEDGED_WITHIN, None], found["P1"].within, strict=True))
    assert {limit: count for limit, count in within.items() if count} == {
        30 * SECOND: 2,
        MINUTE: 1,
        5 * MINUTE: 1,
        24 * HOUR: 1,
        None: 1,
    }
    assert found["P1"].total == sum(took, timedelta(0))
    assert (sum(found["P3"].within), found["P3"].total) == (1, 2 * MINUTE)


def test_a_later_change_of_severity_takes_nothing_back(store: SqlStore) -> None:
    """Prometheus takes a count that goes back for a restart, and counts all of it again."""
    raised = e.SeverityChanged(at=NOW + HOUR, terms=P1, reason="worse", raised=True)
    ticket(store, acknowledged(MINUTE), raised, acknowledged(2 * HOUR), terms=P3)

    assert list(totals(store).acknowledged) == ["P3"]


def test_a_ticket_counts_once_however_often_it_is_acknowledged(store: SqlStore) -> None:
    reopened = e.Reopened(at=NOW + HOUR, reason="again")
    resolved = e.Resolved(at=NOW + 30 * MINUTE, text="")
    ticket(store, acknowledged(MINUTE), resolved, reopened, acknowledged(2 * HOUR), terms=P1)

    assert totals(store).acknowledged == {
        "P1": Acknowledged((0, 1, *[0] * (len(ACKNOWLEDGED_WITHIN) - 1)), MINUTE)
    }


def test_timers_that_fired_lately_show_how_late(store: SqlStore) -> None:
    now = NOW + 2 * HOUR
    set_timers(store, escalate=NOW)
    fire(store, "fired", NOW + MINUTE)
    set_timers(store, escalate=now - 10 * MINUTE, close=now - 10 * MINUTE)
    fire(store, "fired", now - 9 * MINUTE)
    set_timers(store, escalate=now - 5 * MINUTE)
    fire(store, "fired", now - 2 * MINUTE)
    set_timers(store, escalate=now - 50 * MINUTE)
    fire(store, "dropped: too late", now)

    fired = totals(store, now).fired
    assert fired == FiredLately(count=3, mean=100 * SECOND, worst=3 * MINUTE)
