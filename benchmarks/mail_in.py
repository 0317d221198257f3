"""Mail to ticket as `supportbot mail deliver` does it: kept, read, judged, written, durable."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

from benchmarks.mail_data import DESK, mails, write_playbooks
from supportbot import logs
from supportbot.adapters.db.store import open_store
from supportbot.adapters.files import FileStore
from supportbot.adapters.mail.envelope import SOURCE, envelope
from supportbot.adapters.mail.reader import MailReader
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.application.context import Context
from supportbot.application.intake import take
from supportbot.bootstrap import SystemClock
from supportbot.domain.notices.ticket_notices import Desk


def rate(folder: Path, count: int, group: int, files: int = 0) -> Generator[float]:
    """Mails a second of each round of `count`, `group` of them in one commit, each with so many
    small files; on a new SQLite database in `folder`, with a thousand rules."""
    logs.configure("text", "error")
    shelf = FolderShelf(write_playbooks(folder))
    readers = {SOURCE: MailReader(DESK, FileStore(folder / "files").keep)}
    desk = Desk("#support-desk", "openfield/incidents", sends_mail=True)
    with open_store(f"sqlite:///{folder / 'supportbot.db'}") as store:
        context = Context(store, SystemClock(), shelf, desk)
        first = 0
        while True:
            messages = mails(first, count, files)
            began = time.perf_counter()
            for at in range(0, count, group):
                now = context.clock.now()
                envelopes = [envelope(raw, now) for raw in messages[at : at + group]]
                if not all(admitted.new for admitted in take(context, envelopes, readers)):
                    raise RuntimeError("a new mail did not open a ticket")
            yield count / (time.perf_counter() - began)
            first += count
