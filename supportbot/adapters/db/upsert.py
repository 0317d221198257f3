"""INSERT … ON CONFLICT: both databases know it, SQLAlchemy keeps it in each one's dialect."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import BindParameter, Insert, Select, Table, bindparam
from sqlalchemy.dialects import sqlite


def all_columns(table: Table, *without: str) -> dict[str, BindParameter[Any]]:
    """A parameter for each column of the table."""
    return {
        column.name: bindparam(column.name, type_=column.type)
        for column in table.columns
        if column.name not in without
    }


@cache
def insert_new(dialect: str, table: Table) -> Insert:
    """Insert; a row that is there already stays as it is."""
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def insert_or_replace(dialect: str, table: Table, *columns: str) -> Insert:
    """Insert; of a row with the same primary key, these columns take the new values."""
    keys = [column.name for column in table.primary_key]
    new = _insert(dialect, table)
    return new.on_conflict_do_update(
        index_elements=keys, set_={name: new.excluded[name] for name in columns}
    )


@cache
def insert_counted(dialect: str, table: Table) -> Insert:
    """Insert; of a row with the same primary key, `value` grows by the new value. Returns it."""
    new = _insert(dialect, table)
    added = table.c.value + new.excluded.value
    return new.on_conflict_do_update(index_elements=["name"], set_={"value": added}).returning(
        table.c.value
    )


def insert_selected(dialect: str, table: Table, columns: list[str], rows: Select[Any]) -> Insert:
    """Insert what the query yields; a row that is there already stays as it is."""
    return _insert(dialect, table).from_select(columns, rows).on_conflict_do_nothing()


def _insert(dialect: str, table: Table) -> sqlite.Insert:
    """Both have the same methods, though SQLAlchemy has no name for what they share."""
    if dialect == "postgresql":
        # Two megabytes that nobody needs on SQLite.
        from sqlalchemy.dialects import postgresql

        return cast(sqlite.Insert, postgresql.insert(table))
    return sqlite.insert(table)
