"""What is over goes after a while: in short transactions, each harmless to repeat or to lose.

What may go is found in a read, which holds up nobody, and looked at again in the write that
deletes it. Whoever is interrupted goes on the next time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import structlog

from supportbot.application.context import Context
from supportbot.application.pruning import PARTS, FileContents, Key, Limits, Part

log = structlog.get_logger()

EVERY = timedelta(days=1)
# Some ten milliseconds of SQLite's one writer.
BATCH = 200
# In one round of housekeeping: a heartbeat and a signal wait for no more than these.
BATCHES_A_ROUND = 20
_PRUNED = "pruned"
# Longer than the window of any limit.
_IDLE_LANE = timedelta(days=1)
# A content is kept before the row of its message is: for longer than any transaction may take.
_NEW_CONTENT = timedelta(days=1)

Pruned = Mapping[str, int]
"""How many of each part, of `contents` of files, and of `unfinished` files on disk."""


@dataclass(frozen=True, slots=True)
class Keep:
    """For how long: messages as they came, files of closed tickets, work that is done."""

    messages: timedelta
    files: timedelta
    rows: timedelta


def prune(context: Context, keep: Keep, files: FileContents) -> Pruned:
    """Clear away all that may go, batch by batch."""
    pruned = dict.fromkeys((*PARTS, "contents", "unfinished"), 0)
    for what, count in _batches(context, keep, files):
        pruned[what] += count
    return pruned


def would_prune(context: Context, keep: Keep, files: FileContents) -> Pruned:
    """What `prune` would clear away now; nothing goes."""
    now = context.clock.now()
    limits = _limits(context, keep, now)
    counts: Pruned = context.store.read(lambda uow: uow.pruning.counts(limits))
    contents = sum(
        len(_left_over(context, hashes, limits))
        for hashes in _chunks(files.untouched_since(now - _NEW_CONTENT))
    )
    unfinished = files.unfinished(now - _NEW_CONTENT)
    return {**counts, "contents": contents, "unfinished": unfinished}


def due(context: Context) -> bool:
    """Whether a day has gone by since everything was cleared away."""
    pruned = context.store.read(lambda uow: uow.marks.get(_PRUNED))
    return pruned is None or context.clock.now() - pruned >= EVERY


class Daily:
    """Prunes once a day, a little in each round of housekeeping."""

    def __init__(self, context: Context, keep: Keep, files: FileContents) -> None:
        self._context = context
        self._keep = keep
        self._files = files
        self._rest: Iterator[tuple[str, int]] | None = None
        self._pruned: Counter[str] = Counter()

    def step(self) -> bool:
        """Begin when it is due, or go on; whether there is more to do right away."""
        if self._rest is None:
            if not due(self._context):
                return False
            self._rest = _batches(self._context, self._keep, self._files)
            self._pruned.clear()
        rest, self._rest = self._rest, None
        batches = list(islice(rest, BATCHES_A_ROUND))
        for what, count in batches:
            self._pruned[what] += count
        if len(batches) == BATCHES_A_ROUND:
            self._rest = rest
            return True
        log.info("pruned", **{what: count for what, count in self._pruned.items() if count})
        return False


def _batches(context: Context, keep: Keep, files: FileContents) -> Iterator[tuple[str, int]]:
    """Prune as you ask: what was pruned, and how many, after each batch. The mark comes last."""
    now = context.clock.now()
    limits = _limits(context, keep, now)
    for part in PARTS:
        for keys in _old(context, part, limits):
            yield part, _prune(context, part, limits, keys)
    # Their rows went first: whoever dies in between leaves a content without a row, for the next.
    for hashes in _chunks(files.untouched_since(now - _NEW_CONTENT)):
        gone = [files.forget(one, now - _NEW_CONTENT) for one in _left_over(context, hashes)]
        yield "contents", sum(gone)
    yield "unfinished", files.sweep(now - _NEW_CONTENT)
    context.store.write(lambda uow: uow.marks.put(_PRUNED, now))


def _limits(context: Context, keep: Keep, now: datetime) -> Limits:
    return Limits(
        messages=now - keep.messages,
        files=now - keep.files,
        rows=now - keep.rows,
        lanes=now - _IDLE_LANE,
        playbooks=context.shelf.current.version,
    )


def _old(context: Context, part: Part, limits: Limits) -> Iterator[Sequence[Key]]:
    keys = _some_old(context, part, limits, None)
    while keys:
        yield keys
        keys = _some_old(context, part, limits, keys[-1])


def _some_old(context: Context, part: Part, limits: Limits, after: Key | None) -> Sequence[Key]:
    return context.store.read(lambda uow: uow.pruning.old(part, limits, after, BATCH))


def _prune(context: Context, part: Part, limits: Limits, keys: Sequence[Key]) -> int:
    return context.store.write(lambda uow: uow.pruning.prune(part, limits, keys))


def _left_over(
    context: Context, hashes: Sequence[str], limits: Limits | None = None
) -> Sequence[str]:
    return context.store.read(lambda uow: uow.pruning.without_files(hashes, limits))


def _chunks(hashes: Iterator[str]) -> Iterator[Sequence[str]]:
    while chunk := list(islice(hashes, BATCH)):
        yield chunk
