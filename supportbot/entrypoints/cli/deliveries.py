"""`supportbot deliveries`: what was sent, what waits, what died, and trying again."""

from __future__ import annotations

from collections.abc import Sequence

import click

from supportbot.application.ports import DeliveryRow
from supportbot.domain.ticket.ticket import reference
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.output import Json, iso, print_json, print_text, table, utc_words

STATES = ("waiting", "claimed", "sent", "dropped", "dead")
_LARGEST_ID = 2**63 - 1


@click.group(invoke_without_command=True, short_help="What was sent, waits or died.")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@json_option
@click.pass_context
def deliveries(ctx: click.Context, state: str | None, as_json: bool) -> None:
    """The newest deliveries; the dead ones wait for somebody to try them again."""
    if ctx.invoked_subcommand is not None:
        return
    with open_desk() as context:
        found = context.store.read(lambda uow: uow.deliveries.listing(state))
    if as_json:
        print_json([_json(row) for row in found])
    else:
        print_text(_text(found))


@deliveries.command()
@click.argument(
    "ids", metavar="ID...", nargs=-1, required=True, type=click.IntRange(1, _LARGEST_ID)
)
@json_option
@click.pass_context
def retry(ctx: click.Context, ids: tuple[int, ...], as_json: bool) -> None:
    """Try dead deliveries again, by their ids."""
    with open_desk() as context:
        now = context.clock.now()
        revived = context.store.write(
            lambda uow: {one: uow.deliveries.revive(one, now) for one in dict.fromkeys(ids)}
        )
    waiting = [one for one, done in revived.items() if done]
    not_dead = [one for one, done in revived.items() if not done]
    if as_json:
        print_json({"waiting": waiting, "not_dead": not_dead})
    else:
        for one in waiting:
            click.echo(f"Delivery {one} is tried again.")
        for one in not_dead:
            click.echo(f"Refused: there is no dead delivery {one}.", err=True)
    ctx.exit(1 if not_dead else 0)


def _json(row: DeliveryRow) -> Json:
    return {
        "id": row.id,
        "key": row.key,
        "kind": row.kind,
        "ticket": reference(row.ticket) if row.ticket is not None else None,
        "state": row.state,
        "attempts": row.attempts,
        "due": iso(row.due),
        "error": row.error,
        "sent_at": iso(row.sent_at),
    }


def _text(found: Sequence[DeliveryRow]) -> str:
    if not found:
        return "No deliveries."
    rows = [("ID", "STATE", "WHAT", "TICKET", "TRIES", "SENT OR DUE", "ERROR")]
    rows += [
        (
            str(row.id),
            row.state,
            row.kind,
            reference(row.ticket) if row.ticket is not None else "–",
            str(row.attempts),
            utc_words(row.sent_at or row.due),
            row.error or "",
        )
        for row in found
    ]
    return table(rows)
