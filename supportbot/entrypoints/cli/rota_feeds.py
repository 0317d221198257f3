"""`supportbot rota feeds`: the addresses under which calendar programs find people's shifts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from supportbot.application.feeds import Kind, address, token
from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import settings_or_fault
from supportbot.entrypoints.cli.faults import No
from supportbot.entrypoints.cli.output import Json, print_json, print_text, table
from supportbot.entrypoints.cli.playbooks import load_playbooks, playbooks_option


@click.command(short_help="The addresses of the calendars.")
@json_option
@playbooks_option
def feeds(as_json: bool, folder: Path | None) -> None:
    """The address of each rotation's and each person's calendar, below that of the web server.

    Whoever has one can read that calendar: hand them out one by one.
    """
    secret = settings_or_fault().http.feed_secret
    if secret is None:
        raise No(
            "there are no feeds: set SUPPORTBOT_HTTP__FEED_SECRET to 32 characters or more that"
            " nobody can guess, such as those of `openssl rand -hex 32`."
        )
    rows = list(_rows(load_playbooks(folder), secret.get_secret_value()))
    if as_json:
        print_json(rows)
    else:
        print_text(table([("OF", "ADDRESS"), *((row["of"], row["address"]) for row in rows)]))


def _rows(playbooks: Playbooks, secret: str) -> Iterator[Json]:
    for name in playbooks.rotations:
        yield _row("rotation", name, secret)
    members = {person for one in playbooks.rotations.values() for person in one.members()}
    for key in sorted(members):
        yield _row("person", key, secret)


def _row(kind: Kind, name: str, secret: str) -> Json:
    path = f"{address(kind, name)}?token={token(secret, kind, name)}"
    return {"kind": kind, "of": name, "address": path}
