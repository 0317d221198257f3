"""Opens the desk: for a command its store and playbooks, for a process all that it runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from supportbot.adapters.calendar_fetch import fetch_calendar
from supportbot.adapters.db.store import SqlStore, acquire_run_lock, open_store
from supportbot.adapters.db.urls import parse_url
from supportbot.adapters.playbook_files.calendars import read_calendar, read_leave
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.application import calendar_feeds, chores, deliveries, intake, look_ahead, timers
from supportbot.application.context import Context
from supportbot.application.ports import Clock, Role
from supportbot.application.steps import Stepped
from supportbot.bootstrap.bot import Bot, Listener, Listeners
from supportbot.bootstrap.chores import CHORES
from supportbot.bootstrap.parts import Parts
from supportbot.bootstrap.web import Pulse, web_server
from supportbot.domain.notices.ticket_notices import Desk
from supportbot.settings import Settings

# Sends of one batch wait for the network side by side.
SENDING_THREADS = 8

LISTEN = "listen"
ALL_ROLES = frozenset({LISTEN, "intake", "timers", "deliveries"})


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@contextmanager
def open_context(settings: Settings, clock: Clock | None = None) -> Iterator[Context]:
    """Store, clock and playbooks, and no network but the database's: what the commands need."""
    with open_store(settings.database.get_secret_value()) as store:
        playbooks = FolderShelf(settings.playbooks)
        yield Context(store, clock or SystemClock(), playbooks, _desk(settings))


@contextmanager
def open_bot(
    settings: Settings,
    clock: Clock | None = None,
    *,
    roles: Collection[str] = ALL_ROLES,
    one_thread: bool = False,
) -> Iterator[Bot]:
    """The bot, or these of its roles, not yet started. `one_thread` sends one delivery after the
    other.

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
        yield _connected(settings, context, store, playbooks, run, roles)


def _connected(
    settings: Settings,
    context: Context,
    store: SqlStore,
    playbooks: FolderShelf,
    run: deliveries.Runner,
    roles: Collection[str],
) -> Bot:
    parts = Parts(settings, context)
    pulse = Pulse(context.clock)
    steps = _steps(context, parts, run, roles)
    listeners: dict[str, Listener] = {}
    if LISTEN in roles:
        listeners, hearing = parts.listeners()
        steps["hearing"] = hearing.step
    if settings.http.listen is not None:
        # Last to start and first to leave: what it takes in, the others finish.
        routes = parts.routes(listeners)
        server = web_server(settings.http.listen, context, pulse, dict(listeners), routes)
        listeners["web"] = server
    url = settings.heartbeat_url
    return Bot(
        context,
        {role: _counted(pulse, role, step) for role, step in steps.items()},
        Listeners(listeners),
        store,
        playbooks,
        [parts.pruning().step] if "timers" in roles else [],
        url.get_secret_value() if url and "timers" in roles else None,
        # SQLite's run lock is held; Postgres has none.
        alone=parse_url(settings.database.get_secret_value()).get_backend_name() == "sqlite",
    )


def _counted(pulse: Pulse, role: Role, step: Callable[[], Stepped]) -> Callable[[], Stepped]:
    def counted() -> Stepped:
        pulse.beat(role)
        return step()

    return counted


def _steps(
    context: Context, parts: Parts, run: deliveries.Runner, roles: Collection[str]
) -> dict[Role, Callable[[], Stepped]]:
    steps: dict[Role, Callable[[], Stepped]] = {}
    if "intake" in roles:
        readers = parts.readers()
        steps["intake"] = lambda: intake.step(context, readers)
    if "timers" in roles:
        steps["timers"] = lambda: timers.step(context)
        # Beside the timers, on a thread of its own: a chore may wait for the network, no page may.
        ours = {
            **CHORES,
            calendar_feeds.CHORE: calendar_feeds.following(
                fetch_calendar, read_leave, read_calendar
            ),
            look_ahead.CHORE: look_ahead.looking(parts.directory),
        }
        steps["chores"] = lambda: chores.step(context, ours)
    if "deliveries" in roles:
        steps["deliveries"] = deliveries.Worker(context, parts.senders(), run).step
    return steps


def _desk(settings: Settings) -> Desk:
    sends_mail = settings.mail.smtp.host is not None
    return Desk(settings.slack.team_channel, settings.github.repository, sends_mail)
