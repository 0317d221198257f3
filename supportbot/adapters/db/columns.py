"""Column types of our own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text, TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# SQLite numbers its rows by itself only in a column that is called INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


def microseconds(value: datetime) -> int:
    """Whole microseconds from the epoch. Raises ValueError for a datetime without a zone."""
    if value.tzinfo is None:
        raise ValueError(f"a datetime without a zone cannot be stored: {value.isoformat()}")
    return (value - EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """The aware UTC datetime of whole microseconds from the epoch."""
    return EPOCH + timedelta(microseconds=value)


def first_instant(rows: Sequence[Sequence[Any]]) -> datetime | None:
    """Of a query for one, as the driver gives it; None where there is none."""
    return None if rows[0][0] is None else instant(rows[0][0])


class UTCTime(TypeDecorator[datetime]):
    """An instant, as whole microseconds from the epoch in both databases: exact, and free of any
    zone that a session or a driver may have. Takes aware datetimes only, gives aware UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(value)


def storable(text: str) -> str:
    """The text without what a database refuses: NUL (Postgres) and lone surrogates (UTF-8) become
    escapes."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


class OutsideText(TypeDecorator[str]):
    """Text that others wrote, made storable: no message can make its own row impossible."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)
