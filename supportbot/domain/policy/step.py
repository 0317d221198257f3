"""A step of an escalation policy, as a value: when it comes due, whom it is for, and on what terms.

A ticket keeps its steps as they were when it opened; all that a step depends on (hours, times with
a name) is therefore in it, and not looked up again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from supportbot.domain.on_call.calendar_period import CalendarPeriod
from supportbot.domain.on_call.working_time import Delay


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a step reaches: who is on call in a rotation, a role, a person, the owner, a channel, a
    Slack user group (by its handle; `address` is its id), a webhook to a paging service.

    Where there is a `reason`, they are named for this very time, `until` it is over (aware UTC),
    and called at any hour.
    """

    kind: Literal["rotation", "role", "person", "owner", "channel", "group", "webhook"]
    name: str
    reason: str | None = None
    until: datetime | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A Slack user group: its handle, without the @, and its id (`S…`)."""

    handle: str
    id: str

    def __str__(self) -> str:
        return f"@{self.handle}"


@dataclass(frozen=True, slots=True)
class Times:
    """Times as somebody wrote them, or called them by a name."""

    said: str
    period: CalendarPeriod


@dataclass(frozen=True, slots=True)
class During:
    """In these times a policy waits until they are over, or its pages are notices."""

    times: Times
    pages: Literal["hold", "notify"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an escalation policy.

    `after` counts from the start of the round. `repeat` more tries follow, `every` apart; where the
    gaps are `growing`, each is twice as long as the one before. Outside of `only_within`, and
    during `only_outside`, it reaches nobody. When nobody can be reached, it is skipped at once, or
    held until somebody is. A step that came due while the bot was down fires late, or is dropped
    where `if_late` says so. With `working_first`, whoever works now is called before anybody is
    woken. Where each of its people is to acknowledge, the others are called until they did.
    """

    targets: tuple[Target, ...]
    after: Delay = Delay(timedelta(0))
    page: bool = True
    repeat: int = 0
    every: timedelta = timedelta(minutes=10)
    when_empty: Literal["skip", "hold"] = "skip"
    if_late: Literal["fire", "drop"] = "fire"
    growing: bool = False
    only_within: Times | None = None
    only_outside: Times | None = None
    working_first: bool = False
    acknowledged_by: Literal["any", "each"] = "any"

    def tries(self) -> Iterable[timedelta]:
        """How long after the step's own time each of its tries comes due, the first one at once."""
        for number in range(self.repeat + 1):
            yield self.every * (2**number - 1 if self.growing else number)


@dataclass(frozen=True, slots=True)
class AllHands:
    """Whom to call when one person has been alone with a ticket for so long."""

    after: timedelta
    targets: tuple[Target, ...]
