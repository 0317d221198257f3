"""Builds everything, once; the only file that knows both the ports and what stands behind them.

Nothing here connects to Slack or GitHub, and no thread starts, until somebody calls `start`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Protocol

import structlog
from pydantic import SecretStr

from supportbot.adapters import heartbeat
from supportbot.adapters.db.store import SqlStore, acquire_run_lock, open_store
from supportbot.adapters.db.urls import parse_url
from supportbot.adapters.files import FileStore
from supportbot.adapters.playbook_files.running import Rejected
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.application import announce, deliveries, intake, queries, restart, timers
from supportbot.application.context import Context
from supportbot.application.explain import as_text, explain_ticket
from supportbot.application.ports import Clock, Reader, Role, Sender
from supportbot.application.steps import Stepped
from supportbot.domain.notices import Desk
from supportbot.settings import GitHubSettings, Settings

log = structlog.get_logger()

# Sends of one batch wait for the network side by side.
SENDING_THREADS = 8
HEARTBEAT_EVERY = timedelta(minutes=1)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Listener(Protocol):
    """Whoever hears the outside: connects in the background, and drains when it is closed."""

    @property
    def connected(self) -> bool: ...
    def start(self) -> None: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class Bot:
    """The running desk: a step for every role, whoever listens, and what is done now and then."""

    context: Context
    steps: Mapping[Role, Callable[[], Stepped]]
    listener: Listener
    store: SqlStore
    playbooks: FolderShelf
    heartbeat_url: str | None = None
    alone: bool = False
    """Whether no other process may work on the same database."""
    _downtime: restart.Downtime | None = field(default=None, init=False)
    _last_beat: datetime | None = field(default=None, init=False)

    def begin(self) -> None:
        """Call once before the first step: what an earlier process held is free again.

        Where others may be at work it stays theirs, until their leases run out.
        """
        if self.alone:
            self.store.release_leases(self.context.clock.now())
        self._downtime = restart.begin(self.context, alone=self.alone)
        log.info("starting", away_since=self._downtime and self._downtime.since.isoformat())

    def keep_house(self) -> None:
        """New playbooks, the restart account, what was set aside, the heartbeat."""
        self._look_at_playbooks()
        if self._downtime is not None and restart.account(self.context, self._downtime):
            self._downtime = None
        announce.say_parked(self.context)
        self._beat()

    def _look_at_playbooks(self) -> None:
        found = self.playbooks.refresh()
        if found is None:
            return
        if isinstance(found, Rejected):
            announce.faulty_playbooks(self.context, [str(fault) for fault in found.faults])
        else:
            announce.new_playbooks(self.context)

    def _beat(self) -> None:
        """Only while the timers are being fired: a bot that cannot escalate must look dead."""
        now = self.context.clock.now()
        if self.heartbeat_url is None or not timers.are_current(self.context, now):
            return
        if self._last_beat is not None and now - self._last_beat < HEARTBEAT_EVERY:
            return
        try:
            heartbeat.beat(self.heartbeat_url)
            self._last_beat = now
        except (OSError, ValueError) as error:
            log.warning("heartbeat_failed", reason=type(error).__name__)


@contextmanager
def open_context(settings: Settings, clock: Clock | None = None) -> Iterator[Context]:
    """Store, clock and playbooks, and no network but the database's: what the commands need."""
    with open_store(settings.database.get_secret_value()) as store:
        playbooks = FolderShelf(settings.playbooks)
        yield Context(store, clock or SystemClock(), playbooks, _desk(settings))


@contextmanager
def open_bot(
    settings: Settings, clock: Clock | None = None, *, one_thread: bool = False
) -> Iterator[Bot]:
    """The whole bot, not yet started. `one_thread` sends one delivery after the other.

    Raises AlreadyRunning, NotMigrated, PlaybookFaults, SettingsFault.
    """
    with ExitStack() as stack:
        url = settings.database.get_secret_value()
        stack.enter_context(acquire_run_lock(url))
        store = stack.enter_context(open_store(url))
        playbooks = FolderShelf(settings.playbooks)
        context = Context(store, clock or SystemClock(), playbooks, _desk(settings))
        run: deliveries.Runner = map
        if not one_thread:
            run = stack.enter_context(ThreadPoolExecutor(SENDING_THREADS, "send")).map
        yield _connected(settings, context, store, playbooks, run)


def _connected(
    settings: Settings,
    context: Context,
    store: SqlStore,
    playbooks: FolderShelf,
    run: deliveries.Runner,
) -> Bot:
    from supportbot.adapters.slack.app import build_app
    from supportbot.adapters.slack.client import web_client
    from supportbot.adapters.slack.directory import Directory
    from supportbot.adapters.slack.reader import SlackReader
    from supportbot.adapters.slack.sender import SlackSender
    from supportbot.adapters.slack.socket_mode import SlackSocket

    slack = settings.slack
    client = web_client(_secret(slack.bot_token), slack.api_url)
    directory = Directory(client)
    app = build_app(
        client,
        context,
        directory,
        receive=lambda envelope: intake.receive(context, envelope),
        explain_text=lambda number: as_text(explain_ticket(context, number)),
    )
    senders: dict[str, Sender] = {
        "slack": SlackSender(client, directory, lambda number: queries.view(context, number))
    }
    if settings.github.repository is not None:
        senders["github"] = _github(settings.github)
    readers = {"slack": SlackReader(directory)}
    worker = deliveries.Worker(context, senders, run)
    steps: dict[Role, Callable[[], Stepped]] = {
        "intake": lambda: intake.step(context, readers),
        "timers": lambda: timers.step(context),
        "deliveries": worker.step,
    }
    heartbeat_url = settings.heartbeat_url
    return Bot(
        context,
        steps,
        SlackSocket(app, _secret(slack.app_token)),
        store,
        playbooks,
        heartbeat_url.get_secret_value() if heartbeat_url else None,
        # SQLite's run lock is held; Postgres has none.
        alone=parse_url(settings.database.get_secret_value()).get_backend_name() == "sqlite",
    )


def _github(settings: GitHubSettings) -> Sender:
    from supportbot.adapters.github.client import GitHubClient
    from supportbot.adapters.github.login import AppLogin, TokenLogin
    from supportbot.adapters.github.sender import GitHubSender

    login: TokenLogin | AppLogin
    if settings.app_id is not None and settings.installation_id is not None:
        login = AppLogin(settings.app_id, settings.installation_id, _secret(settings.private_key))
    else:
        login = TokenLogin(_secret(settings.token))
    return GitHubSender(GitHubClient(login, base_url=settings.api_url))


def mail_reader(settings: Settings) -> Reader:
    """Reads mail into messages, and keeps the files that come with it."""
    from supportbot.adapters.mail.reader import MailReader

    own = parseaddr(settings.mail.address or "")[1]
    return MailReader(own, FileStore(settings.files).keep)


def _desk(settings: Settings) -> Desk:
    sends_mail = settings.mail.smtp.host is not None
    return Desk(settings.slack.team_channel, settings.github.repository, sends_mail)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value is not None else ""
