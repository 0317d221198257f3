"""Senders that write down what they are given, instead of Slack, GitHub and a mail relay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from supportbot.application.ports import Clock
from supportbot.domain.notices.delivery import Receipt, SendFailure, SendTask
from supportbot.domain.ticket.ticket import reference
from supportbot.sandbox.simulate.scenario import Unreachable
from supportbot.sandbox.simulate.timeline import Row

_LONGEST_REASON = 500
_PAGES = ("slack.page", "mail.page")


class Recorder:
    """A `Sender` for every medium; takes everything but pages to whom the scenario cuts off.

    `on_sent` hears what was taken.
    """

    def __init__(
        self,
        clock: Clock,
        unreachable: Sequence[Unreachable] = (),
        on_sent: Callable[[SendTask], None] | None = None,
    ) -> None:
        self._clock = clock
        self._unreachable = unreachable
        self._on_sent = on_sent
        self.rows: list[Row] = []

    def send(self, task: SendTask) -> Receipt:
        """Raises SendFailure for a page to somebody who is out of reach now."""
        now = self._clock.now()
        if task.kind in _PAGES and self._is_cut_off(task.target.get("person"), now):
            self.rows.append(_row(task, now, "page_failed", "out of reach"))
            raise SendFailure("rejected", "out of reach")
        # The root message drawn anew is no news to anybody.
        if task.kind != "slack.update":
            self.rows.append(_row(task, now, task.kind.partition(".")[2], _reason(task.payload)))
        if self._on_sent is not None:
            self._on_sent(task)
        return Receipt(_place(task))

    def _is_cut_off(self, person: str | None, now: datetime) -> bool:
        return any(
            cut.person == person and cut.since <= now < cut.until for cut in self._unreachable
        )


def _row(task: SendTask, now: datetime, kind: str, reason: str) -> Row:
    medium = task.kind.partition(".")[0]
    ticket = reference(task.ticket) if task.ticket is not None else None
    return Row(now, _to(task), medium, kind, ticket, task.payload.get("step"), reason)


def _to(task: SendTask) -> str | None:
    names = ("person", "to", "channel", "repo")
    return next((task.target[name] for name in names if task.target.get(name)), None)


def _reason(payload: Mapping[str, Any]) -> str:
    """Why, where the payload says so; else the words that were sent."""
    if "reason" in payload:
        return str(payload["reason"])
    if "reasons" in payload:
        pairs = zip(payload["people"], payload["reasons"], strict=True)
        return "; ".join(f"{who['person']}: {why}" for who, why in pairs)
    said = payload.get("text") or payload.get("title") or payload.get("body") or ""
    return str(said)[:_LONGEST_REASON]


def _place(task: SendTask) -> dict[str, str]:
    """What the outside would call it."""
    if task.kind == "github.issue":
        return {"repo": task.target["repo"], "number": str(task.ticket)}
    channel = task.target.get("channel")
    return {"channel": channel, "ts": task.key} if channel else {"id": task.key}
