"""A person acts on a ticket from the command line, and is told what came of it."""

from __future__ import annotations

from collections.abc import Callable

import click

from supportbot.application.context import Context
from supportbot.application.ticket_actions import Done, act
from supportbot.domain.ticket.commands import Command, Refused
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.output import print_json, print_text, refused
from supportbot.entrypoints.cli.ticket_output import done_json, done_text

acting = click.option("--as", "person", required=True, metavar="PERSON", help="Who acts.")


def do(ticket: int, command: Command, as_json: bool) -> None:
    """Do what somebody asks of a ticket, and say what came of it; status 1 for a refusal."""
    do_by(lambda context: act(context, ticket, command), as_json)


def do_by(action: Callable[[Context], Done | Refused], as_json: bool) -> None:
    """The same for what has a use case of its own."""
    with open_desk() as context:
        outcome = action(context)
        playbooks = context.shelf.current
    if isinstance(outcome, Refused):
        refused(outcome.reason, as_json)
        click.get_current_context().exit(1)
    if as_json:
        print_json(done_json(outcome))
    else:
        print_text(done_text(outcome, playbooks))
