"""`python -m benchmarks [NAME…]`: measure, and print the table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping

from benchmarks import ack, due_jobs, due_timers, machine, memory, postgres, version
from benchmarks.due_timers import Due
from benchmarks.measure import apart
from benchmarks.table import Aim, Line, render

PENDING = 1_000_000
_MS = 1_000.0


def acks() -> Iterator[Line]:
    """Events acknowledged once they are durable, for sixteen who wait."""
    with machine.folder() as folder:
        found = apart(ack.measure, folder)
    for how, pair in (("Socket Mode", found.socket_mode), ("dispatch alone", found.dispatch)):
        ours, no_op, what = pair.ours, pair.no_op, f"ack, 16 clients, {how}"
        peer = "bolt's no-op"
        yield Line(f"{what}: rate", "/s", ours.rate, peer, no_op.rate, Aim("ratio", "≥", 0.5))
        yield Line(f"{what}: p50", "ms", ours.p50 * _MS, peer, no_op.p50 * _MS)
        aim = Aim("figure", "≤", 50)
        yield Line(f"{what}: p99", "ms", ours.p99 * _MS, peer, no_op.p99 * _MS, aim)


def timers() -> Iterator[Line]:
    """A thousand timers that come due while a million wait."""
    with machine.folder() as folder:
        ours = apart(due_timers.measure, f"sqlite:///{folder}/supportbot.db", PENDING)
    with machine.folder() as folder:
        urls = f"sqlite:///{folder}/jobs.db", f"sqlite:///{folder}/effects.db"
        theirs = apart(due_jobs.measure, *urls, PENDING)
    yield from _due("SQLite", ours, theirs)


def timers_postgres() -> Iterator[Line]:
    """The same on Postgres, where there is one."""
    if not postgres.is_there():
        sys.stderr.write("timers-postgres: no Postgres here; on Debian: apt install postgresql\n")
        return
    with machine.folder() as folder, postgres.durable_postgres(folder) as server:
        ours = apart(due_timers.measure, server.create_database(), PENDING)
        url = server.create_database()
        theirs = apart(due_jobs.measure, url, url, PENDING)
    yield from _due("Postgres", ours, theirs)


def _due(database: str, ours: Due, theirs: Due) -> Iterator[Line]:
    peer, what = "APScheduler 3", f"1,000 timers, {database}"
    late, at_once = ours.spread, ours.at_once
    yield Line(
        f"{what}, in one second: p50 late", "ms", late.p50 * _MS, peer, theirs.spread.p50 * _MS
    )
    yield Line(
        f"{what}, in one second: p99 late",
        "ms",
        late.p99 * _MS,
        peer,
        theirs.spread.p99 * _MS,
        Aim("figure", "≤", 200),
    )
    yield Line(
        f"{what}, at one instant: p99 late", "ms", at_once.p99 * _MS, peer, theirs.at_once.p99 * _MS
    )
    yield Line(
        f"{what}, at one instant: rate",
        "/s",
        at_once.rate,
        peer,
        theirs.at_once.rate,
        Aim("figure", "≥", 5_000),
    )


def idle_memory() -> Iterator[Line]:
    """What `supportbot run` holds."""
    with machine.folder() as folder:
        found = apart(memory.measure, folder)
    aim = Aim("figure", "≤", 95)
    libraries = "bolt + PyGithub + SQLAlchemy"
    for what, ours in (("idle", found.idle), ("idle again after a ticket", found.worked)):
        yield Line(f"memory, {what}: RSS", "MB", ours.rss, libraries, found.libraries.rss, aim)
        yield Line(f"memory, {what}: PSS", "MB", ours.pss, libraries, found.libraries.pss)
    yield Line("memory, idle: RSS", "MB", found.idle.rss, "bare Python", found.python.rss)


def answer() -> Iterator[Line]:
    """How long `supportbot --version` takes."""
    with machine.folder() as folder:
        found = apart(version.measure, folder)
    ours, aim = found.ours * _MS, Aim("ratio", "≤", 3)
    yield Line("--version", "ms", ours, "python -c pass", found.python * _MS, aim)
    yield Line("--version", "ms", ours, "python -m, an empty module", found.module * _MS)


BENCHMARKS: Mapping[str, Callable[[], Iterator[Line]]] = {
    "ack": acks,
    "timers": timers,
    "timers-postgres": timers_postgres,
    "memory": idle_memory,
    "version": answer,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    print(machine.describe(), flush=True)
    lines: list[Line] = []
    try:
        for name in names:
            sys.stderr.write(f"measuring {name}\n")
            lines += BENCHMARKS[name]()
    finally:
        print(f"\n{render(lines)}")


if __name__ == "__main__":
    main()
