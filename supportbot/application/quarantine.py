"""What may be noise: kept aside with its reason, looked through by a person, released by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from supportbot.application.announce import say
from supportbot.application.context import Context
from supportbot.application.ports import QuarantinedRow

SAY_EVERY = timedelta(hours=4)
_SAID = "quarantine said"
_MOST = 1_000
_SHOWN = 5


def listing(context: Context) -> Sequence[QuarantinedRow]:
    """What is in quarantine, the newest first."""
    return context.store.read(lambda uow: uow.inbox.quarantined(_MOST))


def release(context: Context, row: int) -> bool:
    """It is a request after all. False when it is not in quarantine."""
    now = context.clock.now()
    return context.store.write(lambda uow: uow.inbox.release(row, now))


def say_quarantined(context: Context) -> None:
    """Tell the team of what was put into quarantine since it was told last, now and then."""
    now = context.clock.now()
    said = context.store.read(lambda uow: uow.marks.get(_SAID))
    if said is not None and now - said < SAY_EVERY:
        return
    new = [row for row in listing(context) if said is None or row.since > said]
    if not new:
        return
    reasons = Counter(row.reason for row in new)
    counted = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    listed = "`supportbot quarantine` lists them, `supportbot quarantine release ID` lets one in."
    lines = [f"In quarantine since the last look: {counted}. {listed}"]
    lines += [_line(row) for row in new[:_SHOWN]]
    if len(new) > _SHOWN:
        lines.append(f"… and {len(new) - _SHOWN} more")
    text = "\n".join(lines)
    # Named by the last time: whoever crashes before the mark stands says nothing twice.
    say(context, f"quarantine.{said.isoformat() if said else 'first'}", text)
    context.store.write(lambda uow: uow.marks.put(_SAID, now))


def _line(row: QuarantinedRow) -> str:
    # An address may be quoted, and hold a line that would pass for another entry.
    sender = " ".join(row.sender.split()) or "nobody named"
    return f"• {row.id}: {sender}: {row.subject[:80]}"
