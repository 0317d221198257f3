"""The running desk of a simulation: the production roles between a recorder and a brief store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from supportbot.adapters.db.store import SqlStore
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.application import chores, intake, timers
from supportbot.application.context import Context
from supportbot.application.deliveries import Worker
from supportbot.application.ports import Envelope, InboxRow, Role
from supportbot.application.steps import Stepped
from supportbot.bootstrap import Bot, Listeners
from supportbot.bootstrap.chores import CHORES
from supportbot.domain.notices.ticket_notices import Desk
from supportbot.domain.triage.message import InboundMessage
from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.drive import Driver
from supportbot.sandbox.simulate.recorder import Recorder
from supportbot.sandbox.simulate.store import BriefDatabase

DESK = Desk("#support-desk", "incidents", sends_mail=True)


class Messages:
    """The `Reader` of all sources: an envelope names a message that is known already."""

    def __init__(self) -> None:
        self._by_key: dict[str, InboundMessage] = {}

    def envelope(self, message: InboundMessage, clock: VirtualClock) -> Envelope:
        """Put `message` into the post."""
        self._by_key[message.key] = message
        return Envelope(message.source, (message.key,), message.key, clock.now())

    def read(self, row: InboxRow) -> InboundMessage:
        return self._by_key[row.body]


@dataclass(frozen=True, slots=True)
class House:
    """A bot that is driven by hand, and all that it knows."""

    clock: VirtualClock
    bot: Bot
    driver: Driver
    database: BriefDatabase
    messages: Messages

    def arrives(self, message: InboundMessage) -> None:
        """Somebody's message reaches the desk now."""
        intake.receive(self.bot.context, self.messages.envelope(message, self.clock))


@contextmanager
def open_house(playbooks: Path, clock: VirtualClock, recorder: Recorder) -> Iterator[House]:
    """Open a desk that knows nothing yet. Raises PlaybookFaults."""
    shelf = FolderShelf(playbooks)
    with TemporaryDirectory(prefix="supportbot-simulate-") as folder:
        database = BriefDatabase(Path(folder))
        with SqlStore(database) as store:
            context = Context(store, clock, shelf, DESK)
            messages = Messages()
            steps = _steps(context, messages, recorder)
            bot = Bot(context, steps, Listeners({}), store, shelf, alone=True)
            yield House(clock, bot, Driver(bot, clock), database, messages)


def _steps(
    context: Context, messages: Messages, recorder: Recorder
) -> Mapping[Role, Callable[[], Stepped]]:
    readers = dict.fromkeys(("slack", "mail", "cli"), messages)
    senders = dict.fromkeys(("slack", "mail", "github", "webhook"), recorder)
    return {
        "intake": lambda: intake.step(context, readers),
        "timers": lambda: timers.step(context),
        "chores": lambda: chores.step(context, CHORES),
        "deliveries": Worker(context, senders).step,
    }
