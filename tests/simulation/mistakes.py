"""Mistakes that a desk can be told to make, each of them against one of the laws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from supportbot.application.ports import Envelope, Role, Sender, Store, UnitOfWork
from supportbot.domain.notices.delivery import Receipt, SendFailure, SendTask
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.change import Change
from supportbot.domain.ticket.commands import Command

T = TypeVar("T")


def _right(as_it_is: T) -> T:
    return as_it_is


@dataclass(frozen=True, slots=True)
class Mistake:
    """What stands in the place of the right thing."""

    sender: Callable[[Sender], Sender] = field(default=_right)
    store: Callable[[Store], Store] = field(default=_right)
    envelope: Callable[[Envelope], Envelope] = field(default=_right)
    command: Callable[[Command], Command] = field(default=_right)


RIGHT = Mistake()


# --- senders


@dataclass(frozen=True, slots=True)
class EverFirst:
    """Takes every attempt for the first: it neither looks nor says that it may be a repetition."""

    right: Sender

    def send(self, task: SendTask) -> Receipt:
        return self.right.send(replace(task, attempt=1))


@dataclass(frozen=True, slots=True)
class PagesTwice:
    """Sends every page once more, as if it were another one."""

    right: Sender

    def send(self, task: SendTask) -> Receipt:
        if task.kind == "slack.page":
            self.right.send(replace(task, key=f"{task.key}.again"))
        return self.right.send(task)


@dataclass(frozen=True, slots=True)
class Forgets:
    """Says that it sent the answers to reporters, which it did not."""

    right: Sender

    def send(self, task: SendTask) -> Receipt:
        return Receipt() if task.kind == "slack.reply" else self.right.send(task)


@dataclass(slots=True)
class Postpones:
    """Keeps each page until a reporter is answered."""

    right: Sender
    _kept: list[SendTask] = field(default_factory=list)

    def send(self, task: SendTask) -> Receipt:
        if task.kind == "slack.page":
            self._kept.append(task)
            return Receipt({"channel": "D1", "ts": "1"})
        while task.kind == "slack.reply" and self._kept:
            self.right.send(self._kept.pop())
        return self.right.send(task)


@dataclass(frozen=True, slots=True)
class GivesUp:
    """Puts off for ever what must be sent."""

    right: Sender

    def send(self, task: SendTask) -> Receipt:
        if task.kind == "slack.note":
            raise SendFailure("transient", "not now, and never", timedelta(hours=30))
        return self.right.send(task)


# --- a store


class Altered:
    """A `Store` that alters what is written: each change goes through `alter`."""

    def __init__(self, right: Store, alter: Callable[[Change], Change]) -> None:
        self._right = right
        self._alter = alter

    def write(self, job: Callable[[UnitOfWork], T]) -> T:
        def altered(uow: UnitOfWork) -> T:
            wrong: Any = _AlteredUnit(uow, self._alter)
            return job(wrong)

        return self._right.write(altered)

    def read(self, job: Callable[[UnitOfWork], T]) -> T:
        return self._right.read(job)

    def wait(self, role: Role, timeout: float) -> None:
        self._right.wait(role, timeout)

    def wake(self) -> None:
        self._right.wake()


@dataclass(frozen=True, slots=True)
class _AlteredUnit:
    right: UnitOfWork
    alter: Callable[[Change], Change]

    def apply(self, changes: Sequence[Change], now: datetime) -> None:
        self.right.apply([self.alter(change) for change in changes], now)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.right, name)


def _drops_escalation(change: Change) -> Change:
    """After second line was reached, nothing is set for what comes next."""
    if not any(isinstance(event, e.Reached) and event.second_line for event in change.events):
        return change
    kept = tuple(timer for timer in change.timers if timer.kind != "escalate")
    return replace(change, timers=kept)


def _asks_for_two_issues(change: Change) -> Change:
    again = [
        replace(one, key=f"{one.key}.again")
        for one in change.deliveries
        if one.kind == "github.issue"
    ]
    return replace(change, deliveries=(*change.deliveries, *again))


def _loses_the_owner(change: Change) -> Change:
    """What is kept of the ticket is not what happened to it."""
    return replace(change, ticket=replace(change.ticket, first_owner=None))


def _as_another(envelope: Envelope) -> Envelope:
    """Whatever comes again is taken for something new."""
    return replace(envelope, keys=(f"{envelope.keys[0]} at {envelope.received_at}",))


def _blindly(command: Command) -> Command:
    """Nobody knows what whoever presses was looking at."""
    return replace(command, seen=None)


BLIND = Mistake(command=_blindly)
MISTAKES: Mapping[str, Mistake] = {
    "sent once": Mistake(sender=EverFirst),
    "paged once": Mistake(sender=PagesTwice),
    "sent is sent": Mistake(sender=Forgets),
    "over is over": Mistake(sender=Postpones),
    "at rest": Mistake(sender=GivesUp),
    "watched": Mistake(store=lambda right: Altered(right, _drops_escalation)),
    "one issue": Mistake(store=lambda right: Altered(right, _asks_for_two_issues)),
    "as recorded": Mistake(store=lambda right: Altered(right, _loses_the_owner)),
    "one ticket": Mistake(envelope=_as_another),
}
"""By the law that finds it."""
