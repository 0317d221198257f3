"""Past requests under other playbooks: what would have been decided differently, and by which rule.

Nothing of what reporters wrote is in the result: it may be shown where the code is reviewed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from supportbot.application.context import Context
from supportbot.application.explain import as_recorded, decision_json, owners_json
from supportbot.application.ports import DecisionRecord
from supportbot.domain.escalation.layout import laid_out
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket.opening import terms_of
from supportbot.domain.triage.decision import Triage, triage

MOST_TICKETS = 100_000

Past = tuple[int, DecisionRecord]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What playbooks make of a request. `first_page` is an ISO 8601 time, or None for no page."""

    severity: str
    incident: bool | str
    quarantine: bool
    first_line: tuple[str, ...]
    second_line: tuple[str, ...]
    first_page: str | None


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """The rule that decided; `file` and `line` where it stands, if that is still known."""

    rule: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.rule} ({self.file}:{self.line})" if self.file else self.rule


@dataclass(frozen=True, slots=True)
class Changed:
    """A ticket that would come out differently, and the rules that decide it, old and new."""

    ticket: int
    at: datetime
    old: Outcome
    new: Outcome
    old_rule: DecidedBy
    new_rule: DecidedBy

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        """The old and the new value of everything that differs, by its name."""
        pairs = ((f.name, getattr(self.old, f.name), getattr(self.new, f.name)) for f in _FIELDS)
        return {name: (old, new) for name, old, new in pairs if old != new}


_FIELDS = fields(Outcome)


def past(context: Context, since: datetime) -> list[Past]:
    """The decisions made since then (aware UTC), oldest first; the newest 100,000 at most."""
    return list(context.store.read(lambda uow: uow.decisions.since(since, MOST_TICKETS)))


def versions(context: Context, decided: Iterable[Past]) -> dict[str, Playbooks]:
    """The playbooks that were in force for these decisions, by their version."""
    names = sorted({record.playbooks for _, record in decided})
    kept = context.store.read(lambda uow: {name: uow.versions.get(name) for name in names})
    return {name: context.shelf.parse(files) for name, files in kept.items() if files is not None}


def replay(
    decided: Iterable[Past], new: Playbooks, old: Playbooks | Mapping[str, Playbooks]
) -> list[Changed]:
    """What changes for each decision from `old` to `new`.

    Where `old` are `versions`, what was decided then is the old outcome, as it was recorded.
    """
    found: list[Changed] = []
    for ticket, record in decided:
        then = old if isinstance(old, Playbooks) else old.get(record.playbooks)
        was, was_rule = _judged(record, old) if isinstance(old, Playbooks) else _recorded(record)
        now, now_rule = _judged(record, new)
        if was != now:
            rules = _at(was_rule, then), _at(now_rule, new)
            found.append(Changed(ticket, record.at, was, now, *rules))
    return found


def _recorded(record: DecisionRecord) -> tuple[Outcome, str]:
    page = next((timer["at"] for timer in record.timers if timer["kind"] == "page"), None)
    return _outcome(record.decision, record.owners, page), record.decision["rule"]


def _judged(record: DecisionRecord, playbooks: Playbooks) -> tuple[Outcome, str]:
    playbooks = as_recorded(record, playbooks)
    found = triage(record.message, playbooks, record.at, record.background)
    page = _first_page(found, playbooks, record.at)
    return _outcome(decision_json(found), owners_json(found), page), found.decision.rule


def _first_page(found: Triage, playbooks: Playbooks, at: datetime) -> str | None:
    """The time of the first page among `timers_json`; the others are not worth working out."""
    steps = enumerate(terms_of(found, playbooks).steps)
    pages = laid_out([(index, step) for index, step in steps if step.page], at)
    return pages[0].at.isoformat() if pages else None


def _outcome(
    decision: Mapping[str, Any], owners: Mapping[str, Any], first_page: str | None
) -> Outcome:
    return Outcome(
        severity=decision["severity"],
        incident=decision["incident"],
        quarantine=decision.get("quarantine", False),
        first_line=tuple(owner["person"] for owner in owners["first_line"]),
        second_line=tuple(owner["person"] for owner in owners["second_line"]),
        first_page=first_page,
    )


def _at(rule: str, playbooks: Playbooks | None) -> DecidedBy:
    rules = playbooks.rules if playbooks is not None else ()
    where = next((known.where for known in rules if known.name == rule), None)
    return DecidedBy(rule, where.file, where.line) if where else DecidedBy(rule)
