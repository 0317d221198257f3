"""A year of tickets lived by `supportbot simulate --season`; beside a row for all that happens."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.due_data import PLAYBOOKS
from supportbot import logs
from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.source import read_folder
from supportbot.sandbox.simulate.season import live
from supportbot.sandbox.simulate.season_file import read_season

# 200 a month in all.
_RATES = """\
start: 2026-01-01T00:00Z
until: 2027-01-01T00:00Z
seed: 7
tickets:
  - {a_month: 20, from: mara, text: "Nobody can log in to https://hub.northfield.example"}
  - {a_month: 40, from: deshawn, text: "Our server does not start for two students, since 9:00"}
  - {a_month: 40, from: mara, text: "Please raise our quota by next month, it is 97 % full"}
  - {a_month: 100, from: thandi, text: How do I install a package?}
answers: {after: 8 minutes, percent: 90, only_in_hours: no, resolve_after: 3 hours}
"""


@dataclass(frozen=True, slots=True)
class Year:
    """Seconds of the processor: of the whole year, and of as many commits as things happened."""

    ours: float
    rows: float


def measure(folder: Path) -> Year:
    """A database for the rows goes into `folder`."""
    logs.configure("text", "error")
    season = read_season("rates.yaml", _RATES, parse(read_folder(PLAYBOOKS)))
    began = time.process_time()
    lived = live(season, PLAYBOOKS)
    took = time.process_time() - began
    return Year(took, _rows(folder, len(lived.rows) + len(lived.timers)))


def _rows(folder: Path, count: int) -> float:
    with closing(sqlite3.connect(folder / "rows.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, data TEXT)")
        began = time.process_time()
        for number in range(count):
            connection.execute("INSERT INTO rows VALUES (?, ?)", (number, "x" * 200))
        return time.process_time() - began
