"""Clearing away what is over. A row goes only if it may still go when it is locked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Delete,
    Select,
    Update,
    and_,
    bindparam,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    update,
)

from supportbot.adapters.db.columns import microseconds
from supportbot.adapters.db.schema import (
    TIMER_OVER,
    decisions,
    deliveries,
    files,
    inbox,
    inbox_keys,
    is_in,
    lanes,
    playbook_versions,
    tickets,
    timers,
)
from supportbot.adapters.db.transaction import Transaction
from supportbot.application.pruning import PARTS, Key, Limits
from supportbot.application.pruning import Part as Name

# To free the pages of a large message SQLite reads every one of them, and all others wait.
_MOST_BYTES = 16 * 1024 * 1024
_EMPTY = "{}"


@dataclass(frozen=True, slots=True)
class _Part:
    """What may go: the key of its table, the condition, and what is done about the keys `these`."""

    key: Column[Any]
    over: ColumnElement[bool]
    done: tuple[Delete | Update, ...]
    size: ColumnElement[Any] = null()

    @property
    def old(self) -> Select[Any]:
        return self._query(self.key, self.size.label("size")).order_by(self.key)

    @property
    def held(self) -> Select[Any]:
        """Those of `these` that still may go; whatever somebody else works on is left to them."""
        mine = self._query(self.key).where(_these(self.key)).order_by(self.key)
        return mine.with_for_update(of=self.key.table, skip_locked=True)

    @property
    def count(self) -> Select[Any]:
        return self._query(func.count())

    def _query(self, *what: Any) -> Select[Any]:
        return select(*what).select_from(self.key.table).where(self.over)


def _these(key: Column[Any]) -> ColumnElement[bool]:
    return key.in_(bindparam("these", expanding=True))


_CAME = inbox.c.received_at < bindparam("messages")
_IS_DONE = is_in(inbox.c.state, "done")
# The keys go with their row, and no sooner than the message: what comes again must be known.
_INBOX = _Part(
    key=inbox.c.id,
    over=and_(
        _CAME,
        or_(
            and_(_IS_DONE, inbox.c.finished_at < bindparam("rows")),
            is_in(inbox.c.state, "quarantined"),
        ),
    ),
    done=(
        delete(inbox_keys).where(_these(inbox_keys.c.inbox)),
        delete(inbox).where(_these(inbox.c.id)),
    ),
    size=func.length(inbox.c.raw),
)
_MESSAGES = _Part(
    key=inbox.c.id,
    over=and_(
        _CAME,
        _IS_DONE,
        inbox.c.finished_at >= bindparam("rows"),
        or_(inbox.c.raw.is_not(None), inbox.c.body != _EMPTY),
    ),
    done=(
        update(inbox)
        .where(_these(inbox.c.id))
        .values(raw=None, body=_EMPTY, error=None, sender=None, subject=None),
    ),
    size=func.length(inbox.c.raw),
)
_TIMERS = _Part(
    key=timers.c.id,
    over=and_(TIMER_OVER, timers.c.finished_at < bindparam("rows")),
    done=(delete(timers).where(_these(timers.c.id)),),
)
# What is set aside is told again and again, and its known key is why the team hears of it once.
_STILL_TOLD = and_(
    deliveries.c.key.startswith("parked."),
    or_(
        exists().where(is_in(inbox.c.state, "parked")),
        exists().where(is_in(timers.c.state, "parked")),
    ),
)
_DELIVERIES = _Part(
    key=deliveries.c.id,
    over=and_(
        or_(
            and_(is_in(deliveries.c.state, "sent"), deliveries.c.sent_at < bindparam("rows")),
            and_(is_in(deliveries.c.state, "dropped"), deliveries.c.due < bindparam("rows")),
            and_(is_in(deliveries.c.state, "dead"), deliveries.c.due < bindparam("messages")),
        ),
        ~_STILL_TOLD,
    ),
    done=(delete(deliveries).where(_these(deliveries.c.id)),),
)
# The last of the instants in a lane, each of them 16 digits until the year 2286: as text they
# compare like the numbers that they are.
_last_drawn = func.substr(lanes.c.taken, func.length(lanes.c.taken) - 16, 16)
_LANES = _Part(
    key=lanes.c.name,
    over=and_(
        lanes.c.closed_until < bindparam("lanes"),
        or_(lanes.c.taken == "[]", _last_drawn < bindparam("lanes_text")),
    ),
    done=(delete(lanes).where(_these(lanes.c.name)),),
)
_newer = playbook_versions.alias("newer")
_VERSIONS = _Part(
    key=playbook_versions.c.version,
    over=and_(
        playbook_versions.c.kept_at < bindparam("rows"),
        playbook_versions.c.version != bindparam("playbooks"),
        exists().where(_newer.c.kept_at > playbook_versions.c.kept_at),
        ~exists().where(decisions.c.playbooks == playbook_versions.c.version),
    ),
    done=(delete(playbook_versions).where(_these(playbook_versions.c.version)),),
)
_FILES = _Part(
    key=files.c.id,
    over=exists().where(
        tickets.c.number == files.c.ticket,
        is_in(tickets.c.state, "closed"),
        tickets.c.changed_at < bindparam("files"),
    ),
    done=(delete(files).where(_these(files.c.id)),),
)
_PARTS: Mapping[Name, _Part] = {
    "inbox": _INBOX,
    "messages": _MESSAGES,
    "timers": _TIMERS,
    "deliveries": _DELIVERIES,
    "lanes": _LANES,
    "playbook_versions": _VERSIONS,
    "files": _FILES,
}
_WITH_FILES = select(files.c.sha256).where(files.c.sha256.in_(bindparam("these", expanding=True)))
_WITH_NEW_FILES = _WITH_FILES.where(~_FILES.over)


class SqlPruning:
    """`application.pruning.Pruning` in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def old(self, part: Name, limits: Limits, after: Key | None, most: int) -> Sequence[Key]:
        chosen = _PARTS[part]
        query = chosen.old.limit(most)
        if after is not None:
            query = query.where(chosen.key > after)
        rows = self._transaction.execute(query, _values(limits)).all()
        sizes = accumulate(row.size or 0 for row in rows)
        fitting = sum(size <= _MOST_BYTES for size in sizes)
        return [row[0] for row in rows[: max(fitting, 1)]]

    def prune(self, part: Name, limits: Limits, keys: Sequence[Key]) -> int:
        chosen = _PARTS[part]
        values = {**_values(limits), "these": list(keys)}
        held = list(self._transaction.execute(chosen.held, values).scalars())
        for statement in chosen.done if held else ():
            self._transaction.write(statement, {"these": held})
        return len(held)

    def counts(self, limits: Limits) -> Mapping[str, int]:
        values = _values(limits)
        return {
            part: int(self._transaction.execute(_PARTS[part].count, values).scalar_one())
            for part in PARTS
        }

    def without_files(self, contents: Sequence[str], limits: Limits | None = None) -> Sequence[str]:
        query, values = _WITH_FILES, {"these": list(contents)}
        if limits is not None:
            query, values = _WITH_NEW_FILES, {**values, **_values(limits)}
        known = set(self._transaction.execute(query, values).scalars())
        return [one for one in contents if one not in known]


def _values(limits: Limits) -> dict[str, Any]:
    return {**asdict(limits), "lanes_text": str(microseconds(limits.lanes))}
