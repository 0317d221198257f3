"""A desk on a local Slack: real bolt, real slack_sdk, a real store, a clock that is set by hand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from slack_bolt import App
from slack_sdk import WebClient

from supportbot.adapters.db.store import SqlStore, open_store
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.adapters.slack.app import build_app
from supportbot.adapters.slack.client import web_client
from supportbot.adapters.slack.directory import Directory
from supportbot.adapters.slack.manifest import REQUEST_PATH
from supportbot.adapters.slack.reader import SlackReader
from supportbot.adapters.slack.sender import SlackSender
from supportbot.adapters.slack.signed_http import SlackHttp
from supportbot.adapters.slack.socket_mode import SlackSocket
from supportbot.application import deliveries, intake, queries
from supportbot.application.context import Context
from supportbot.application.explain import as_text, explain_ticket
from supportbot.application.ports import Envelope
from supportbot.domain.notices.ticket_notices import Desk
from supportbot.domain.ticket.ticket import Ticket
from supportbot.sandbox.slack import Human, LocalSlack, Message, Patience
from tests.adapters.slack_adapter.http_server import serving

Transport = Literal["sockets", "http"]
START = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
QUICK = Patience(ack=20.0, retries=(0.0, 0.05, 0.1))
"""Comes again soon, and gives slow machines the time that they take."""
HASTY = Patience(ack=1.0, retries=(0.0, 0.05, 0.1))
"""Where no acknowledgement is to come."""
TEAM = "support-team"


@dataclass(slots=True)
class HandClock:
    at: datetime = START

    def now(self) -> datetime:
        return self.at


PLAYBOOKS = {
    "people.yaml": """\
people:
  ines: {{name: Ines Duarte, slack: {ines}}}
  tomasz: {{name: Tomasz Król, slack: {tomasz}}}
  jonas: {{name: Jonas Weber, slack: {jonas}}}
  mara: {{name: Mara Okafor, slack: {mara}}}
""",
    "communities.yaml": """\
communities:
  northfield:
    name: Northfield University
    representatives: [mara]
    slack_channels: ["#northfield-support"]
    hubs:
      prod: {{url: "https://hub.northfield.example", cluster: north-1}}
""",
    "rotations.yaml": """\
rotations:
  first-line: {{people: [ines, tomasz], swap_every: 1 week, hand_off: Monday 09:00 UTC}}
  second-line: {{people: [jonas], swap_every: 1 week, hand_off: Monday 09:00 UTC}}
""",
    "severities.yaml": """\
severities:
  P1:
    means: several people cannot work
    first_answer: 30 minutes
    escalate: [page: first-line, {{page: second-line, after: 10 minutes}}]
  P3:
    means: one person is stuck
    escalate: [notify: first-line, {{notify: second-line, after: 4 hours}}]
""",
    "rules/10-rules.yaml": """\
rules:
  - rule: an outage
    when: {{text: [nobody can]}}
    then: {{severity: P1, symptom: reach}}
  - rule: everything else
    then: {{severity: P3}}
""",
}


@dataclass(slots=True)
class Room:
    """Everything wired as in production, and moved by hand: `settle` runs the steps."""

    slack: LocalSlack
    clock: HandClock
    store: SqlStore
    context: Context
    client: WebClient
    directory: Directory
    people: dict[str, Human]
    transport: Transport = "sockets"
    received: list[bool] = field(default_factory=list)
    broken: list[Exception] = field(default_factory=list)

    def receive(self, envelope: Envelope) -> bool:
        """Into the inbox; first raises what stands in `broken`, as a store that is down would."""
        if self.broken:
            raise self.broken.pop()
        self.received.append(intake.receive(self.context, envelope))
        return self.received[-1]

    def view(self, number: int) -> queries.TicketView | None:
        return queries.view(self.context, number)

    def ticket(self, number: int = 1) -> Ticket:
        found = self.store.read(lambda uow: uow.tickets.get(number))
        assert found is not None
        return found

    def tickets(self) -> list[Ticket]:
        return list(queries.listing(self.context))

    @property
    def sender(self) -> SlackSender:
        return SlackSender(self.client, self.directory, self.view)

    @contextlib.contextmanager
    def connected(self, connections: int = 1) -> Iterator[None]:
        """The app where Slack reaches it: by so many sockets, or at an address."""
        with self.by_http() if self.transport == "http" else self.by_socket(connections):
            yield

    @contextlib.contextmanager
    def by_socket(
        self, connections: int = 1, on_connected: Callable[[], None] | None = None
    ) -> Iterator[SlackSocket]:
        socket = SlackSocket(self.app(), self.slack.app_token, connections, on_connected)
        socket.start()
        self.slack.wait_until(lambda: len(self.slack.connections()) == connections)
        try:
            yield socket
        finally:
            socket.close()

    @contextlib.contextmanager
    def by_http(self) -> Iterator[str]:
        """Gives the address."""
        endpoint = SlackHttp(self.app(), self.slack.signing_secret, self.clock)
        with serving(endpoint) as host:
            self.slack.deliver_to(f"{host}{REQUEST_PATH}")
            try:
                yield f"{host}{REQUEST_PATH}"
            finally:
                self.slack.deliver_to(None)
        endpoint.close()

    def app(self) -> App:
        return build_app(
            self.client,
            self.context,
            self.directory,
            self.receive,
            lambda number: as_text(explain_ticket(self.context, number)),
        )

    def heard(self) -> None:
        """Wait until every event of Slack's is acknowledged."""
        self.slack.wait_until(lambda: not self.slack.unacknowledged())

    def settle(self) -> None:
        """Read what was heard and send what is due, until nothing is left to do in a minute."""
        self.heard()
        worker = deliveries.Worker(self.context, {"slack": self.sender})
        readers = {"slack": SlackReader(self.directory)}
        end = self.clock.at + timedelta(minutes=1)
        while True:
            read, sent = intake.step(self.context, readers), worker.step()
            if read.busy or sent.busy:
                continue
            if sent.wake_at is None or sent.wake_at > end:
                return
            self.clock.at = max(self.clock.at, sent.wake_at)

    def root(self) -> Message:
        """The newest root message in the team's channel."""
        return [m for m in self.slack.messages(TEAM) if m.bot_id][-1]


@contextlib.contextmanager
def open_room(
    folder: Path, slack: LocalSlack, clock: HandClock, transport: Transport = "sockets"
) -> Iterator[Room]:
    people = {
        "ines": slack.human("ines", real_name="Ines Duarte"),
        "tomasz": slack.human("tomasz", real_name="Tomasz Król", email="tomasz@team.example"),
        "jonas": slack.human("jonas", real_name="Jonas Weber"),
        "mara": slack.human("mara", real_name="Mara Okafor"),
        "stranger": slack.human("stranger", real_name="Some One", email="some@one.example"),
    }
    slack.channel("northfield-support", [people["mara"], people["ines"], people["stranger"]])
    slack.channel(TEAM, [people[name] for name in ("ines", "tomasz", "jonas", "stranger")])
    ids = {name: human.id for name, human in people.items()}
    for name, text in PLAYBOOKS.items():
        path = folder / "playbooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(**ids))
    client = web_client(slack.bot_token, slack.base_url, timedelta(seconds=30))
    with open_store(f"sqlite:///{folder}/supportbot.db") as store:
        shelf = FolderShelf(folder / "playbooks")
        context = Context(store, clock, shelf, Desk(f"#{TEAM}"))
        yield Room(slack, clock, store, context, client, Directory(client), people, transport)
