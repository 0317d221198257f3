"""How the rules fared: which hit, which never, and whose decisions people changed by hand.

A rule whose severity people keep changing by hand is the next one to mend; the reasons they gave
say how.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from supportbot.application.context import Context
from supportbot.application.placing import rule_that_kept
from supportbot.application.ports import QuarantinedRow
from supportbot.application.replay import MOST_TICKETS, Past
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket.events import SeverityChanged
from supportbot.domain.triage.rule import Where

Changes = Mapping[int, Sequence[SeverityChanged]]


@dataclass(frozen=True, slots=True)
class Override:
    """A person (`by`, their key) gave a ticket another severity, and said why."""

    ticket: int
    at: datetime
    by: str | None
    old: str
    new: str
    reason: str


@dataclass(frozen=True, slots=True)
class RuleStats:
    """What came of one rule. It `decided` a ticket, or hit and let others decide (`added`).

    `where` it stands now, or, if it is no longer `in_force`, where it stood when it last decided.
    """

    rule: str
    where: Where | None
    in_force: bool
    goes_on: bool
    decided: int
    added: int
    last_hit: datetime | None
    overrides: tuple[Override, ...]

    @property
    def hits(self) -> int:
        return self.decided + self.added

    @property
    def overridden(self) -> int:
        """The tickets of which people changed the severity that this rule had given them."""
        return len({override.ticket for override in self.overrides})


def read_stats(context: Context, since: datetime) -> tuple[int, tuple[RuleStats, ...]]:
    """How many tickets were decided since then (aware UTC; the newest 100,000), and the rules."""
    decided, changes, aside = context.store.read(
        lambda uow: (
            uow.decisions.since(since, MOST_TICKETS),
            uow.tickets.severity_changes(since, MOST_TICKETS),
            uow.inbox.quarantined(MOST_TICKETS),
        )
    )
    kept = [row for row in aside if row.since >= since]
    by_ticket = {number: [c for _, c in group] for number, group in groupby(changes, _ticket)}
    return len(decided), rule_stats(decided, by_ticket, context.shelf.current, kept)


def rule_stats(
    decided: Iterable[Past],
    changes: Changes,
    playbooks: Playbooks,
    kept: Iterable[QuarantinedRow] = (),
) -> tuple[RuleStats, ...]:
    """Every rule in force or hit, the most overridden first, then those that hit most often.

    `changes` are those of each ticket in the order of time. What a rule has `kept` in quarantine
    was decided by it, too.
    """
    counts = {rule.name: _Count(rule.where, rule.goes_on) for rule in playbooks.rules}
    in_force = set(counts)
    for ticket, record in decided:
        rule = record.decision["rule"]
        for name in dict.fromkeys((*record.hits, rule)):
            count = counts.setdefault(name, _Count(None, name != rule))
            count.hit(record.at, decided=name == rule)
        if rule not in in_force:
            counts[rule].where = record.where or counts[rule].where
        severity = str(record.decision["severity"])
        counts[rule].overrides += _overrides(ticket, severity, changes.get(ticket, ()))
    for row in kept:
        if name := rule_that_kept(row.reason):
            counts.setdefault(name, _Count(None, False)).hit(row.since, decided=True)
    found = [count.stats(name, in_force=name in in_force) for name, count in counts.items()]
    found.sort(key=attrgetter("overridden", "hits"), reverse=True)
    return tuple(found)


@dataclass(slots=True)
class _Count:
    where: Where | None
    goes_on: bool
    decided: int = 0
    added: int = 0
    last_hit: datetime | None = None
    overrides: tuple[Override, ...] = ()

    def hit(self, at: datetime, *, decided: bool) -> None:
        self.decided += decided
        self.added += not decided
        self.last_hit = max(at, self.last_hit or at)

    def stats(self, name: str, *, in_force: bool) -> RuleStats:
        return RuleStats(
            name,
            self.where,
            in_force,
            self.goes_on,
            self.decided,
            self.added,
            self.last_hit,
            self.overrides,
        )


def _overrides(
    ticket: int, severity: str, changes: Sequence[SeverityChanged]
) -> tuple[Override, ...]:
    found = []
    for change in changes:
        new = change.terms.key
        found.append(Override(ticket, change.at, change.by, severity, new, change.reason))
        severity = new
    return tuple(found)


def _ticket(change: tuple[int, SeverityChanged]) -> int:
    return change[0]
