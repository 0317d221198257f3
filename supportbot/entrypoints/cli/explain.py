"""`supportbot explain`: why a message is judged as it is, rule by rule."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from supportbot.application.explain import (
    NotRecorded,
    as_text,
    explain_message,
    explain_ticket,
)
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.arguments import at_option, ticket_number
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.faults import BadInput, No
from supportbot.entrypoints.cli.message_file import read_message
from supportbot.entrypoints.cli.output import print_json, print_text
from supportbot.entrypoints.cli.playbooks import load_playbooks, playbooks_option


@click.command(short_help="Why a message is judged as it is.")
@click.argument("message")
@at_option
@json_option
@playbooks_option
@click.option("--misses/--no-misses", default=True, help="Also the rules that did not hit.")
def explain(
    message: str, at: datetime | None, as_json: bool, folder: Path | None, misses: bool
) -> None:
    """Explain how MESSAGE is judged: severity, rule, owners, and what would come due.

    MESSAGE is a JSON file (- for standard input), or the reference of a ticket such as SUP-42,
    which alone needs the database. The file holds

    \b
      {"source": "slack", "channel": "#support", "user": "mara",
       "text": "Nobody can log in", "at": "2026-11-24T14:05Z"}

    where user is a person of the playbooks, a Slack id or a mail address.
    """
    number = ticket_number(message)
    if number is not None:
        found = _of_ticket(number, at, folder)
    else:
        playbooks = load_playbooks(folder)
        read, judged = read_message(message, playbooks, at, datetime.now(UTC))
        found = explain_message(read, playbooks, judged)
    if as_json:
        print_json(found if misses else _without_misses(found))
    else:
        print_text(as_text(found, misses=misses))


def _of_ticket(number: int, at: datetime | None, folder: Path | None) -> dict[str, Any]:
    if at is not None or folder is not None:
        said = "--at" if at is not None else "--playbooks"
        raise BadInput(f"a ticket is explained as it was decided then: leave out {said}.")
    with open_desk() as context:
        try:
            return explain_ticket(context, number)
        except NotRecorded as error:
            raise No(f"{error}.") from None


def _without_misses(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "rules": [rule for rule in found["rules"] if rule["hit"]]}
