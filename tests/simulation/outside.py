"""The other sides, as models: what stands in Slack, in mailboxes and on GitHub, and by which key.

They keep the manners of our real senders: whoever tries again looks first, and what cannot be
looked for says that it may be a repetition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from supportbot.application.ports import Clock
from supportbot.domain.notices.delivery import Receipt, SendFailure, SendTask
from tests.simulation.crashing import Crash
from tests.simulation.troubles import RATE_LIMIT, SLOW, How, Medium, Troubles

# What changes something that stands already, and is no harm twice.
CHANGES = frozenset(
    {
        "slack.group",
        "slack.update",
        "slack.approval_over",
        "github.close",
        "github.reopen",
        "github.labels",
    }
)
# After a lost answer GitHub's lists take a moment to show what was made.
_SETTLING = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Post:
    """Something that stands at the other side; `marked` when it says that it may be repeated."""

    at: datetime
    task: SendTask
    external: dict[str, str]
    marked: bool = False

    def __str__(self) -> str:
        marked = " (maybe repeated)" if self.marked else ""
        return f"{self.task.kind} {self.task.key}{marked}"


@dataclass(slots=True)
class Side:
    """A `Sender`, and all that it took. `meanwhile` lets time pass while a send is on its way;
    `on_send` hears of each before it goes."""

    medium: Medium
    clock: Clock
    troubles: Troubles
    on_send: Callable[[SendTask], None]
    meanwhile: Callable[[timedelta], None]
    tell: Callable[[str], None]
    posts: list[Post] = field(default_factory=list)
    changes: list[SendTask] = field(default_factory=list)

    def send(self, task: SendTask) -> Receipt:
        self.on_send(task)
        how = self.troubles.met(self.medium, self.clock.now())
        if how is not None:
            self.tell(f"{task.kind} {task.key}: {how}")
        self._before(how)
        receipt = self._taken(task, blind=how == "blind")
        self._after(how)
        return receipt

    def _before(self, how: How | None) -> None:
        match how:
            case "refused":
                raise SendFailure("transient", "the line is down")
            case "rate limit":
                raise SendFailure("rate_limited", "slower, please", RATE_LIMIT)
            case "rejected":
                raise SendFailure("rejected", "not like this")
            case "breaks":
                raise RuntimeError("the sender has a fault")
            case "dies":
                raise Crash("before a send")
            case "slow":
                self.meanwhile(SLOW)

    def _after(self, how: How | None) -> None:
        match how:
            case "answer lost":
                wait = _SETTLING if self.medium == "github" else None
                raise SendFailure("transient", "no answer", wait)
            case "breaks after":
                raise RuntimeError("the sender cannot read the answer")
            case "dies after":
                raise Crash("after a send")
            case "slow answer":
                self.meanwhile(SLOW)

    def _taken(self, task: SendTask, *, blind: bool) -> Receipt:
        if task.kind in CHANGES:
            self.changes.append(task)
            return Receipt(dict(task.place or {}))
        again = task.attempt > 1
        if again and blind and self.medium == "github":
            # An issue is never made while it cannot be looked for: it waits, as GitHubSender does.
            raise SendFailure("transient", "cannot look")
        can_look = self.medium != "mail" and not blind
        if again and can_look:
            found = next((post for post in self.posts if post.task.key == task.key), None)
            if found is not None:
                return Receipt(found.external, found=True)
        external = self._external(task)
        post = Post(self.clock.now(), task, external, marked=again and not can_look)
        self.posts.append(post)
        self.tell(str(post))
        return Receipt(external)

    def _external(self, task: SendTask) -> dict[str, str]:
        name = str(len(self.posts) + 1)
        if self.medium == "github":
            return {"repo": "incidents", "number": name, "url": f"https://github.example/{name}"}
        if self.medium == "mail":
            return {"message_id": f"{task.key}@harbour.example"}
        place = {"channel": task.target.get("channel") or f"D{task.target.get('user', '')}"}
        return {**place, "ts": name, "link": f"https://slack.example/{name}"}
