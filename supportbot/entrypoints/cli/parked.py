"""`supportbot parked`: what was set aside after three tries, and trying it again."""

from __future__ import annotations

from collections.abc import Sequence

import click

from supportbot.application import announce
from supportbot.application.ports import Parked
from supportbot.domain.ticket.ticket import reference
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.output import (
    Json,
    iso,
    print_json,
    print_text,
    refused,
    table,
    utc_words,
)

_LARGEST_ID = 2**63 - 1


@click.group(invoke_without_command=True, short_help="What was set aside after three tries.")
@json_option
@click.pass_context
def parked(ctx: click.Context, as_json: bool) -> None:
    """Messages and timers that failed three times and wait for a person to look."""
    if ctx.invoked_subcommand is not None:
        return
    with open_desk() as context:
        found = announce.parked(context)
    if as_json:
        print_json([_json(item) for item in found])
    else:
        print_text(_text(found))


@parked.command()
@click.argument("what", type=click.Choice(["inbox", "timer"]))
@click.argument("row", metavar="ID", type=click.IntRange(1, _LARGEST_ID))
@json_option
@click.pass_context
def retry(ctx: click.Context, what: str, row: int, as_json: bool) -> None:
    """Try a parked message (inbox) or timer again, by its id."""
    with open_desk() as context:
        done = announce.try_again(context, what, row)
    if not done:
        refused(f"there is no parked {what} {row}.", as_json)
        ctx.exit(1)
    if as_json:
        print_json({"retried": {"what": what, "id": row}})
    else:
        click.echo(f"{what} {row} is tried again.")


def _json(item: Parked) -> Json:
    return {
        "what": item.what,
        "id": item.id,
        "ticket": reference(item.ticket) if item.ticket is not None else None,
        "since": iso(item.since),
        "error": item.error,
    }


def _text(found: Sequence[Parked]) -> str:
    if not found:
        return "Nothing is parked."
    rows = [("WHAT", "ID", "TICKET", "SINCE", "ERROR")]
    rows += [
        (
            item.what,
            str(item.id),
            reference(item.ticket) if item.ticket is not None else "–",
            utc_words(item.since),
            item.error,
        )
        for item in found
    ]
    return table(rows)
