"""`supportbot quarantine`: what programs wrote, kept aside, and letting it through."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from supportbot.application import quarantine as kept
from supportbot.application.ports import QuarantinedRow
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.faults import No
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
_row_argument = click.argument("row", metavar="ID", type=click.IntRange(1, _LARGEST_ID))


@click.group(invoke_without_command=True, short_help="Automatic mail, kept aside.")
@json_option
@click.pass_context
def quarantine(ctx: click.Context, as_json: bool) -> None:
    """Bounces, automatic replies and the like: kept, with the reason, until somebody looks."""
    if ctx.invoked_subcommand is not None:
        return
    with open_desk() as context:
        found = kept.listing(context)
    if as_json:
        print_json([_json(row) for row in found])
    else:
        print_text(_text(found))


@quarantine.command()
@_row_argument
def show(row: int) -> None:
    """Write it to standard output, byte for byte as it arrived."""
    with open_desk() as context:
        content = context.store.read(lambda uow: uow.inbox.raw(row))
    if content is None:
        raise No(f"there is no message {row}, or it is no longer kept.")
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


@quarantine.command()
@_row_argument
@json_option
@click.pass_context
def release(ctx: click.Context, row: int, as_json: bool) -> None:
    """It is a request after all: the bot makes a ticket of it, or adds it to its ticket."""
    with open_desk() as context:
        done = kept.release(context, row)
    if not done:
        refused(f"there is nothing with the id {row} in quarantine.", as_json)
        ctx.exit(1)
    if as_json:
        print_json({"released": row})
    else:
        click.echo(f"{row} is released: the running bot reads it as a request.")


def _json(row: QuarantinedRow) -> Json:
    return {
        "id": row.id,
        "received_at": iso(row.received_at),
        "reason": row.reason,
        "from": row.sender,
        "subject": row.subject,
    }


def _text(found: Sequence[QuarantinedRow]) -> str:
    if not found:
        return "Nothing is in quarantine."
    rows = [("ID", "ARRIVED", "REASON", "FROM", "SUBJECT")]
    rows += [
        (str(row.id), utc_words(row.received_at), row.reason, row.sender or "–", row.subject)
        for row in found
    ]
    return table(rows)
