"""`supportbot changes`: what was changed for a time, and must be undone."""

from __future__ import annotations

import click

from supportbot.application import events as planned
from supportbot.application.ports import ChangeOfTicket
from supportbot.domain.planned import change_commands as c
from supportbot.domain.ticket.commands import name_of
from supportbot.domain.ticket.ticket import reference
from supportbot.entrypoints.cli.acting import acting, do
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.arguments import ticket_argument
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.output import Json, print_json, print_text, table, utc_words
from supportbot.entrypoints.cli.planned_output import change_json


@click.group(invoke_without_command=True, short_help="What was changed for a time.")
@click.option("--all", "every", is_flag=True, help="Those that are undone, too.")
@json_option
@click.pass_context
def changes(ctx: click.Context, every: bool, as_json: bool) -> None:
    """The temporary changes that are not undone yet, the first to be undone first."""
    if ctx.invoked_subcommand is not None:
        return
    with open_desk() as context:
        found = planned.changes(context, standing=not every)
        playbooks = context.shelf.current
    if as_json:
        print_json([_json(one) for one in found])
        return
    rows = [("TICKET", "NUMBER", "CHANGE", "BY", "UNDO BY", "UNDONE")]
    rows += [
        (
            reference(one.ticket),
            str(one.change.number),
            one.change.text,
            name_of(one.change.owner, playbooks),
            utc_words(one.change.revert_by),
            utc_words(one.change.reverted_at) or "–",
        )
        for one in found
    ]
    print_text(table(rows) if found else "No temporary changes.")


@changes.command()
@ticket_argument
@click.argument("text")
@click.option("--revert-by", required=True, metavar="TIME", help="When it is to be undone.")
@acting
@json_option
def add(ticket: int, text: str, revert_by: str, person: str, as_json: bool) -> None:
    """Note a change for a time: TEXT says what was done. You are reminded to undo it.

    The time is on your own clocks, such as 2026-12-08T12:00, unless it says its own offset.
    """
    do(ticket, c.AddChange(by=person, text=text, revert_by=revert_by), as_json)


@changes.command()
@ticket_argument
@click.argument("number", type=int)
@acting
@json_option
def reverted(ticket: int, number: int, person: str, as_json: bool) -> None:
    """The change of this NUMBER is undone: its reminders end."""
    do(ticket, c.RevertChange(by=person, number=number), as_json)


def _json(one: ChangeOfTicket) -> Json:
    return {"ticket": reference(one.ticket), **change_json(one.change)}
