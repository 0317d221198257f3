"""Events asked for and temporary changes, found without reading the tickets, on both databases."""

from __future__ import annotations

from datetime import timedelta

from supportbot.adapters.db.store import SqlStore
from supportbot.application.ports import UnitOfWork
from supportbot.domain.planned.event_window import EventPlan, Window
from supportbot.domain.ticket import events as e
from tests.adapters.db.samples import NOW, change, open_ticket

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def plan(name: str, *hours: int, community: str = "northfield") -> EventPlan:
    """An event with a window of an hour at each of these hours from now."""
    windows = tuple(Window(NOW + HOUR * hour, NOW + HOUR * (hour + 1)) for hour in hours)
    return EventPlan(name=name, community=community, hub="prod", windows=windows)


def asked(what: EventPlan) -> e.EventAsked:
    return e.EventAsked(at=NOW, by="ines", plan=what, asked_at=NOW - DAY, late=True)


def ticket(store: SqlStore, *events: e.Event) -> int:
    def job(desk: UnitOfWork) -> int:
        now = open_ticket(desk, at=NOW)
        for event in events:
            following = change(now, event)
            desk.apply([following], event.at)
            now = following.ticket
        return now.number

    return store.write(job)


def test_an_accepted_event_is_on_in_its_windows_and_for_its_community(store: SqlStore) -> None:
    accepted, declined = e.EventAccepted(at=NOW), e.EventDeclined(at=NOW)
    ticket(store, asked(plan("exam", 0, 5)), accepted)
    ticket(store, asked(plan("class", 0)))
    ticket(store, asked(plan("party", 0)), accepted, declined)
    ticket(store, asked(plan("elsewhere", 0, community="lakeside")), accepted)

    def on(hours: float, community: str = "northfield") -> list[str]:
        at = NOW + timedelta(hours=hours)
        found = store.read(lambda unit: unit.planned.events_on(community, at))
        return [event.name for event in found]

    assert (on(0), on(0.5), on(1), on(5), on(6)) == (["exam"], ["exam"], [], ["exam"], [])
    assert on(0, "lakeside") == ["elsewhere"]
    coming = store.read(lambda unit: unit.planned.events_to_come(NOW + 2 * HOUR))
    assert [event.name for event in coming] == ["exam"]


def test_what_was_asked_for_is_listed_in_its_order_as_it_now_stands(store: SqlStore) -> None:
    later = ticket(store, asked(plan("later", 50)))
    sooner = ticket(store, asked(plan("sooner", 60)), asked(plan("sooner", 20)))
    ticket(store, asked(plan("over", -50)))
    found = store.read(lambda unit: unit.planned.requests(NOW))
    assert [(one.ticket, one.request.plan.start) for one in found] == [
        (sooner, NOW + 20 * HOUR),
        (later, NOW + 50 * HOUR),
    ]
    assert {one.request.state for one in found} == {"asked"}


def test_changes_are_listed_by_when_they_are_to_be_undone(store: SqlStore) -> None:
    def made(text: str, hours: int) -> e.ChangeMade:
        return e.ChangeMade(at=NOW, by="ines", text=text, revert_by=NOW + HOUR * hours)

    ticket(store, made("nodes", 9), made("quota", 3))
    ticket(store, made("disk", 6), e.ChangeReverted(at=NOW + HOUR, by="ines", number=1))

    def listed(*, standing: bool) -> list[tuple[str, int, bool]]:
        found = store.read(lambda unit: unit.planned.changes(standing=standing))
        return [(one.change.text, one.change.number, one.change.stands) for one in found]

    assert listed(standing=True) == [("quota", 2, True), ("nodes", 1, True)]
    assert listed(standing=False) == [
        ("quota", 2, True),
        ("disk", 1, False),
        ("nodes", 1, True),
    ]
