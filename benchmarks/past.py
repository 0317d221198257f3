"""`supportbot replay` of ten thousand tickets; beside a bare reading of what is kept of them."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine

from benchmarks.due_data import PLAYBOOKS, open_tickets
from benchmarks.measure import children_time, utc_now
from supportbot.adapters.db.store import open_store
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.adapters.playbook_files.tests import read_cases
from supportbot.application.context import Context
from supportbot.application.expectations import keys
from supportbot.application.explain import record_of
from supportbot.application.ports import UnitOfWork
from supportbot.bootstrap import SystemClock
from supportbot.domain.notices.ticket_notices import Desk
from supportbot.domain.triage.decision import triage
from supportbot.domain.triage.message import InboundMessage
from supportbot.settings import PREFIX

_LAST_DAYS = timedelta(days=80)


def replayed(folder: Path, count: int) -> Generator[float]:
    """Seconds of the processor for the whole command, of each round."""
    url = f"sqlite:///{folder / 'supportbot.db'}"
    remember(url, count)
    settings = {"DATABASE": url, "PLAYBOOKS": str(PLAYBOOKS), "FILES": str(folder / "files")}
    environment = {f"{PREFIX}{name}": value for name, value in settings.items()}
    program = Path(sys.executable).with_name("supportbot")
    command: list[str | Path] = [program, "replay", "--since", "90d", "--json"]
    while True:
        began = children_time()
        told = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            check=True,
        )
        took = children_time() - began
        found = json.loads(told.stdout)
        if found["tickets"] != count or found["changed"]:
            raise RuntimeError(f"{found['tickets']} tickets, {len(found['changed'])} changes")
        yield took


def read(folder: Path, count: int) -> Generator[float]:
    """Seconds of the processor to read as many records as JSON, of each round."""
    path = folder / "supportbot.db"
    remember(f"sqlite:///{path}", count)
    while True:
        began = time.process_time()
        with closing(sqlite3.connect(path)) as connection:
            for (data,) in connection.execute("SELECT data FROM decisions"):
                json.loads(data)
        yield time.process_time() - began


def remember(url: str, count: int) -> None:
    """Fill a new desk with so many decisions of the last months, on the messages of the tests."""
    with open_store(url) as store:
        desk = Desk("#support-desk", "openfield/incidents")
        context = Context(store, SystemClock(), FolderShelf(PLAYBOOKS), desk)
        playbooks, now = context.shelf.current, utc_now()
        open_tickets(context, create_engine(url), [now])
        cases = read_cases(PLAYBOOKS, playbooks, keys(playbooks))
        said = [case.message for case in cases if isinstance(case.message, InboundMessage)]

        def job(uow: UnitOfWork) -> None:
            for number in range(count):
                at = now - _LAST_DAYS * (number / count)
                message = replace(said[number % len(said)], key=f"cli:{number}", at=at)
                found = triage(message, playbooks, at)
                uow.decisions.add(1, record_of(message, found, playbooks, at))
            uow.versions.keep(playbooks.version, context.shelf.files(playbooks.version), now)

        store.write(job)
