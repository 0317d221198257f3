"""Deliveries: what must be sent, when to try again, and which outside limits they draw on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Priority = Literal[0, 1, 2, 3]
PAGE: Priority = 0
ANSWER: Priority = 1
NEWS: Priority = 2
DIGEST: Priority = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """Something to be sent, frozen when it was decided.

    `key` names it for ever, at our side and at the other. `kind` picks the sender (`slack.page`).
    `target` says where: `place` names a place of the ticket that an earlier delivery makes
    (`team`, `issue`) or the message brought (`reporter`); else a medium's own address. Deliveries
    of one `stream` keep their order. `fold` drops this one while an equal one still waits, because
    it renders the newest state when it is sent. `due` (aware UTC) is None for at once.
    """

    key: str
    kind: str
    ticket: int | None
    target: Mapping[str, str]
    payload: Mapping[str, Any] = field(default_factory=dict)
    priority: int = NEWS
    stream: str | None = None
    fold: bool = False
    due: datetime | None = None

    @property
    def lanes(self) -> tuple[str, ...]:
        return lanes_of(self.kind, self.target)


def plain_post(key: str, channel: str, text: str, priority: Priority = NEWS) -> NewDelivery:
    """A text in a channel that belongs to no ticket."""
    return NewDelivery(
        key=key,
        kind="slack.say",
        ticket=None,
        target={"channel": channel},
        payload={"text": text},
        priority=priority,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTask:
    """A claimed delivery, as its sender sees it. `attempt` counts from 1.

    `place` is the address behind `target["place"]`. From the second attempt on the sender looks
    for `key` at the other side before it creates anything, from `first_attempt_at` on.
    """

    id: int
    token: str
    key: str
    kind: str
    ticket: int | None
    target: Mapping[str, str]
    place: Mapping[str, str] | None
    payload: Mapping[str, Any]
    attempt: int
    first_attempt_at: datetime
    failures: int = 0
    lanes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The other side took it. `external` is its name for it; `found` says it was there already."""

    external: Mapping[str, str] = field(default_factory=dict)
    found: bool = False


FailureKind = Literal["transient", "rate_limited", "rejected", "unauthorised", "crashed"]


class SendFailure(Exception):
    """The other side did not take it, or we cannot know. `retry_after` is the other side's wish."""

    def __init__(
        self, kind: FailureKind, reason: str, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(reason)
        self.kind: FailureKind = kind
        self.reason = reason
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class RetryAt:
    at: datetime


@dataclass(frozen=True, slots=True)
class Dead:
    """No further try by itself; a person sees it and may ask for one."""

    reason: str


# A page that cannot get through must fail soon, so that the policy finds another way; all else
# waits for the other side for days rather than being lost.
_PATIENCE = dict.fromkeys(("slack.page", "mail.page", "webhook.page"), timedelta(minutes=2))
# What somebody shadows is over soon.
_PATIENCE["slack.copy"] = timedelta(minutes=30)
_USUAL_PATIENCE = timedelta(days=3)
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=5)
_TRIES_AFTER_CRASH = 3


def after_failure(task: SendTask, failure: SendFailure, now: datetime) -> RetryAt | Dead:
    """What becomes of a delivery whose sender raised `failure` at `now`."""
    if failure.kind in ("rejected", "unauthorised"):
        return Dead(failure.reason)
    if failure.kind == "crashed" and task.failures + 1 >= _TRIES_AFTER_CRASH:
        return Dead(f"its sender failed {_TRIES_AFTER_CRASH} times: {failure.reason}")
    patience = _PATIENCE.get(task.kind, _USUAL_PATIENCE)
    last = task.first_attempt_at + patience
    wait = min(_FIRST_WAIT * 2 ** min(task.attempt - 1, 12), _LONGEST_WAIT)
    # The last try is made when patience ends; if the other side wants longer, there is none.
    at = max(min(now + wait, last), now + (failure.retry_after or timedelta(0)))
    if now >= last or at > last:
        return Dead(f"no success within {_said(patience)}: {failure.reason}")
    return RetryAt(at)


def _said(patience: timedelta) -> str:
    return f"{patience.days} days" if patience.days else f"{patience.seconds // 60} minutes"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` in any `per`."""

    count: int
    per: timedelta


# Slack: one message a second per channel [docs.slack.dev, rate limits]; GitHub: 80 requests that
# create content a minute and 500 an hour [docs.github.com, secondary rate limits]. Relays differ;
# 30 a minute is common, and enough for a desk of this size. Paging services take hundreds of events
# a minute; a desk that sends one of them 60 is broken itself.
_LIMITS: dict[str, Limit] = {
    "slack/channel": Limit(1, timedelta(seconds=1)),
    "slack/workspace": Limit(50, timedelta(seconds=10)),
    "github/minute": Limit(80, timedelta(minutes=1)),
    "github/hour": Limit(500, timedelta(hours=1)),
    "mail/relay": Limit(30, timedelta(minutes=1)),
    "webhook/service": Limit(60, timedelta(minutes=1)),
}


def limit_of(lane: str) -> Limit:
    """The limit of a lane named `medium/limit` or `medium/limit/which`."""
    return _LIMITS["/".join(lane.split("/")[:2])]


def lanes_of(kind: str, target: Mapping[str, str]) -> tuple[str, ...]:
    """The lanes a delivery draws on; empty where nothing outside limits it."""
    medium = kind.partition(".")[0]
    if medium == "mail":
        return ("mail/relay",)
    if medium == "webhook":
        return (f"webhook/service/{target['webhook']}",)
    if medium == "github":
        return ("github/minute", "github/hour")
    if medium == "slack":
        where = target.get("channel") or target.get("user") or target.get("place", "")
        return (f"slack/channel/{where}", "slack/workspace")
    return ()


# The place of a ticket that a kind of delivery makes when it is sent.
MAKES_PLACE: Mapping[str, str] = {
    "slack.root": "team",
    "slack.approval": "approval",
    "github.issue": "issue",
}
