"""A scenario as values: what people do and what breaks, from a start until an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supportbot.domain.ticket.commands import Command
from supportbot.domain.triage.message import InboundMessage


@dataclass(frozen=True, slots=True)
class Written:
    """Somebody writes to the desk at `at` (aware UTC)."""

    at: datetime
    message: InboundMessage


@dataclass(frozen=True, slots=True)
class Acted:
    """Somebody of the team presses a button at `at`; `ticket` None is the newest there is then."""

    at: datetime
    command: Command
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Pages to `person` die in [since, until)."""

    person: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Down:
    """Nothing runs in [since, until); then the bot starts again."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything between `start` and `until` (aware UTC); `happenings` in the order of time."""

    start: datetime
    until: datetime
    happenings: tuple[Written | Acted, ...] = ()
    unreachable: tuple[Unreachable, ...] = ()
    down: tuple[Down, ...] = ()
