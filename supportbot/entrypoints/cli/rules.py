"""`supportbot rules stats`: how often each rule hit, and how often people knew better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import click

from supportbot.application.rule_stats import Override, RuleStats, read_stats
from supportbot.domain.ticket.ticket import reference
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.output import Json, iso, print_json, print_text, table, utc_words
from supportbot.entrypoints.cli.replay import Since

_HEAD = ("RULE", "AT", "HITS", "DECIDED", "ADDED", "OVERRIDDEN", "LAST HIT")
# With each, the newest: the list is for reading.
_MOST_SHOWN = 5


@click.group(short_help="How the rules fared.")
def rules() -> None:
    """How the rules of the playbooks fared."""


@rules.command(short_help="Hits of each rule, and how often people overrode it.")
@click.option(
    "--since", type=Since(), default="90d", show_default=True, help="How far back: 90d, or a time."
)
@json_option
def stats(since: datetime, as_json: bool) -> None:
    """Show of each rule how often it hit, and how often people changed its severity by hand.

    The most overridden come first, with the reasons that people gave; those that never hit come
    last. A rule that continues adds to what others decide.
    """
    with open_desk() as context:
        tickets, found = read_stats(context, since)
        playbooks = context.shelf.current
    if as_json:
        print_json(
            {
                "since": since.isoformat(timespec="seconds"),
                "tickets": tickets,
                "playbooks": playbooks.version,
                "commit": playbooks.commit or None,
                "rules": [_json(rule) for rule in found],
            }
        )
    else:
        print_text(_text(since, tickets, found))


def _json(rule: RuleStats) -> Json:
    return {
        "rule": rule.rule,
        "file": rule.where.file if rule.where else None,
        "line": rule.where.line if rule.where else None,
        "in_force": rule.in_force,
        "continues": rule.goes_on,
        "hits": rule.hits,
        "decided": rule.decided,
        "added": rule.added,
        "last_hit": iso(rule.last_hit),
        "overridden": rule.overridden,
        "overrides": [_override_json(override) for override in rule.overrides],
    }


def _override_json(override: Override) -> Json:
    return {
        "ticket": reference(override.ticket),
        "at": iso(override.at),
        "by": override.by,
        "from": override.old,
        "to": override.new,
        "reason": override.reason,
    }


def _text(since: datetime, tickets: int, found: Sequence[RuleStats]) -> str:
    hit = [rule for rule in found if rule.hits]
    never = [rule for rule in found if not rule.hits]
    decided = "1 ticket" if tickets == 1 else f"{tickets:,} tickets"
    overridden = sum(bool(rule.overrides) for rule in found)
    hits = f"{len(hit)} of {len(found)} rules hit, {overridden} overridden"
    lines = [f"{decided} since {since:%Y-%m-%d}: {hits}."]
    if hit:
        lines += ["", table([_HEAD, *(_row(rule) for rule in hit)])]
    for rule in hit:
        lines += _overrides(rule)
    if never:
        lines += ["", "Never hit:", *(f"  {rule.rule} ({_place(rule)})" for rule in never)]
    return "\n".join(lines)


def _row(rule: RuleStats) -> tuple[str, ...]:
    counts = (rule.hits, rule.decided, rule.added, rule.overridden)
    return (rule.rule, _place(rule), *map(str, counts), utc_words(rule.last_hit))


def _place(rule: RuleStats) -> str:
    place = f"{rule.where.file}:{rule.where.line}" if rule.where else "unknown"
    return place if rule.in_force else f"no longer in force, was at {place}"


def _overrides(rule: RuleStats) -> Iterator[str]:
    if not rule.overrides:
        return
    yield f"\n“{rule.rule}” was overridden:"
    for override in rule.overrides[: -_MOST_SHOWN - 1 : -1]:
        change = f"{override.old} → {override.new}"
        who = f"{reference(override.ticket)} by {override.by}, {utc_words(override.at)}"
        yield f"  {change}: {' '.join(override.reason.split())} ({who})"
    if len(rule.overrides) > _MOST_SHOWN:
        yield f"  … and {len(rule.overrides) - _MOST_SHOWN} more: see --json"
