"""What people write to the desk, before anybody has read it, and a reader that knows it all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from supportbot.application.ports import Envelope, InboxRow
from supportbot.domain.triage.message import InboundMessage, Place, Sender, Source
from tests.simulation.troubles import Troubles


@dataclass(frozen=True, slots=True)
class Letter:
    """A message by mail or in a Slack channel; `under` names the one that it answers."""

    name: str
    source: Source
    who: str
    channel: str
    text: str
    under: str = ""
    piped: bool = False
    """Whether it comes by a pipe that keeps, reads and judges it at once."""

    @property
    def key(self) -> str:
        return f"{self.source}:message:{self.name}"

    @property
    def thread(self) -> str:
        """What the conversation is known by that it belongs to."""
        return thread_of(self.under or self.name)

    def __str__(self) -> str:
        where = self.channel if self.source == "slack" else "a mail"
        under = f" under {self.under}" if self.under else ""
        return f"{self.who} writes {self.name} in {where}{under}: {self.text!r}"


def thread_of(name: str) -> str:
    return f"thread:{name}"


@dataclass(slots=True)
class Post:
    """Every letter that was written, which outlives the bot; a `Reader` of all sources."""

    now: Callable[[], datetime]
    troubles: Troubles
    _letters: dict[str, tuple[Letter, datetime]] = field(default_factory=dict)

    def take(self, letter: Letter) -> None:
        self._letters.setdefault(letter.key, (letter, self.now()))

    @property
    def written(self) -> list[Letter]:
        return [letter for letter, _ in self._letters.values()]

    def envelope(self, letter: Letter) -> Envelope:
        return Envelope(letter.source, (letter.key,), letter.key, self.now())

    def read(self, row: InboxRow) -> InboundMessage:
        """Raises ConnectionError where nobody can say now who wrote."""
        if self.troubles.met("names", self.now()) is not None:
            raise ConnectionError("nobody says who wrote")
        letter, at = self._letters[row.body]
        return _message(letter, at)


def _message(letter: Letter, at: datetime) -> InboundMessage:
    by_mail = letter.source == "mail"
    address = f"{letter.who}@{letter.channel.lstrip('#')}.example"
    sender = Sender(mail=address) if by_mail else Sender(slack=f"U0{letter.who.upper():0<7}")
    thread = letter.under or letter.name
    place = (
        Place("mail", {"to": address, "message_id": thread})
        if by_mail
        else Place("slack", {"channel": letter.channel, "thread": thread})
    )
    return InboundMessage(
        source=letter.source,
        key=letter.key,
        sender=sender,
        text=letter.text,
        at=at,
        channel=None if by_mail else letter.channel,
        subject=letter.text[:40] if by_mail else None,
        thread_keys=(letter.thread,),
        reply_to=place,
        starts_thread=not letter.under,
    )
