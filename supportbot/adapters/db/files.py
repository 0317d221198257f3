"""Which files came with which ticket. What is in them lies outside the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from supportbot.adapters.db.schema import files
from supportbot.adapters.db.transaction import Transaction
from supportbot.application.ports import KeptFile
from supportbot.domain.triage.message import File

_NEW = insert(files)
_MOVE = update(files).where(files.c.ticket == bindparam("of")).values(ticket=bindparam("into"))
_OF = select(files).where(files.c.ticket == bindparam("ticket")).order_by(files.c.id)


class SqlFiles:
    """`application.ports.Files` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, ticket: int, key: str, files: Sequence[File], now: datetime) -> None:
        rows = [
            {
                "ticket": ticket,
                "message": key,
                "sha256": file.sha256,
                "filename": file.filename,
                "content_type": file.content_type,
                "size": file.size,
                "added_at": now,
            }
            for file in files
        ]
        self._transaction.write_all(_NEW, rows)

    def move(self, ticket: int, into: int) -> None:
        self._transaction.write(_MOVE, {"of": ticket, "into": into})

    def of(self, ticket: int) -> Sequence[KeptFile]:
        rows = self._transaction.execute(_OF, {"ticket": ticket})
        return [
            KeptFile(
                File(row.filename, row.content_type, row.size, row.sha256),
                row.message,
                row.added_at,
            )
            for row in rows
        ]
