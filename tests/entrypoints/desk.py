"""A desk with something in it, made by the code that runs in production, on a SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from supportbot.application import intake
from supportbot.application.context import Context
from supportbot.application.deliveries import Worker
from supportbot.application.ports import Envelope, InboxRow
from supportbot.bootstrap import open_context
from supportbot.domain.ticket.timer import TRIES_BEFORE_PARKED
from supportbot.domain.triage.message import InboundMessage, Place, Sender
from supportbot.settings import Settings

WORDS = "Since 9 nobody gets in: login fails on hub.northfield.example"


@dataclass(slots=True)
class HandClock:
    """A clock that a test moves."""

    at: datetime

    def now(self) -> datetime:
        return self.at


class FromMara:
    """Reads every envelope as a message that Mara, a representative, wrote in her channel."""

    def read(self, row: InboxRow) -> InboundMessage:
        return InboundMessage(
            source="slack",
            key=f"slack:{row.id}",
            sender=Sender(slack="U0MARA", name="Mara"),
            text=row.body,
            at=row.received_at,
            channel="#northfield-support",
            thread_keys=(f"slack:C1:{row.id}",),
            reply_to=Place("slack", {"channel": "C1", "thread": str(row.id)}),
        )


class Crashing:
    """A reader that fails over everything."""

    def read(self, row: InboxRow) -> InboundMessage:
        raise ValueError(f"cannot read {row.body!r}")


@contextmanager
def desk(clock: HandClock | None = None) -> Iterator[Context]:
    """The desk in the present folder, where the command line's defaults find it too."""
    settings = Settings(
        playbooks=Path("playbooks"), database=SecretStr("sqlite:///var/supportbot.db")
    )
    with open_context(settings, clock) as context:
        yield context


def arrive(context: Context, text: str = WORDS, key: str = "1") -> None:
    """A message arrives and is judged."""
    now = context.clock.now()
    intake.receive(context, Envelope("slack", (f"slack:{key}",), text, now))
    intake.step(context, {"slack": FromMara()})


def send_into_nothing(context: Context) -> None:
    """Try all that is due with no medium connected: every delivery dies."""
    while Worker(context, {}).step().busy:
        pass


def park_a_message(context: Context, clock: HandClock) -> None:
    """A message arrives that nobody can read, until it is set aside."""
    intake.receive(context, Envelope("slack", ("slack:bad",), "\x1b[2Jbad", clock.now()))
    for _ in range(TRIES_BEFORE_PARKED):
        intake.step(context, {"slack": Crashing()})
        clock.at += timedelta(minutes=1)
