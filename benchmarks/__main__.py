"""`python -m benchmarks [NAME…]`: measure, and print the table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from statistics import median

from benchmarks import (
    ack,
    due_jobs,
    due_timers,
    machine,
    mail_floor,
    mail_in,
    mail_roundup,
    mail_syncs,
    memory,
    on_call,
    past,
    postgres,
    rules,
    season,
    version,
)
from benchmarks.due_timers import Due
from benchmarks.mail_data import RULES
from benchmarks.measure import apart, in_turn
from benchmarks.table import Aim, Line, render

PENDING = 1_000_000
_PENDING_BESIDE = 100_000
_FEW_PENDING = 1_000
PAST = 10_000
ROUNDS = 9
# Of timers, each of which takes seconds.
_FEW_ROUNDS = 3
_MS = 1_000.0
_GROUP = 20


def acks() -> Iterator[Line]:
    """Events acknowledged once they are durable, for sixteen who wait."""
    with machine.folder() as folder:
        found = apart(ack.measure, folder)
    for how, pair in (("Socket Mode", found.socket_mode), ("dispatch alone", found.dispatch)):
        ours, no_op, what = pair.ours, pair.no_op, f"ack, 16 clients, {how}"
        peer = "bolt's no-op"
        half = Aim("ratio", "≥", 0.5)
        yield Line(f"{what}: rate", "/s", ours.rate, peer, no_op.rate, half, pair.ratios)
        yield Line(f"{what}: p50", "ms", ours.p50 * _MS, peer, no_op.p50 * _MS)
        aim = Aim("figure", "≤", 50)
        yield Line(f"{what}: p99", "ms", ours.p99 * _MS, peer, no_op.p99 * _MS, aim)


def timers() -> Iterator[Line]:
    """A thousand timers that come due while a million wait."""
    with machine.folder() as folder:
        found = in_turn(
            _FEW_ROUNDS,
            *(
                partial(due_timers.rounds, f"sqlite:///{folder}/desk-{pending}.db", pending)
                for pending in (PENDING, _FEW_PENDING, _PENDING_BESIDE)
            ),
            partial(
                due_jobs.rounds,
                f"sqlite:///{folder}/jobs.db",
                f"sqlite:///{folder}/effects.db",
                _PENDING_BESIDE,
            ),
        )
    yield from _due("SQLite", *found)


def timers_postgres() -> Iterator[Line]:
    """The same on Postgres, where there is one."""
    if not postgres.is_there():
        sys.stderr.write("timers-postgres: no Postgres here; on Debian: apt install postgresql\n")
        return
    with machine.folder() as folder, postgres.durable_postgres(folder) as server:
        url = server.create_database()
        found = in_turn(
            _FEW_ROUNDS,
            *(
                partial(due_timers.rounds, server.create_database(), pending)
                for pending in (PENDING, _FEW_PENDING, _PENDING_BESIDE)
            ),
            partial(due_jobs.rounds, url, url, _PENDING_BESIDE),
        )
    yield from _due("Postgres", *found)


def _due(
    database: str, many: Sequence[Due], few: Sequence[Due], ours: Sequence[Due], aps: Sequence[Due]
) -> Iterator[Line]:
    """With a million pending beside a thousand, and with a hundred thousand beside APScheduler."""
    what = f"1,000 timers, {database}"

    def scale(how: str, unit: str, figure: Callable[[Due], float], aim: Aim) -> Line:
        mine, other = [figure(due) for due in many], [figure(due) for due in few]
        said = f"{what}, {PENDING:,} pending, {how}"
        return Line.in_turn(said, unit, mine, f"{_FEW_PENDING:,} pending", other, aim)

    def beside(how: str, unit: str, figure: Callable[[Due], float], aim: Aim | None = None) -> Line:
        mine, other = [figure(due) for due in ours], [figure(due) for due in aps]
        said = f"{what}, {_PENDING_BESIDE:,} pending, {how}"
        return Line.in_turn(said, unit, mine, "APScheduler 3", other, aim)

    late = "in one second: p99 late"
    yield scale(late, "ms", lambda due: due.spread.p99 * _MS, Aim("figure", "≤", 150))
    yield scale(late, "ms", lambda due: due.spread.p99 * _MS, Aim("ratio", "≤", 1.5))
    rate = "at one instant: rate"
    yield scale(rate, "/s", lambda due: due.at_once.rate, Aim("figure", "≥", 5_000))
    yield beside("in one second: p50 late", "ms", lambda due: due.spread.p50 * _MS)
    yield beside(late, "ms", lambda due: due.spread.p99 * _MS, Aim("ratio", "≤", 1 / 7))
    yield beside("at one instant: p99 late", "ms", lambda due: due.at_once.p99 * _MS)
    yield beside(rate, "/s", lambda due: due.at_once.rate)
    most, least = (median(due.held or 0 for due in each) for each in (many, few))
    more = f"memory, {PENDING:,} timers pending, {database}: RSS more than"
    aim = Aim("figure", "≤", 5)
    yield Line(more, "MB", most - least, f"{_FEW_PENDING:,} pending", least, aim)


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


def mail() -> Iterator[Line]:
    """Mail to ticket, each durable before the next."""
    with machine.folder() as one, machine.folder() as two, machine.folder() as three:
        ours, floor, roundup = in_turn(
            ROUNDS,
            partial(mail_in.rate, one, 100, 1),
            partial(mail_floor.rate, two, 300, 1, "compat32"),
            partial(mail_roundup.rate, three, 20),
        )
    what = "mail → ticket, one commit a mail"
    yield Line.in_turn(what, "/s", ours, "floor, compat32", floor, Aim("ratio", "≥", 0.35))
    yield Line.in_turn(what, "/s", ours, "Roundup's gateway", roundup, Aim("ratio", "≥", 5))


def mail_grouped() -> Iterator[Line]:
    """The same, twenty to a commit."""
    with machine.folder() as one, machine.folder() as two:
        ours, floor = in_turn(
            ROUNDS,
            partial(mail_in.rate, one, 200, _GROUP),
            partial(mail_floor.rate, two, 2_000, _GROUP, "fast"),
        )
    what = f"mail → ticket, groups of {_GROUP}"
    yield Line.in_turn(what, "/s", ours, "floor, fast parser", floor, Aim("ratio", "≥", 0.25))


def mail_disk() -> Iterator[Line]:
    """How often a mail makes the disk write."""
    if not mail_syncs.can_count():
        sys.stderr.write("mail-syncs: no strace here; on Debian: apt install strace\n")
        return
    with machine.folder() as folder:
        floors = {group: mail_syncs.of_a_mail("floor", folder, group) for group in (1, _GROUP)}
        for group, files in ((1, 0), (_GROUP, 0), (_GROUP, 1)):
            ours = mail_syncs.of_a_mail("ours", folder, group, files)
            how = f"groups of {group}" if group > 1 else "one commit a mail"
            what = f"syncs a mail, {how}{', a file in each' if files else ''}"
            yield Line(what, "", ours, "floor, no files", floors[group], Aim("figure", "≤", 2))


def thousand_rules() -> Iterator[Line]:
    """A ticket judged by a thousand rules."""
    with machine.folder() as folder:
        ours, loop, one_set = in_turn(
            ROUNDS,
            partial(rules.ours, folder, 200),
            partial(rules.loop_of_re, 10),
            partial(rules.one_set, 1_000),
        )
    what, aim = "1,000 rules, with the record: a ticket", Aim("figure", "≤", 250)
    yield Line.in_turn(what, "µs", ours, "re2.Set, no record", one_set, aim)
    aim = Aim("ratio", "≤", 0.01)
    yield Line.in_turn(what, "µs", ours, "loop of re, no record", loop, aim)


def many_rules() -> Iterator[Line]:
    """Ten thousand rules beside a thousand."""
    with machine.folder() as one, machine.folder() as two:
        many, few = in_turn(
            ROUNDS,
            partial(rules.ours, one, 200, 10 * RULES),
            partial(rules.ours, two, 200),
        )
    what, aim = "10,000 rules, with the record: a ticket", Aim("ratio", "≤", 3)
    yield Line.in_turn(what, "µs", many, "1,000 rules", few, aim)


def patterns() -> Iterator[Line]:
    """What patterns cost at the worst, and before the first message."""
    ours, theirs = in_turn(ROUNDS, rules.hostile, rules.hostile_in_re)
    what, peer = "hostile patterns, text of 100,000", f"re, text of {rules.SHORT_TEXT}"
    yield Line.in_turn(what, "ms", ours, peer, theirs, Aim("figure", "≤", 5))
    ours, theirs = in_turn(ROUNDS, rules.matcher_built, rules.set_built)
    what, aim = "1,000 rules: the matcher is built", Aim("ratio", "≤", 10)
    yield Line.in_turn(what, "ms", ours, "re2.Set's build", theirs, aim)


def replayed() -> Iterator[Line]:
    """Past tickets under the playbooks of today."""
    with machine.folder() as one, machine.folder() as two:
        ours, floor = in_turn(
            _FEW_ROUNDS, partial(past.replayed, one, PAST), partial(past.read, two, PAST)
        )
    what, aim = f"replay of {PAST:,} tickets", Aim("figure", "≤", 5)
    yield Line.in_turn(what, "s", ours, "reading them as JSON", floor, aim)


def season_lived() -> Iterator[Line]:
    """A year of tickets that never came."""
    with machine.folder() as folder:
        found = apart(season.measure, folder)
    what, aim = "simulate: a year, 200 tickets a month", Aim("figure", "≤", 60)
    yield Line(what, "s", found.ours, "a row for all that happens", found.rows, aim)


def on_call_now() -> Iterator[Line]:
    """Who is on call, and who will be in a year."""
    ours, theirs = in_turn(ROUNDS, on_call.who_is_on, on_call.last_hand_offs)
    what, aim = f"who is on call, {on_call.ROTATIONS} rotations of 5 layers", Aim("figure", "≤", 1)
    yield Line.in_turn(what, "ms", ours, "dateutil, hand-offs alone", theirs, aim)
    ours, theirs = in_turn(ROUNDS, on_call.year_of_shifts, on_call.year_of_events)
    what = "the rota of 52 weeks, 5 layers"
    yield Line.in_turn(what, "s", ours, "recurring-ical-events", theirs, aim)


BENCHMARKS: Mapping[str, Callable[[], Iterator[Line]]] = {
    "mail": mail,
    "mail-grouped": mail_grouped,
    "mail-syncs": mail_disk,
    "rules": thousand_rules,
    "rules-many": many_rules,
    "patterns": patterns,
    "replay": replayed,
    "season": season_lived,
    "on-call": on_call_now,
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
