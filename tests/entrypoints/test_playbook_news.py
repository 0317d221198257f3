"""What the team hears of edited playbooks: news is told once, whoever finds it, and its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from signal import SIGHUP, SIGINT, SIGTERM, getsignal, raise_signal, signal

import pytest

from supportbot.adapters.db.store import SqlStore
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.application.context import Context
from supportbot.application.deliveries import LEASE
from supportbot.application.ports import UnitOfWork
from supportbot.bootstrap.bot import Bot, Listeners
from supportbot.domain.notices.delivery import SendTask
from supportbot.entrypoints.run import serve, signals
from tests.entrypoints.command_line import PEOPLE, write_playbooks
from tests.entrypoints.desk import HandClock, desk

FILE = Path("playbooks/people.yaml")
BROKEN = "people: {"


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    monkeypatch.chdir(tmp_path)
    write_playbooks(tmp_path / "playbooks")
    with desk(HandClock(datetime(2026, 11, 24, 14, 5, tzinfo=UTC))) as opened:
        yield opened


def process(context: Context) -> Bot:
    """One of several processes on one database, each with playbooks of its own in mind."""
    shelf = FolderShelf(Path("playbooks"))
    assert isinstance(context.store, SqlStore)
    own = Context(context.store, context.clock, shelf, context.desk)
    return Bot(own, {}, Listeners({}), context.store, shelf)


def edit(people: str, *processes: Bot) -> None:
    """Edit a file, and let each of the processes keep house twice."""
    FILE.write_text(people, encoding="utf-8")
    for one in (*processes, *processes):
        one.keep_house()


def heard(context: Context) -> list[str]:
    """What was said in the team's channel since the last time, up to its first stop."""
    said: list[str] = []
    while True:
        rows = context.store.read(lambda uow: uow.deliveries.listing("waiting"))
        if not rows:
            return said
        claim = partial(claimed, max(row.due for row in rows))
        for task in context.store.write(claim):
            said.append(str(task.payload["text"]).split(":")[0].split(".")[0])


def claimed(at: datetime, uow: UnitOfWork) -> Sequence[SendTask]:
    return uow.deliveries.claim(at, 50, LEASE)


def test_news_is_said_once_by_whichever_process_sees_it_first(context: Context) -> None:
    both = process(context), process(context)
    good = both[0].context.shelf.current.version
    fault = f"The edited playbooks have faults; {good} stays in force"
    mended = "The faults in the playbooks are mended"

    edit(BROKEN, *both)
    assert heard(context) == [fault]
    edit(PEOPLE, *both)
    assert heard(context) == [mended]
    # The same mistake once more is news again.
    edit(BROKEN, *both)
    edit("people: [}", *both)
    edit(PEOPLE, *both)
    assert heard(context) == [fault, fault, mended]
    edit(PEOPLE.replace("Noor Haddad", "Noor H."), *both)
    after = both[1].context.shelf.current.version
    assert heard(context) == [f"Playbooks {after} are in force"]
    kept = context.store.read(lambda uow: uow.versions.get(after))
    assert kept is not None
    assert "Noor H." in kept["people.yaml"]


def test_a_start_tells_what_is_in_force_where_the_team_heard_something_else(
    context: Context,
) -> None:
    running = process(context)
    running.begin()
    assert heard(context) == []
    edit(BROKEN, running)
    assert len(heard(context)) == 1

    FILE.write_text(PEOPLE, encoding="utf-8")
    for _ in range(2):
        again = process(context)
        again.begin()
        again.keep_house()
    version = again.context.shelf.current.version
    assert heard(context) == [f"Playbooks {version} are in force"]


def test_a_hang_up_reads_the_playbooks_at_once_and_the_process_goes_on(context: Context) -> None:
    bot = process(context)
    FILE.write_text(PEOPLE + "  guest: {}\n", encoding="utf-8")
    assert serve(bot, asked(SIGHUP, SIGHUP, SIGINT)) == 0
    good = bot.context.shelf.current
    assert "guest" in good.people
    assert heard(context) == [f"Playbooks {good.version} are in force"]

    FILE.write_text(PEOPLE.replace("noor:", "nour:"), encoding="utf-8")
    assert serve(bot, asked(SIGHUP, SIGTERM)) == 0
    assert bot.context.shelf.current is good
    assert heard(context) == [f"The edited playbooks have faults; {good.version} stays in force"]


def test_the_signals_that_a_process_understands_wait_until_it_looks() -> None:
    before = {number: getsignal(number) for number in (SIGHUP, SIGINT, SIGTERM)}
    try:
        found = signals()
        for number in before:
            raise_signal(number)
        assert [found.get_nowait() for _ in before] == list(before)
    finally:
        for number, handler in before.items():
            signal(number, handler)


def asked(*numbers: int) -> SimpleQueue[int]:
    queue: SimpleQueue[int] = SimpleQueue()
    for number in numbers:
        queue.put(number)
    return queue
