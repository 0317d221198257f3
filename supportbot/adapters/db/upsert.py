"""INSERT … ON CONFLICT: both databases know it, SQLAlchemy keeps it in each one's dialect."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Insert, Select, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite


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
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


@cache
def insert_or_replace(dialect: str, table: Table, *columns: str) -> Insert:
    """Insert; of a row with the same primary key, these columns take the new values."""
    keys = [column.name for column in table.primary_key]
    if dialect == "postgresql":
        new = postgresql.insert(table)
        return new.on_conflict_do_update(
            index_elements=keys, set_={name: new.excluded[name] for name in columns}
        )
    other = sqlite.insert(table)
    return other.on_conflict_do_update(
        index_elements=keys, set_={name: other.excluded[name] for name in columns}
    )


@cache
def insert_counted(dialect: str, table: Table) -> Insert:
    """Insert; of a row with the same primary key, `value` grows by the new value. Returns it."""
    if dialect == "postgresql":
        new = postgresql.insert(table)
        added = table.c.value + new.excluded.value
        return new.on_conflict_do_update(index_elements=["name"], set_={"value": added}).returning(
            table.c.value
        )
    other = sqlite.insert(table)
    added = table.c.value + other.excluded.value
    return other.on_conflict_do_update(index_elements=["name"], set_={"value": added}).returning(
        table.c.value
    )


def insert_selected(dialect: str, table: Table, columns: list[str], rows: Select[Any]) -> Insert:
    """Insert what the query yields; a row that is there already stays as it is."""
    if dialect == "postgresql":
        return postgresql.insert(table).from_select(columns, rows).on_conflict_do_nothing()
    return sqlite.insert(table).from_select(columns, rows).on_conflict_do_nothing()
