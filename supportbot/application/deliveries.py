"""Deliveries: claim, send outside any transaction, and say so only after the other side took it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from supportbot.application.context import Context
from supportbot.application.in_force import in_force
from supportbot.application.ports import Sender, UnitOfWork
from supportbot.application.steps import Stepped
from supportbot.domain.notices.delivery import (
    PAGE,
    Dead,
    NewDelivery,
    Receipt,
    RetryAt,
    SendFailure,
    SendTask,
    after_failure,
    plain_post,
)
from supportbot.domain.notices.issue_text import LINK
from supportbot.domain.ticket.consequences import page_failed
from supportbot.domain.ticket.events import PageFailed
from supportbot.domain.ticket.ticket import OPEN, Ticket

log = structlog.get_logger()

BATCH = 16
# Longer than any sender's own timeouts, so that a lease ends only when its holder is gone.
LEASE = timedelta(minutes=2)
POLL = timedelta(seconds=15)

# Runs the sends of one batch: a thread pool's map, or one after the other.
Runner = Callable[[Callable[[SendTask], None], Sequence[SendTask]], Iterable[None]]


@dataclass(frozen=True, slots=True)
class Worker:
    """Sends what is due. `senders` are by medium, the part of a kind before its dot."""

    context: Context
    senders: Mapping[str, Sender]
    run: Runner = map

    def step(self) -> Stepped:
        now = self.context.clock.now()
        tasks = self.context.store.write(lambda uow: uow.deliveries.claim(now, BATCH, LEASE))
        for _ in self.run(self._send, tasks):
            pass
        if tasks:
            return Stepped(busy=True)
        next_due = self.context.store.read(lambda uow: uow.deliveries.next_due())
        return Stepped(busy=False, wake_at=next_due)

    def _send(self, task: SendTask) -> None:
        over = self._over(task)
        if over is not None:
            self._dropped(task, over)
            return
        medium = task.kind.partition(".")[0]
        try:
            sender = self.senders.get(medium)
            if sender is None:
                raise SendFailure("rejected", f"{medium} is not connected")
            receipt = sender.send(self._prepared(task))
        except SendFailure as failure:
            self._failed(task, failure)
        except Exception as error:
            log.exception("sender_crashed", delivery=task.key, kind=task.kind)
            self._failed(task, SendFailure("crashed", f"{type(error).__name__}: {error}"[:500]))
        else:
            self._sent(task, receipt)

    def _over(self, task: SendTask) -> Ticket | None:
        """The ticket that a call waited for so long that nobody is wanted for it any more."""
        number = task.ticket
        if task.kind not in _CALLS or number is None:
            return None
        try:
            ticket = self.context.store.read(lambda uow: uow.tickets.get(number))
        except Exception:
            # A page does not fail because its ticket cannot be read.
            log.exception("ticket_unreadable", ticket=number)
            return None
        return ticket if ticket is not None and ticket.state not in OPEN else None

    def _dropped(self, task: SendTask, over: Ticket) -> None:
        reason, now = f"{over.reference} is {over.state}", self.context.clock.now()
        self.context.store.write(lambda uow: uow.deliveries.drop(task, reason, now))
        log.info("delivery_dropped", delivery=task.key, kind=task.kind, reason=reason)

    def _prepared(self, task: SendTask) -> SendTask:
        """An issue, and a page by a service, link back to the team's message, once that stands."""
        if task.kind not in ("github.issue", "webhook.page") or task.ticket is None:
            return task
        number = task.ticket
        team = self.context.store.read(lambda uow: uow.places.get(number, "team")) or {}
        if task.kind == "webhook.page":
            return replace(task, payload={**task.payload, "url": team.get("link")})
        link = team.get("link") or "the team's Slack channel"
        return replace(
            task, payload={**task.payload, "body": task.payload["body"].replace(LINK, link)}
        )

    def _sent(self, task: SendTask, receipt: Receipt) -> None:
        now = self.context.clock.now()

        def job(uow: UnitOfWork) -> bool:
            if not uow.deliveries.sent(task, receipt, now):
                return False
            uow.deliveries.add(_after_sent(self.context, task), now)
            # Whoever answers under it goes on with its ticket.
            thread = receipt.external.get("thread_key")
            if thread is not None and task.ticket is not None:
                uow.threads.add(thread, task.ticket)
            return True

        ours = self.context.store.write(job)
        log.info("delivery_sent", delivery=task.key, kind=task.kind, found=receipt.found, ours=ours)

    def _failed(self, task: SendTask, failure: SendFailure) -> None:
        now = self.context.clock.now()
        verdict = after_failure(task, failure, now)
        log.warning("delivery_failed", delivery=task.key, kind=failure.kind, reason=failure.reason)

        def job(uow: UnitOfWork) -> None:
            if failure.kind == "rate_limited" and task.lanes:
                until = now + (failure.retry_after or timedelta(seconds=1))
                uow.deliveries.close_lane(task.lanes[0], until)
            if isinstance(verdict, RetryAt):
                crashed = failure.kind == "crashed"
                uow.deliveries.retry(task, verdict.at, failure.reason, crashed=crashed)
            elif uow.deliveries.dead(task, verdict.reason, now):
                self._bury(uow, task, verdict, now)

        try:
            self.context.store.write(job)
        except Exception:
            if not isinstance(verdict, Dead):
                raise
            # Its ticket cannot be read or written: the delivery must be over all the same.
            log.exception("delivery_burial_failed", delivery=task.key)
            self.context.store.write(lambda uow: uow.deliveries.dead(task, verdict.reason, now))

    def _bury(self, uow: UnitOfWork, task: SendTask, dead: Dead, now: datetime) -> None:
        """A dead page moves the policy on, and goes by mail besides; all other deaths are shown."""
        if task.kind in _PAGES and task.ticket is not None:
            self._page_died(uow, task, task.ticket, dead, now)
        elif task.kind in _WORTH_SAYING:
            text = f"{_WORTH_SAYING[task.kind]} could not be sent: {dead.reason}"
            uow.deliveries.add([_note(self.context, task, text)], now)

    def _page_died(
        self, uow: UnitOfWork, task: SendTask, number: int, dead: Dead, now: datetime
    ) -> None:
        ticket = uow.tickets.get(number, lock=True)
        if ticket is None:
            return
        # A mail wakes nobody: the policy does not wait for what becomes of it.
        by_mail = (
            bool(task.target.get("mail")) and self.context.desk.sends_mail and not ticket.drill
        )
        failed = PageFailed(
            at=now,
            position=task.payload["position"],
            round=task.payload.get("round", 0),
            person=task.target["person"],
            reason=f"{dead.reason}; it goes by mail" if by_mail else dead.reason,
        )
        playbooks = in_force(self.context, uow)
        uow.apply([page_failed(ticket, failed, playbooks, self.context.desk, now)], now)
        if by_mail:
            uow.deliveries.add([_by_mail(task)], now)


_PAGES = ("slack.page", "webhook.page")

# What calls people to a ticket; the rest is told, whatever has become of it.
_CALLS = frozenset((*_PAGES, "mail.page", "slack.copy", "slack.mention", "slack.reminder"))

_WORTH_SAYING = {
    "slack.reply": "The message to the reporter",
    "mail.reply": "The mail to the reporter",
    "mail.page": "The page by mail",
    "slack.approval": "The question to the representatives",
    "mail.approval": "The question to a representative by mail",
    "slack.group": "The change of a Slack user group",
    "slack.post": "The notice to a channel",
    "slack.cover": "The question who can cover",
    "slack.handover": "The list of a change of shift",
    "github.issue": "The GitHub issue",
    "github.problem": "The GitHub issue of a known problem",
    "github.comment": "A comment on the GitHub issue",
    "github.close": "The closing of the GitHub issue",
    "github.reopen": "The reopening of the GitHub issue",
}


def _by_mail(task: SendTask) -> NewDelivery:
    """The page again, to whom Slack could not reach: better late than not at all."""
    return NewDelivery(
        key=f"{task.key}.mail",
        kind="mail.page",
        ticket=task.ticket,
        target=task.target,
        payload=task.payload,
        priority=PAGE,
    )


def _note(context: Context, task: SendTask, text: str) -> NewDelivery:
    key, channel = f"{task.key}.dead.{task.attempt}", context.desk.team_channel
    if task.ticket is None:
        return plain_post(key, channel, text)
    return NewDelivery(
        key=key,
        kind="slack.note",
        ticket=task.ticket,
        target={"place": "team", "channel": channel},
        payload={"text": text},
        stream=f"team:{task.ticket}",
    )


def _after_sent(context: Context, task: SendTask) -> list[NewDelivery]:
    """The root message shows the issue once there is one."""
    if task.kind != "github.issue" or task.ticket is None:
        return []
    update = NewDelivery(
        key=f"{task.key}.shown",
        kind="slack.update",
        ticket=task.ticket,
        target={"place": "team", "channel": context.desk.team_channel},
        stream=f"team:{task.ticket}",
        fold=True,
    )
    return [update]
