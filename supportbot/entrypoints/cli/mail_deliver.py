"""`supportbot mail deliver` and `mail raw`: a relay's way in, and a message as it came."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence

import click

from supportbot.application.intake import take
from supportbot.application.placing import Admitted
from supportbot.application.ports import Reader
from supportbot.domain.ticket.ticket import reference
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.arguments import ticket_argument
from supportbot.entrypoints.cli.desk import open_desk, settings_or_fault
from supportbot.entrypoints.cli.faults import BadInput, No
from supportbot.entrypoints.cli.mail_files import message_bytes
from supportbot.entrypoints.cli.output import Json, print_text

# sysexits.h: a relay that sees it keeps the message and tries again.
TEMPORARY_FAILURE = 75
_GROUP = 20
_MOST_AT_ONCE = 16 * 1024 * 1024


@click.command(short_help="Hand messages in, as a mail relay does.")
@click.argument("files", metavar="[FILE]…", nargs=-1)
@json_option
@click.pass_context
def deliver(ctx: click.Context, files: tuple[str, ...], as_json: bool) -> None:
    """Make a ticket of each message in FILE (standard input if left out), or add it to its ticket.

    Where nothing can be kept now (the database is away, the playbooks have faults) the status is
    75, at which a relay tries again later. A file that cannot be read is named; the status is 2.
    """
    names = files or ("-",)
    try:
        unread = _deliver(names, as_json)
    except Exception as error:
        # Whatever it is, a person will mend it. Any other status makes a relay return the message
        # to its sender as undeliverable.
        told = error.message if isinstance(error, click.ClickException) else repr(error)[:500]
        click.echo(f"Error: {told}", err=True)
        ctx.exit(TEMPORARY_FAILURE)
    if unread:
        ctx.exit(BadInput.exit_code)


def _deliver(names: Sequence[str], as_json: bool) -> bool:
    """Whether a file could not be read."""
    from supportbot.adapters.mail.envelope import SOURCE, envelope
    from supportbot.bootstrap import mail_reader

    settings = settings_or_fault()
    readers: dict[str, Reader] = {SOURCE: mail_reader(settings)}
    unread: list[str] = []
    with open_desk(settings) as context:
        for group in _groups(names, unread):
            now = context.clock.now()
            envelopes = [envelope(raw, now) for _, raw in group]
            _tell([name for name, _ in group], take(context, envelopes, readers), as_json)
    return bool(unread)


def _groups(names: Sequence[str], unread: list[str]) -> Iterator[list[tuple[str, bytes]]]:
    """The messages that share a transaction; files that cannot be read are named on the way."""
    group: list[tuple[str, bytes]] = []
    size = 0
    for name in names:
        try:
            raw = message_bytes(name)
        except OSError as error:
            click.echo(f"{name} cannot be read: {error.strerror or error}.", err=True)
            unread.append(name)
            continue
        if group and (len(group) == _GROUP or size + len(raw) > _MOST_AT_ONCE):
            yield group
            group, size = [], 0
        group.append((name, raw))
        size += len(raw)
    if group:
        yield group


def _tell(names: Sequence[str], done: Sequence[Admitted], as_json: bool) -> None:
    for name, one in zip(names, done, strict=True):
        row = _row(name, one)
        if as_json:
            click.echo(json.dumps(row))
        else:
            print_text(_text(row, one))


def _row(name: str, one: Admitted) -> Json:
    return {
        "file": name,
        "ticket": reference(one.ticket) if one.ticket is not None else None,
        "new": one.new,
        "threaded_by": one.threaded_by,
        "quarantined": one.quarantined,
    }


def _text(row: Json, one: Admitted) -> str:
    if one.quarantined:
        return f"{row['file']}: in quarantine, {one.quarantined}"
    by = f" by its {one.threaded_by}" if one.threaded_by else ""
    return f"{row['file']}: {one.outcome} {row['ticket'] or ''}{by}".rstrip()


@click.command(short_help="A ticket's message as it came.")
@ticket_argument
@click.option("--nth", default=1, type=click.IntRange(1), help="The nth of its mails, from 1.")
def raw(ticket: int, nth: int) -> None:
    """Write a mail of a ticket to standard output, byte for byte as it arrived."""
    with open_desk() as context:
        found = context.store.read(
            lambda uow: [
                content
                for row in uow.inbox.rows_of(ticket)
                if (content := uow.inbox.raw(row)) is not None
            ]
        )
    if len(found) < nth:
        raise No(f"{reference(ticket)} has {len(found)} mails that are still kept.")
    sys.stdout.buffer.write(found[nth - 1])
    sys.stdout.buffer.flush()
