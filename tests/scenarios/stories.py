"""How a story is told: who writes, who presses, how time passes, and what can be seen of it.

The bot is the real one, Slack and GitHub are local servers, and the clock is moved by hand.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from supportbot.application.explain import explain_ticket
from supportbot.application.ports import DeliveryRow
from supportbot.domain.ticket.events import Event
from supportbot.domain.ticket.ticket import Ticket
from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.github import LocalGitHub
from supportbot.sandbox.github.state import Issue
from supportbot.sandbox.slack import Human, Message, View
from supportbot.sandbox.stage import (
    REPOSITORY,
    TEAM_CHANNEL,
    Scenery,
    Stage,
    open_play,
    open_scenery,
)
from tests.scenarios.story_slack import StorySlack

# A Tuesday afternoon in Europe, a morning in Toronto.
START = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
HARBOUR = Path(__file__).parent / "playbooks" / "harbour"
OUTAGE = "Nobody in the class cannot log in: https://hub.reef.example says 403"
MAYBE_REPEATED = "(maybe repeated)"


def playbooks(folder: Path, **changed: str) -> Path:
    """A copy of the harbour's playbooks that a story may edit; `severities="…"` replaces a file."""
    target = folder / "playbooks"
    shutil.copytree(HARBOUR, target)
    for name, content in changed.items():
        edit(target, f"{name}.yaml", content)
    return target


def edit(folder: Path, name: str, content: str) -> None:
    """Write a file of the playbooks anew, as an editor or git does: in one go."""
    fresh = folder / f".{Path(name).name}.new"
    fresh.write_text(content)
    fresh.rename(folder / name)


@contextmanager
def raised(
    folder: Path,
    policy: Path,
    database: str,
    *,
    slack: StorySlack | None = None,
    github: LocalGitHub | None = None,
    clock: VirtualClock | None = None,
) -> Iterator[Story]:
    """A story with its outside, and the bot up. A `slack` or `github` comes with its `clock`."""
    clock = clock or VirtualClock(START)
    slack = slack or StorySlack(clock)
    with open_scenery(
        folder, policy, START, slack=slack, github=github, clock=clock, database=database
    ) as scenery:
        story = Story(scenery, slack, policy)
        story.bot_starts()
        try:
            yield story
        finally:
            story.bot_stops()


@dataclass(slots=True)
class Story:
    """One desk and its people. `policy` is the folder of its playbooks."""

    scenery: Scenery
    slack: StorySlack
    policy: Path
    _stage: Stage | None = None
    _up: ExitStack = field(default_factory=ExitStack)

    # --- the bot

    @property
    def stage(self) -> Stage:
        assert self._stage is not None, "the bot is down"
        return self._stage

    def bot_starts(self) -> None:
        self._stage = self._up.enter_context(open_play(self.scenery))

    def bot_stops(self) -> None:
        """As by SIGTERM: what is in hand is finished, everything else waits."""
        self._stage = None
        self._up.close()

    def restart_after(self, downtime: timedelta) -> None:
        """The bot is down for so long; then it starts, and does what came due."""
        self.bot_stops()
        self.passes(downtime)
        self.bot_starts()
        self.hears()

    def passes(self, span: timedelta) -> None:
        """The clock alone: nobody does anything."""
        self.clock.move_to(self.clock.now() + span)

    # --- time

    @property
    def clock(self) -> VirtualClock:
        return self.scenery.clock

    def hears(self) -> None:
        """Whatever was written is in the inbox, then read, and what is due at once is sent."""
        self.slack.wait_until(lambda: not self.slack.unacknowledged(), timeout=60)
        self.stage.driver.settle()

    def lives(self, span: timedelta) -> None:
        """Everything that comes due within `span` happens."""
        self.hears()
        self.stage.driver.run_for(span)

    def moment(self) -> None:
        """Long enough for the lanes: what was decided is also sent."""
        self.lives(timedelta(seconds=30))

    def keeps_house(self) -> None:
        """What the running bot does every quarter of a minute."""
        self.stage.bot.keep_house()
        self.moment()

    # --- people

    def human(self, who: str) -> Human:
        return self.scenery.people[who]

    def writes(self, who: str, text: str, channel: str = "#reef") -> Message:
        """Somebody writes in a channel, and the desk takes it in."""
        message = self.human(who).say(channel, text)
        self.moment()
        return message

    def answers(self, who: str, text: str, under: Message) -> Message:
        """Somebody writes in a thread."""
        message = self.human(who).say(under.channel, text, under.ts)
        self.moment()
        return message

    def presses(self, who: str, action: str, number: int = 1) -> None:
        """Somebody presses a button of the ticket's root message, and its effect is sent."""
        assert self.human(who).press(self.root(number), action).acked
        self.moment()

    def opens(self, who: str, action: str, number: int = 1) -> View:
        """Somebody presses a button that opens a form."""
        human = self.human(who)
        assert human.press(self.root(number), action).acked
        return self.slack.wait_until(lambda: self.slack.views(human), timeout=60)[-1]

    def fills(self, who: str, action: str, number: int = 1, **values: str) -> Mapping[str, str]:
        """Somebody opens a form, fills it in and sends it; the errors it shows, if any."""
        sent = self.human(who).submit(self.opens(who, action, number), values)
        assert sent.acked
        self.moment()
        return sent.errors

    def whispered(self, who: str, count: int = 1) -> list[str]:
        """What only this person was shown, once there is so much of it."""
        human = self.human(who)
        enough = self.slack.wait_until(
            lambda: len(shown := self.slack.ephemerals(human)) >= count and shown, timeout=60
        )
        return [message.text for message in enough or []]

    # --- what can be seen in Slack and on GitHub

    def roots(self) -> list[Message]:
        """The bot's messages in the team's channel that show a ticket, oldest first."""
        return [m for m in self.slack.messages(TEAM_CHANNEL) if key_of(m).endswith(".root")]

    def root(self, number: int = 1) -> Message:
        found = [m for m in self.roots() if key_of(m).startswith(f"SUP-{number}.")]
        assert len(found) == 1, f"{len(found)} root messages of SUP-{number}"
        return found[0]

    def team_thread(self, number: int = 1) -> list[str]:
        """What hangs under a ticket's root message."""
        root = self.root(number)
        return [message.full_text for message in self.slack.thread(TEAM_CHANNEL, root.ts)[1:]]

    def said_to(self, asked: Message) -> list[str]:
        """What the bot said to the reporter, in the thread of their message."""
        thread = self.slack.thread(asked.channel, asked.ts)
        return [message.text for message in thread if message.bot_id]

    def said_in(self, channel: str) -> list[str]:
        """What the bot said in a channel itself."""
        return [m.full_text for m in self.slack.messages(channel) if m.bot_id]

    def pages(self, who: str) -> list[str]:
        """The delivery keys of the pages a person got, oldest first."""
        return [key for m in self.slack.dms(self.human(who)) if ".page." in (key := key_of(m))]

    def paged_at(self, who: str) -> list[timedelta]:
        """When a person was paged, counted from the story's start, to the minute."""
        moments = [
            datetime.fromtimestamp(float(m.ts), UTC)
            for m in self.slack.dms(self.human(who))
            if ".page." in key_of(m)
        ]
        return [timedelta(minutes=(at - START) // timedelta(minutes=1)) for at in moments]

    def bot_messages(self) -> list[Message]:
        """Everything the bot wrote, anywhere."""
        channels = {TEAM_CHANNEL, "#reef", "#dune"}
        roots = [m for channel in sorted(channels) for m in self.slack.messages(channel)]
        inside = [m for root in roots for m in self.slack.thread(root.channel, root.ts)]
        direct = [m for human in self.scenery.people.values() for m in self.slack.dms(human)]
        return [message for message in [*inside, *direct] if message.bot_id]

    def issues(self) -> list[Issue]:
        return self.scenery.github.issues(REPOSITORY)

    # --- what the desk knows

    def ticket(self, number: int = 1) -> Ticket:
        found = self._read_ticket(number)
        assert found is not None, f"there is no SUP-{number}"
        return found

    def tickets(self) -> int:
        """How many there are."""
        return next(n for n in range(10_000) if self._read_ticket(n + 1) is None)

    def events(self, number: int = 1) -> tuple[Event, ...]:
        return tuple(self.stage.bot.store.read(lambda uow: uow.tickets.events(number)))

    def deliveries(self, state: str) -> list[DeliveryRow]:
        return list(self.stage.bot.store.read(lambda uow: uow.deliveries.listing(state)))

    def timers(self, number: int = 1) -> dict[str, timedelta]:
        """The pending timers of a ticket, with when they come due, counted from the start."""
        query = "SELECT kind, due FROM timers WHERE state = 'pending' AND ticket = :ticket"
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return {
            str(row[0]): epoch + timedelta(microseconds=int(str(row[1]))) - START
            for row in self.sql(query, ticket=number)
        }

    def outcomes(self) -> list[str]:
        """What became of everything that came in, in its order."""
        return [str(row[0]) for row in self.sql("SELECT outcome FROM inbox ORDER BY id")]

    def sql(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Straight into the database: what no port shows, and what only a saboteur does."""
        engine = create_engine(self.scenery.settings.database.get_secret_value())
        try:
            with engine.begin() as connection:
                result = connection.execute(text(statement), values)
                return [tuple(row) for row in result] if result.returns_rows else []
        finally:
            engine.dispose()

    def _read_ticket(self, number: int) -> Ticket | None:
        return self.stage.bot.store.read(lambda uow: uow.tickets.get(number))


def key_of(message: Message) -> str:
    """The key of the delivery that a message is, or nothing."""
    payload = (message.metadata or {}).get("event_payload") or {}
    return str(payload.get("key", ""))


def repeated_unmarked(story: Story) -> list[str]:
    """The deliveries of which more than one message stands that does not say so."""
    plain = [m for m in story.bot_messages() if MAYBE_REPEATED not in m.full_text]
    counted = Counter(key_of(message) for message in plain)
    return [key for key, count in counted.items() if count > 1 or not key]


def check_explanations(story: Story) -> None:
    """Every ticket's decision, computed again, is what was decided then."""
    for number in range(1, story.tickets() + 1):
        if story.ticket(number).drill:
            continue  # nobody decided anything
        explained = explain_ticket(story.stage.bot.context, number)
        assert explained["matches"], f"SUP-{number} explains itself differently now"
