"""Mistakes that a bot can be told to make, each of them against one of the laws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from supportbot.adapters.files import FileStore
from supportbot.adapters.mail.reader import MailReader
from supportbot.application import intake
from supportbot.application.deliveries import Worker
from supportbot.application.ports import Sender
from supportbot.application.steps import Stepped
from supportbot.bootstrap import Bot
from supportbot.bootstrap.parts import Parts, own_address
from supportbot.domain.notices.delivery import Receipt, SendTask
from supportbot.settings import Settings

Fault = Literal[
    "pages twice",
    "never looks",
    "skips a page",
    "forgets that it mailed",
    "marks mail before it goes",
    "keeps rows before contents",
]
Step = Callable[[], Stepped]


def make(fault: Fault, bot: Bot, settings: Settings) -> None:
    """From now on `bot` makes this mistake."""
    if fault == "keeps rows before contents":
        bot.steps = {**bot.steps, "intake": _late_contents(bot, settings)}
    elif fault == "marks mail before it goes":
        bot.steps = {**bot.steps, "deliveries": _late_mail(bot, settings)}
    else:
        bot.steps = {**bot.steps, "deliveries": _wrong_sender(fault, bot, settings).step}


def _wrong_sender(fault: Fault, bot: Bot, settings: Settings) -> Worker:
    senders = Parts(settings, bot.context).senders()
    slack, mail = senders["slack"], senders["mail"]
    wrong: dict[Fault, dict[str, Sender]] = {
        "pages twice": {"slack": _PagesTwice(slack)},
        "never looks": {"slack": _EverFirst(slack)},
        "skips a page": {"slack": _SkipsPages(slack)},
        "forgets that it mailed": {"mail": _EverFirst(mail)},
    }
    return Worker(bot.context, {**senders, **wrong[fault]})


def _late_mail(bot: Bot, settings: Settings) -> Step:
    """A worker that sends its mail after it has said that this was done."""
    senders = Parts(settings, bot.context).senders()
    owed = _Owed()
    worker = Worker(bot.context, {**senders, "mail": owed})

    def step() -> Stepped:
        stepped = worker.step()
        while owed.tasks:
            senders["mail"].send(owed.tasks.pop())
        return stepped

    return step


def _late_contents(bot: Bot, settings: Settings) -> Step:
    """An intake that writes attachments to disk after the rows that name them."""
    late: list[tuple[str, bytes]] = []
    files = FileStore(settings.files)
    own = own_address(settings).email
    reader = MailReader(own, lambda name, content: late.append((name, content)))

    def step() -> Stepped:
        stepped = intake.step(bot.context, {"mail": reader})
        while late:
            files.keep(*late.pop())
        return stepped

    return step


@dataclass(frozen=True, slots=True)
class _PagesTwice:
    """Sends every page once more, as if it were another one."""

    right: Sender

    def send(self, task: SendTask) -> Receipt:
        if task.kind == "slack.page":
            self.right.send(task)
        return self.right.send(task)


@dataclass(frozen=True, slots=True)
class _EverFirst:
    """Takes every attempt for the first: it neither looks nor says that it may be a repetition."""

    right: Sender

    def send(self, task: SendTask) -> Receipt:
        return self.right.send(replace(task, attempt=1))


@dataclass(frozen=True, slots=True)
class _SkipsPages:
    """Says that the pages to Nadia were sent, which they were not."""

    right: Sender

    def send(self, task: SendTask) -> Receipt:
        skips = task.kind == "slack.page" and task.target["person"] == "nadia"
        return Receipt() if skips else self.right.send(task)


@dataclass(frozen=True, slots=True)
class _Owed:
    """Says that it was sent, and only remembers it."""

    tasks: list[SendTask] = field(default_factory=list)

    def send(self, task: SendTask) -> Receipt:
        self.tasks.append(task)
        return Receipt()
