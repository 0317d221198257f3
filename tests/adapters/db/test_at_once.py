"""Many rows in one statement are the rows that were written one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, select

from supportbot.adapters.db.at_once import at_once
from supportbot.adapters.db.store import SqlStore
from supportbot.domain.ticket.timer import NewTimer
from tests.adapters.db.samples import NOW, change, delivery, heard, open_ticket

ODD = ("100 %s %(key)s %%", "\N{SNOWMAN} \\ \\u0000 'quoted' \"twice\"", "given.key; a\nline\t", "")


def test_texts_of_every_kind_arrive_whole_and_in_their_order(store: SqlStore) -> None:
    tickets = [store.write(open_ticket) for _ in ODD]
    changes = [
        change(ticket, heard(text=text), NewTimer("close", NOW), delivery(f"{number} {text}"))
        for number, (ticket, text) in enumerate(zip(tickets, ODD, strict=True))
    ]
    store.write(lambda unit: unit.apply(changes, NOW))

    for ticket, changed in zip(tickets, changes, strict=True):
        events = store.read(lambda unit, n=ticket.number: unit.tickets.events(n))  # type: ignore[misc]
        assert tuple(events[1:]) == changed.events
        assert store.read(lambda unit, n=ticket.number: unit.tickets.get(n)) == changed.ticket  # type: ignore[misc]
    keys = [row.key for row in store.read(lambda unit: unit.deliveries.listing(None))]
    assert keys[::-1] == [f"{number} {text}" for number, text in enumerate(ODD)]


def test_of_those_written_at_once_that_fold_the_first_stays(store: SqlStore) -> None:
    ticket = store.write(open_ticket)
    both = [delivery(name, ticket=ticket.number, fold=True) for name in ("first", "second")]
    store.write(lambda unit: unit.deliveries.add([*both, delivery("other")], NOW))
    rows = store.read(lambda unit: unit.deliveries.listing(None))
    assert [row.key for row in rows] == ["other", "first"]


def test_a_statement_that_takes_no_rows_is_refused() -> None:
    engine = create_engine("postgresql+psycopg://nowhere/none")
    with pytest.raises(ValueError, match="takes no table of rows"):
        at_once(select(1).compile(dialect=engine.dialect), engine.dialect)
