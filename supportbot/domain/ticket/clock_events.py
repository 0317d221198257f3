"""What happens to the clocks of a ticket that somebody has: it lapses, it waits, its time is up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.ticket.events import Event

Party = Literal["reporter", "third party"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """For whom a ticket waits since `since` (aware UTC): `who` names a third party, `chase` is how
    long until somebody is asked again, `chased` how often that was."""

    party: Party
    who: str
    chase: Delay
    since: datetime
    chased: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementRenewed(Event):
    """Whoever has it was asked, and is still on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementLapsed(Event):
    """Nobody answered whether they were still on it: `person` has it no longer. The policy goes on
    where it stood; its round counts from `round_at` now, as if it had rested meanwhile."""

    person: str | None
    round_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitBegan(Event):
    """It waits for the reporter, or for `who`; after each `chase` somebody is asked again."""

    party: Party
    who: str
    chase: Delay


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitEnded(Event):
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chased(Event):
    """The wait took long: the `reporter` was reminded, or else `people` were, to chase."""

    people: tuple[str, ...]
    reporter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeboxExtended(Event):
    """First line has `work` in all now."""

    work: timedelta
