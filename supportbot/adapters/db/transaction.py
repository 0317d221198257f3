"""What every part of the store works on: one open transaction, and who should hear of it."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import Delete, Insert, Update

from supportbot.application.ports import Role

Row = Mapping[str, Any]


class Bulk:
    """A statement for many rows, rendered once for each database.

    Its values are the driver's: instants in microseconds. Timers fire by the thousand a second, and
    half of that time would go into converting values that are ready.
    """

    def __init__(self, statement: Callable[[str], Insert | Update]) -> None:
        self._statement = statement
        self._rendered: dict[str, tuple[str, Callable[[Row], Any] | None]] = {}

    def prepared(self, dialect: Dialect, rows: Sequence[Row]) -> tuple[str, list[Any]]:
        """The statement's text, and the rows in the form that the driver wants."""
        if dialect.name not in self._rendered:
            self._rendered[dialect.name] = self._render(dialect)
        text, positions = self._rendered[dialect.name]
        return text, list(map(positions, rows) if positions else rows)

    def _render(self, dialect: Dialect) -> tuple[str, Callable[[Row], Any] | None]:
        compiled = self._statement(dialect.name).compile(dialect=dialect)
        names = compiled.positiontup
        return str(compiled), itemgetter(*names) if names else None


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
        text, values = bulk.prepared(self.connection.dialect, rows)
        if self.dialect == "sqlite":
            return _in_sqlite(self.connection, text, values)
        return self.connection.exec_driver_sql(text, values).rowcount


def _in_sqlite(connection: Connection, text: str, rows: Sequence[Any]) -> int:
    """To the driver: SQLAlchemy's way there takes several times as long as SQLite."""
    driver: Any = connection.connection.driver_connection
    many = len(rows) > 1
    try:
        cursor = driver.executemany(text, rows) if many else driver.execute(text, rows[0])
    except sqlite3.Error as error:
        raise DBAPIError.instance(
            text, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
        ) from error
    # Whoever listens to statements hears of these, too.
    connection.dispatch.after_cursor_execute(connection, cursor, text, rows, None, many)
    return int(cursor.rowcount)


def new_token() -> str:
    """Shown by whoever finishes what they claimed; somebody else's claim has another one."""
    return secrets.token_hex(8)


# Without it the number of rows that an INSERT wrote is thrown away.
COUNTED = {"preserve_rowcount": True}
