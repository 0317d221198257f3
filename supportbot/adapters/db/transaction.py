"""What every part of the store works on: one open transaction, and who should hear of it."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Executable, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import Delete, Insert, Update

from supportbot.adapters.db.at_once import ROWS, at_once
from supportbot.adapters.db.codec import dumps
from supportbot.application.ports import Role

Row = Mapping[str, Any]


class Bulk:
    """A statement for one row or many, or a query, that is rendered once for each database.

    Its values are the driver's, and so are the rows that it gives: instants in microseconds. Timers
    fire by the thousand a second, and half of that time would go into converting what is ready.
    """

    def __init__(
        self,
        statement: Callable[[str], Insert | Update | Select[Any]],
        *,
        many_at_once: bool = False,
    ) -> None:
        """`many_at_once`: on Postgres many rows may be one statement, in which none of them sees
        what another one wrote."""
        self._statement = statement
        self._many_at_once = many_at_once
        self._rendered: dict[str, tuple[str, Callable[[Row], Any] | None]] = {}
        self._whole: str | None = None

    def prepared(self, dialect: Dialect, rows: Sequence[Row]) -> tuple[str, list[Any]]:
        """The statement's text, and the rows in the form that the driver wants."""
        if dialect.name not in self._rendered:
            self._rendered[dialect.name] = self._render(dialect)
        text, positions = self._rendered[dialect.name]
        return text, list(map(positions, rows) if positions else rows)

    def whole(self, dialect: Dialect) -> str | None:
        """The statement's text for many rows at once; None where it is run for each."""
        if not self._many_at_once or dialect.name != "postgresql":
            return None
        if self._whole is None:
            compiled = self._statement(dialect.name).compile(dialect=dialect)
            self._whole = at_once(compiled, dialect)
        return self._whole

    def _render(self, dialect: Dialect) -> tuple[str, Callable[[Row], Any] | None]:
        compiled = self._statement(dialect.name).compile(dialect=dialect)
        return str(compiled), _arranged(compiled.positiontup, _fixed(compiled.params))


def _fixed(values: Row) -> Row:
    """Those that the statement brings along: SQLite's LIMIT has an OFFSET of nought."""
    return {name: value for name, value in values.items() if value is not None}


def _arranged(names: Sequence[str] | None, fixed: Row) -> Callable[[Row], Any] | None:
    """What brings a row into the driver's form; None where it has it already."""
    if not names:
        return (lambda row: {**fixed, **row}) if fixed else None
    values = itemgetter(*names)
    # Of a single name it gives the bare value.
    pick = values if len(names) > 1 else lambda row: (values(row),)
    return (lambda row: pick({**fixed, **row})) if fixed else pick


@dataclass(slots=True)
class Transaction:
    """`touched` collects the roles that have something to do once this is committed. One that
    only `reads` has its own view, and locks nothing."""

    connection: Connection
    reads: bool = False
    touched: set[Role] = field(default_factory=set)

    @property
    def dialect(self) -> str:
        return self.connection.dialect.name

    def execute(self, statement: Executable, values: Row | None = None) -> CursorResult[Any]:
        return self.connection.execute(statement, values)

    def insert(self, statement: Insert, values: Row) -> int:
        """Run it once; the number that the database gave the row."""
        key = self.connection.execute(statement, values).inserted_primary_key
        assert key is not None  # noqa: S101 - so it is for every insert of one row
        return int(key[0])

    def write(self, statement: Insert | Update | Delete, values: Row | None = None) -> int:
        """Run it once; the number of rows that it wrote."""
        return self.connection.execute(statement, values).rowcount

    def write_all(self, statement: Insert | Update | Delete, rows: Sequence[Row]) -> int:
        """Run it once for each of `rows`; the number of rows that it wrote in all."""
        return self.connection.execute(statement, rows).rowcount if rows else 0

    def write_bulk(self, bulk: Bulk, rows: Sequence[Row]) -> int:
        """As `write_all`, without its work for each row: `rows` are as the driver takes them."""
        if not rows:
            return 0
        whole = bulk.whole(self.connection.dialect) if len(rows) > 1 else None
        if whole is not None:
            return self.connection.exec_driver_sql(whole, {ROWS: dumps(rows)}).rowcount
        text, values = bulk.prepared(self.connection.dialect, rows)
        if self.dialect == "sqlite":
            return int(_in_sqlite(self.connection, text, values).rowcount)
        return self.connection.exec_driver_sql(text, values).rowcount

    def ask(self, query: Bulk, values: Row) -> Sequence[Sequence[Any]]:
        """Every row that it gives."""
        text, ready = query.prepared(self.connection.dialect, [values])
        if self.dialect == "sqlite":
            found: list[tuple[Any, ...]] = _in_sqlite(self.connection, text, ready).fetchall()
            return found
        return self.connection.exec_driver_sql(text, ready[0]).all()


def _in_sqlite(connection: Connection, text: str, rows: Sequence[Any]) -> sqlite3.Cursor:
    """To the driver: SQLAlchemy's way there takes several times as long as SQLite."""
    if not connection.in_transaction():
        # A look around sees one moment, whatever others write meanwhile.
        connection.begin()
    driver: Any = connection.connection.driver_connection
    many = len(rows) > 1
    try:
        cursor: sqlite3.Cursor = (
            driver.executemany(text, rows) if many else driver.execute(text, rows[0])
        )
    except sqlite3.Error as error:
        raise DBAPIError.instance(
            text, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
        ) from error
    # Whoever listens to statements hears of these, too.
    connection.dispatch.after_cursor_execute(connection, cursor, text, rows, None, many)
    return cursor


def new_token() -> str:
    """Shown by whoever finishes what they claimed; somebody else's claim has another one."""
    return secrets.token_hex(8)


# Without it the number of rows that an INSERT wrote is thrown away.
COUNTED = {"preserve_rowcount": True}
