"""Tickets, their events, and the changes that write them."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce

import pytest

from supportbot.adapters.db.store import SqlStore
from supportbot.application.ports import Conflict, UnitOfWork
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.evolving import evolve
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import NewTimer
from supportbot.domain.triage.background import Earlier
from tests.adapters.db.samples import (
    MINUTE,
    NOW,
    TERMS,
    change,
    delivery,
    heard,
    open_ticket,
    opening,
)


def test_a_ticket_is_read_as_it_was_written(store: SqlStore) -> None:
    written = store.write(open_ticket)

    assert store.read(lambda unit: unit.tickets.get(written.number)) == written


def test_a_ticket_equals_the_fold_of_its_events(store: SqlStore) -> None:
    ticket = store.write(open_ticket)
    later = NOW + MINUTE
    changed = change(
        ticket,
        heard(),
        e.Acknowledged(at=later, by="ines", line="first"),
        e.SeverityChanged(at=later, by="ines", terms=TERMS, reason="an exam", raised=True),
        e.Resolved(at=later, by="ines", text="restarted"),
    )
    store.write(lambda unit: unit.apply([changed], later))

    def fold(events: list[e.Event]) -> Ticket | None:
        return reduce(lambda so_far, event: evolve(so_far, event), events, None)

    events = store.read(lambda unit: unit.tickets.events(ticket.number))
    stored = store.read(lambda unit: unit.tickets.get(ticket.number))
    assert stored == fold(list(events)) == changed.ticket
    assert stored is not None
    assert stored.version == len(events)


def test_a_change_of_a_version_that_moved_on_is_a_conflict_and_leaves_no_trace(
    store: SqlStore,
) -> None:
    ticket = store.write(open_ticket)
    store.write(lambda unit: unit.apply([change(ticket, heard(text="first"))], NOW))
    late = change(ticket, heard(text="late"), NewTimer("close", NOW), delivery("late"))

    with pytest.raises(Conflict):
        store.write(lambda unit: unit.apply([late], NOW))

    texts = [
        event.text
        for event in store.read(lambda unit: unit.tickets.events(ticket.number))
        if isinstance(event, e.Heard)
    ]
    assert texts == ["first"]
    assert store.read(lambda unit: unit.timers.next_due()) is None
    assert store.read(lambda unit: unit.deliveries.listing(None)) == []


def test_one_conflict_among_many_changes_undoes_them_all(store: SqlStore) -> None:
    tickets = [store.write(open_ticket) for _ in range(3)]
    store.write(lambda unit: unit.apply([change(tickets[1], heard())], NOW))

    with pytest.raises(Conflict):
        store.write(lambda unit: unit.apply([change(ticket, heard()) for ticket in tickets], NOW))

    found = store.read(lambda unit: unit.tickets.get_many([ticket.number for ticket in tickets]))
    assert [found[ticket.number].version for ticket in tickets] == [1, 2, 1]


def test_a_number_that_is_taken_is_a_conflict(store: SqlStore) -> None:
    ticket = store.write(open_ticket)

    with pytest.raises(Conflict):
        store.write(lambda unit: unit.apply([opening(ticket.number)], NOW))


def test_two_changes_of_one_ticket_in_one_batch_follow_each_other(store: SqlStore) -> None:
    ticket = store.write(lambda unit: open_ticket(unit, NewTimer("escalate", NOW)))
    first = change(ticket, heard(), NewTimer("escalate", NOW + MINUTE))
    second = change(first.ticket, heard(), NewTimer("escalate", NOW + 2 * MINUTE))

    store.write(lambda unit: unit.apply([first, second], NOW))

    assert store.read(lambda unit: unit.tickets.get(ticket.number)) == second.ticket
    assert store.read(lambda unit: unit.timers.next_due()) == NOW + 2 * MINUTE


def test_numbers_count_up_from_one_without_a_gap(store: SqlStore) -> None:
    def number_and_crash() -> None:
        store.write(lambda unit: unit.tickets.next_number() // 0)

    first = store.write(lambda unit: unit.tickets.next_number())
    with pytest.raises(ZeroDivisionError):
        number_and_crash()
    assert (first, store.write(lambda unit: unit.tickets.next_number())) == (1, 2)


def test_an_unknown_number_is_no_ticket(store: SqlStore) -> None:
    assert store.read(lambda unit: unit.tickets.get(7)) is None
    assert store.read(lambda unit: unit.tickets.get_many([7])) == {}


def test_the_listing_has_the_asked_states_newest_first(store: SqlStore) -> None:
    tickets = [store.write(open_ticket) for _ in range(3)]
    closed = change(tickets[1], e.Closed(at=NOW, reason="silence"))
    store.write(lambda unit: unit.apply([closed], NOW))

    listed = store.read(lambda unit: unit.tickets.listing(frozenset({"new"})))
    assert [ticket.number for ticket in listed] == [3, 1]
    assert store.read(lambda unit: unit.tickets.listing(frozenset({"closed"}))) == [closed.ticket]
    assert len(store.read(lambda unit: unit.tickets.listing(frozenset({"new"}), limit=1))) == 1


def test_similar_is_the_oldest_open_unattached_ticket_of_hub_and_symptom(store: SqlStore) -> None:
    since = NOW - timedelta(minutes=30)

    def similar(hub: str = "northfield/prod") -> int | None:
        found = store.read(lambda unit: unit.tickets.similar(hub, "start", since))
        return found[0].number if found else None

    store.write(lambda unit: open_ticket(unit, at=since - MINUTE))
    assert similar() is None
    store.write(lambda unit: open_ticket(unit, at=since, attached_to=1))
    assert similar() is None
    waits = e.Approval(("mara",), NOW, NOW)
    store.write(lambda unit: open_ticket(unit, at=since, approval=waits))
    assert similar() is None
    oldest = store.write(lambda unit: open_ticket(unit, at=since))
    store.write(open_ticket)
    assert similar() == oldest.number
    assert similar(hub="northfield/staging") is None
    resolved = change(oldest, e.Resolved(at=NOW, text=""))
    store.write(lambda unit: unit.apply([resolved], NOW))
    assert similar() == 5


def test_attached_tickets_are_found_from_the_one_that_pages(store: SqlStore) -> None:
    store.write(open_ticket)
    attached = store.write(lambda unit: open_ticket(unit, attached_to=1))

    assert store.read(lambda unit: unit.tickets.attached_to(1)) == [attached]
    assert store.read(lambda unit: unit.tickets.attached_to(2)) == []


def test_beside_a_message_are_what_its_hub_had_since_then_and_the_open_incidents_of_its_cluster(
    store: SqlStore,
) -> None:
    def fill(unit: UnitOfWork) -> None:
        for number, days, hub, incident in (
            (1, 40, "northfield/prod", True),
            (2, 39, "northfield/prod", True),
            (3, 3, "northfield/lab", False),
            (4, 2, "else/where", True),
            (5, 1, "northfield/prod", False),
            (6, 30, "northfield/lab", True),
        ):
            opened = NOW - timedelta(days=days)
            unit.apply([opening(number, at=opened, hub=hub, incident=incident)], NOW)

    store.write(fill)
    first = store.read(lambda unit: unit.tickets.get(1))
    assert first is not None
    solved = change(first, e.Resolved(at=NOW, by="ines", text=""))
    store.write(lambda unit: unit.apply([solved], NOW))
    hubs = ["northfield/prod", "northfield/lab"]

    def beside(days: int) -> list[tuple[int, bool]]:
        since = NOW - timedelta(days=days)
        found = store.read(lambda unit: unit.tickets.beside("northfield/prod", hubs, since))
        return [(ticket.number, ticket.open_incident) for ticket in found]

    assert beside(0) == [(2, True), (6, True)]
    assert beside(7) == [(2, True), (5, False), (6, True)]
    assert beside(50) == [(1, False), (2, True), (5, False), (6, True)]
    since = NOW - timedelta(days=50)
    (oldest, *_) = store.read(lambda unit: unit.tickets.beside("northfield/prod", hubs, since))
    assert oldest == Earlier(1, "northfield/prod", "start", NOW - timedelta(days=40), False)


def test_an_incident_that_is_long_open_is_seen_behind_any_number_of_newer_tickets(
    store: SqlStore,
) -> None:
    def fill(unit: UnitOfWork) -> None:
        unit.apply([opening(1, at=NOW, hub="northfield/lab", incident=True)], NOW)
        prod = "northfield/prod"
        newer = [opening(n, at=NOW, hub=prod, incident=n < 5) for n in range(2, 203)]
        unit.apply(newer, NOW)

    store.write(fill)
    hubs = ["northfield/prod", "northfield/lab"]
    found = store.read(lambda unit: unit.tickets.beside("northfield/prod", hubs, NOW))
    assert [ticket.number for ticket in found if ticket.open_incident] == [1, 2, 3, 4]
    assert len(found) == 202
    found = store.read(lambda unit: unit.tickets.beside("northfield/new", hubs, NOW))
    assert [ticket.number for ticket in found] == [1, 2]


def test_changes_of_severity_come_ticket_by_ticket_in_the_order_of_time(store: SqlStore) -> None:
    def raised(minutes: int, reason: str) -> e.SeverityChanged:
        at = NOW + minutes * MINUTE
        return e.SeverityChanged(at=at, by="ines", terms=TERMS, reason=reason, raised=True)

    first, second = store.write(open_ticket), store.write(open_ticket)
    once = change(first, raised(0, "too old"), raised(3, "a class waits"))
    other = change(second, heard(), raised(2, "an exam"))
    again = change(once.ticket, raised(4, "still"))
    for changed in (once, other, again):
        store.write(lambda unit, changed=changed: unit.apply([changed], NOW))  # type: ignore[misc]

    def found(limit: int) -> list[tuple[int, str]]:
        since = NOW + MINUTE
        changes = store.read(lambda unit: unit.tickets.severity_changes(since, limit))
        return [(ticket, event.reason) for ticket, event in changes]

    assert found(10) == [
        (first.number, "a class waits"),
        (first.number, "still"),
        (second.number, "an exam"),
    ]
    assert found(1) == [(first.number, "still")]


def test_how_many_tickets_look_like_a_known_problem_is_counted_from_a_time_on(
    store: SqlStore,
) -> None:
    def fill(unit: UnitOfWork) -> None:
        for number, problem in enumerate(("arrays", "arrays", None, "cookie"), start=1):
            opened = NOW + number * MINUTE
            unit.apply([opening(number, at=opened, known_problem=problem)], NOW)

    store.write(fill)
    late = NOW + 2 * MINUTE
    assert store.read(lambda unit: unit.tickets.problems(NOW)) == {"arrays": 2, "cookie": 1}
    assert store.read(lambda unit: unit.tickets.problems(late)) == {"arrays": 1, "cookie": 1}
