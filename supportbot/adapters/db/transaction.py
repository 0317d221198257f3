"""What every part of the store works on: one open transaction, and who should hear of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.sql.dml import Delete, Insert, Update

from supportbot.application.ports import Role

Row = Mapping[str, Any]


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


def new_token() -> str:
    """Shown by whoever finishes what they claimed; somebody else's claim has another one."""
    return secrets.token_hex(8)


# Without it the number of rows that an INSERT wrote is thrown away.
COUNTED = {"preserve_rowcount": True}
