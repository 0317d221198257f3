"""`supportbot prune`: clears away what is over, as the running desk does once a day."""

from __future__ import annotations

import click

from supportbot.application import retention
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import open_desk, settings_or_fault
from supportbot.entrypoints.cli.output import print_json, print_text, table

_IN_WORDS = {
    "inbox": "messages, with their keys",
    "messages": "messages, whose keys stay",
    "timers": "timers that are over",
    "deliveries": "deliveries that are over",
    "lanes": "lanes that nobody uses",
    "playbook_versions": "playbooks that no ticket refers to",
    "files": "files of closed tickets",
    "contents": "contents that no file has",
    "unfinished": "half-written contents",
}


@click.command(short_help="Clear away what is over.")
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@json_option
def prune(dry_run: bool, as_json: bool) -> None:
    """Clear away what is over and older than SUPPORTBOT_KEEP__… says; the bot does it daily."""
    from supportbot.bootstrap import parts

    settings = settings_or_fault()
    do = retention.would_prune if dry_run else retention.prune
    with open_desk(settings) as context:
        pruned = do(context, parts.keep(settings), parts.contents(settings))
    if as_json:
        print_json({"dry_run": dry_run, "pruned": pruned})
    else:
        print_text(_text(pruned, dry_run=dry_run))


def _text(pruned: retention.Pruned, *, dry_run: bool) -> str:
    rows = [("WOULD GO" if dry_run else "GONE", "WHAT")]
    rows += [(str(pruned[what]), words) for what, words in _IN_WORDS.items()]
    return table(rows)
