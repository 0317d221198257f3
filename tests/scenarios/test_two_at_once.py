"""Two processes that open tickets at once, each counting what the other opens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, text

from supportbot.adapters.db.migrate import upgrade
from supportbot.adapters.mail.envelope import SOURCE, envelope
from supportbot.application import intake
from supportbot.application.placing import place
from supportbot.application.ports import UnitOfWork
from supportbot.bootstrap import mail_reader, open_context
from supportbot.domain.triage.message import InboundMessage, Sender
from supportbot.sandbox.clock import VirtualClock
from supportbot.settings import Settings
from tests.scenarios import stories

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
RULES = """\
rules:
  - rule: again
    when: {recurrence: {times: 2, within: 1 day, symptom: login}}
    then: {labels: again}
    continue: yes
  - rule: login
    when: {text: cannot log in}
    then: {symptom: login, severity: P1}
  - rule: everything else
    then: {severity: P3}
"""
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


WORDS = "We cannot log in to https://hub.reef.example"


def mail(name: str) -> bytes:
    head = f"From: rita@reef.example\r\nMessage-ID: <{name}@reef.example>\r\nSubject: {name}"
    return f"{head}\r\n\r\n{WORDS}".encode()


@contextmanager
def looking(url: str) -> Iterator[Callable[[], bool]]:
    """Whether somebody waits for somebody else in this database."""
    engine = create_engine(url)

    def waits() -> bool:
        with engine.connect() as connection:
            return bool(connection.execute(text(WAITING)).scalar())

    yield waits
    engine.dispose()


def test_who_waited_for_another_to_open_a_ticket_counts_it(
    tmp_path: Path, postgres_database: Callable[[Callable[[str], None]], str]
) -> None:
    url = postgres_database(upgrade)
    policy = stories.playbooks(tmp_path)
    stories.edit(policy, "rules/10-rules.yaml", RULES)
    settings = Settings(
        database=url, playbooks=policy, files=tmp_path / "files", mail={"address": "help@a.example"}
    )
    readers, clock = {SOURCE: mail_reader(settings)}, VirtualClock(NOW)
    is_open, may_commit = threading.Event(), threading.Event()
    first = InboundMessage("mail", "a", Sender(mail="rolf@dune.example"), WORDS, NOW)

    with open_context(settings, clock) as one, open_context(settings, clock) as other:

        def open_slowly(uow: UnitOfWork) -> None:
            place(one, uow, first, NOW)
            is_open.set()
            assert may_commit.wait(30)

        with ThreadPoolExecutor(2) as pool, looking(url) as waits:
            slow = pool.submit(one.store.write, open_slowly)
            assert is_open.wait(30)
            quick = pool.submit(intake.take, other, [envelope(mail("b"), NOW)], readers)
            while not (waits() or quick.done()):
                threading.Event().wait(0.02)
            may_commit.set()
            slow.result(30)
            (taken,) = quick.result(30)

        tickets = other.store.read(lambda uow: uow.tickets.get_many([1, 2]))
        assert taken.ticket == 2
        assert [tickets[number].labels for number in (1, 2)] == [(), ("again",)]
        record = other.store.read(lambda uow: uow.decisions.get(2))
        assert record is not None
        assert [earlier.number for earlier in record.background.earlier] == [1]
