"""`supportbot db upgrade` and `supportbot backup`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import database_url, settings_or_fault
from supportbot.entrypoints.cli.faults import BadInput, No, told_in_words
from supportbot.entrypoints.cli.output import print_json


@click.group()
def db() -> None:
    """The database behind the desk."""


@db.command()
@json_option
def upgrade(as_json: bool) -> None:
    """Run the migrations that the database lacks; SQLite gets them by itself."""
    from supportbot.adapters.db import migrate

    url = database_url(settings_or_fault())
    with told_in_words():
        migrate.upgrade(url)
        revision = migrate.current_revision(url)
    if as_json:
        print_json({"revision": revision})
    else:
        click.echo(f"The database is at migration {revision}, the newest.")


@click.command(short_help="Copy the SQLite database, also in use.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Copy the SQLite database to FILE, whole, also while the desk is running."""
    from supportbot.adapters.db.store import backup as copy

    url = database_url(settings_or_fault())
    try:
        copy(url, file)
    except FileExistsError as error:
        raise BadInput(f"{error}.") from None
    except (OSError, sqlite3.Error, ValueError) as error:
        raise No(f"no copy was made: {error}.") from None
    if as_json:
        print_json({"file": str(file), "bytes": file.stat().st_size})
    else:
        click.echo(f"The database is copied to {file} ({file.stat().st_size:,} bytes).")
