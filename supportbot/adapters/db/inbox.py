"""The inbox: whatever arrives is first a row here, kept once, worked on under a lease."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, select, update

from supportbot.adapters.db.columns import storable
from supportbot.adapters.db.schema import INBOX_UNDONE, inbox, inbox_keys, is_in
from supportbot.adapters.db.transaction import Bulk, Transaction, new_token
from supportbot.adapters.db.upsert import all_columns, insert_new
from supportbot.application.ports import Envelope, InboxRow

_NEW = insert(inbox)
_NEW_KEY = Bulk(lambda dialect: insert_new(dialect, inbox_keys).values(all_columns(inbox_keys)))
_FORGET_KEYS = delete(inbox_keys).where(inbox_keys.c.inbox == bindparam("row"))
_FORGET = delete(inbox).where(inbox.c.id == bindparam("row"))
_DUE = (
    select(inbox.c.id, inbox.c.source, inbox.c.body, inbox.c.received_at, inbox.c.tries)
    .where(INBOX_UNDONE, inbox.c.due <= bindparam("now"))
    .order_by(inbox.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"))
    .values(
        state="claimed",
        token=bindparam("token"),
        due=bindparam("lease_until"),
        tries=inbox.c.tries + 1,
    )
)
_OURS = (
    inbox.c.id == bindparam("row"),
    inbox.c.token == bindparam("ours"),
    is_in(inbox.c.state, "claimed"),
)
_FINISH = (
    update(inbox)
    .where(*_OURS)
    .values(
        state="done",
        token=None,
        outcome=bindparam("outcome"),
        ticket=bindparam("ticket"),
        finished_at=bindparam("now"),
    )
)
_PUT_BACK = (
    update(inbox)
    .where(*_OURS)
    .values(state="waiting", token=None, error=bindparam("error"), due=bindparam("due"))
)
_PARK = update(inbox).where(*_OURS).values(state="parked", token=None, error=bindparam("error"))
_NEXT = select(func.min(inbox.c.due)).where(INBOX_UNDONE)
_UNPARK = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"), is_in(inbox.c.state, "parked"))
    .values(state="waiting", tries=0, due=bindparam("now"))
)


class SqlInbox:
    """`application.ports.Inbox` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, envelope: Envelope) -> bool:
        row = self._insert(envelope)
        # In order, so that two who keep the same envelope at once never wait for each other.
        keys = sorted({storable(key) for key in envelope.keys})
        entries = [{"key": key, "inbox": row} for key in keys]
        if self._transaction.write_bulk(_NEW_KEY, entries) != len(entries):
            # Known. Most are not: looking first would cost every one of them a query.
            self._transaction.write(_FORGET_KEYS, {"row": row})
            self._transaction.write(_FORGET, {"row": row})
            return False
        self._transaction.touched.add("intake")
        return True

    def claim(self, now: datetime, limit: int, lease: timedelta) -> Sequence[InboxRow]:
        due = self._transaction.execute(_DUE, {"now": now, "limit": limit}).all()
        if not due:
            return []
        # One that was tried before may take its whole batch down again.
        chosen = due[:1] if due[0].tries else [row for row in due if not row.tries]
        token = new_token()
        claims = [{"row": row.id, "token": token, "lease_until": now + lease} for row in chosen]
        self._transaction.write_all(_CLAIM, claims)
        return [
            InboxRow(row.id, token, row.source, row.body, row.received_at, row.tries + 1)
            for row in chosen
        ]

    def finish(self, row: InboxRow, outcome: str, ticket: int | None, now: datetime) -> bool:
        values = {"outcome": outcome, "ticket": ticket, "now": now}
        return bool(self._transaction.write(_FINISH, {**_ours(row), **values}))

    def put_back(self, row: InboxRow, error: str, due: datetime | None) -> None:
        if due is None:
            self._transaction.write(_PARK, {**_ours(row), "error": error})
        else:
            self._transaction.write(_PUT_BACK, {**_ours(row), "error": error, "due": due})
            self._transaction.touched.add("intake")

    def next_due(self) -> datetime | None:
        return self._transaction.execute(_NEXT).scalar()

    def unpark(self, row: int, now: datetime) -> bool:
        """Waiting again with its tries forgotten. False when it is not parked."""
        freed = self._transaction.write(_UNPARK, {"row": row, "now": now})
        if freed:
            self._transaction.touched.add("intake")
        return bool(freed)

    def _insert(self, envelope: Envelope) -> int:
        return self._transaction.insert(
            _NEW,
            {
                "source": envelope.source,
                "body": envelope.body,
                "received_at": envelope.received_at,
                "state": "waiting",
                "due": envelope.received_at,
                "tries": 0,
            },
        )


def _ours(row: InboxRow) -> dict[str, object]:
    return {"row": row.id, "ours": row.token}
