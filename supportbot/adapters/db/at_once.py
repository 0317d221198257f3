"""One statement of Postgres for many rows.

Run once for each row, as `executemany` does, a statement costs Postgres as much as the row itself:
a batch of timers has ten rows a timer. Here the rows come as one JSON text, and the statement reads
them as a table (https://www.postgresql.org/docs/current/functions-json.html). On SQLite it would
gain nothing: a statement that is run again there is but a loop.
"""

from __future__ import annotations

import re

from sqlalchemy import Dialect
from sqlalchemy.engine import Compiled
from sqlalchemy.sql.compiler import SQLCompiler

ROWS = "rows"
"""The name of the parameter that has them."""

_PARAMETER = re.compile(r"%\((\w+)\)s(::[A-Z]+)?")


def at_once(compiled: Compiled, dialect: Dialect) -> str:
    """The text of an INSERT of one row's values, of an INSERT … SELECT without a table, or of an
    UPDATE, made to take every row. Raises ValueError for any other."""
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - of every statement with parameters
    given = ", ".join(
        f'"{name}" {bound.type.compile(dialect)}' for name, bound in compiled.binds.items()
    )
    table = f"json_to_recordset(%({ROWS})s::json) AS given({given})"
    text = _PARAMETER.sub(r'given."\1"', str(compiled))
    values = re.search(r" VALUES \((.*?)\)", text)
    if values:
        selected = f" SELECT {values[1]} FROM {table}"  # noqa: S608 - all of it is ours
        return text.replace(values[0], selected, 1)
    before, where, after = text.partition("WHERE ")
    if not where:
        raise ValueError(f"this takes no table of rows: {text}")
    return f"{before} FROM {table} WHERE {after}"
