"""What the store knows of pages and deeds, within a time and up to a number of rows."""

from __future__ import annotations

from datetime import timedelta

from supportbot.adapters.db.store import SqlStore
from supportbot.domain.fairness.interruption import Deed
from supportbot.domain.ticket import events as e
from tests.adapters.db.samples import MINUTE, NOW, change, heard, open_ticket

AGES = timedelta(days=365)


def page(minute: int) -> e.Reached:
    return e.Reached(
        at=NOW + minute * MINUTE,
        position=0,
        step=0,
        attempt=0,
        urgent=True,
        people=("ines",),
        reasons=("on call",),
    )


def test_pages_and_deeds_of_the_time_are_read_in_its_order_without_drills(
    store: SqlStore,
) -> None:
    ticket = store.write(open_ticket)
    lost = e.PageFailed(at=NOW + 2 * MINUTE, position=0, person="ines", reason="gone")
    taken = e.Acknowledged(at=NOW + 3 * MINUTE, by="ines", line="first")
    drill = store.write(lambda unit: open_ticket(unit, drill=True))
    store.write(lambda unit: unit.apply([change(drill, page(1))], NOW))
    happened = (page(1), heard(NOW + MINUTE), lost, taken, page(9))
    store.write(lambda unit: unit.apply([change(ticket, *happened)], NOW))

    until = NOW + 9 * MINUTE
    pages = store.read(lambda unit: unit.load.pages(NOW, until, 10))
    deeds = store.read(lambda unit: unit.load.deeds(NOW - AGES, until, 10))

    assert pages == [(ticket.number, page(1)), (ticket.number, lost)]
    assert deeds == [Deed("ines", taken.at, ticket.number, "Acknowledged")]
    newest = store.read(lambda unit: unit.load.pages(NOW, NOW + AGES, 1))
    assert newest == [(ticket.number, page(9))]
