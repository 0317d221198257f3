"""What was last read in calendars that stand elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from supportbot.adapters.db.codec import codec_of
from supportbot.adapters.db.schema import calendar_feeds
from supportbot.adapters.db.transaction import Transaction
from supportbot.adapters.db.upsert import insert_or_replace
from supportbot.application.ports import Feed
from supportbot.domain.on_call.absence import Absence
from supportbot.domain.on_call.rotation import Shift

_ALL = select(calendar_feeds).order_by(calendar_feeds.c.url)


@dataclass(frozen=True, slots=True)
class _Read:
    zone: str
    absences: tuple[Absence, ...]
    shifts: tuple[Shift, ...] = ()


class SqlCalendarFeeds:
    """`application.ports.CalendarFeeds` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def all(self) -> Mapping[str, Feed]:
        found = {}
        for row in self._transaction.execute(_ALL):
            read = codec_of(_Read).loads(row.body.decode("ascii"))
            found[row.url] = Feed(
                row.url, read.zone, row.fetched_at, read.absences, row.etag, row.error, read.shifts
            )
        return found

    def put(self, feed: Feed) -> None:
        columns = ("etag", "fetched_at", "error", "body")
        statement = insert_or_replace(self._transaction.dialect, calendar_feeds, *columns)
        body = codec_of(_Read).dumps(_Read(feed.zone, feed.absences, feed.shifts)).encode("ascii")
        row = {
            "url": feed.url,
            "etag": feed.etag,
            "fetched_at": feed.read_at,
            "error": feed.error,
            "body": body,
        }
        self._transaction.write(statement, row)
