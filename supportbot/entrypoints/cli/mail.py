"""`supportbot mail`, and `mail parse`: what the desk reads in a message."""

from __future__ import annotations

import json

import click

from supportbot.adapters.mail.reading import read_mail
from supportbot.adapters.mail.values import ParsedMail
from supportbot.entrypoints.cli.mail_deliver import deliver, raw
from supportbot.entrypoints.cli.mail_files import message_bytes
from supportbot.entrypoints.cli.output import Json, iso, print_text, table


@click.group(short_help="Hand mail in, and see what the desk reads in it.")
def mail() -> None:
    """Mail by hand: hand messages in, look at them as they came, see what is read from them."""


mail.add_command(deliver)
mail.add_command(raw)


@mail.command(short_help="Show what is read from messages.")
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option("--jsonl", is_flag=True, help="A JSON document a line and message, for programs.")
@click.pass_context
def parse(ctx: click.Context, files: tuple[str, ...], jsonl: bool) -> None:
    """Show what is read from each FILE, a message as it came (- for standard input).

    Needs no settings, no database and no network.
    A file that cannot be read is named, the others are shown all the same; the status is then 1.
    """
    failed = False
    for place, name in enumerate(files):
        try:
            row = _row(name, read_mail(message_bytes(name)))
        except OSError as error:
            row = {"file": name, "error": f"cannot be read: {error.strerror or error}"}
            failed = True
        _show(row, jsonl, first=place == 0)
    if failed:
        ctx.exit(1)


def _row(name: str, read: ParsedMail) -> Json:
    return {
        "file": name,
        "error": "; ".join(read.notes) or None,
        "subject": read.subject,
        "from_email": read.sender.email if read.sender else None,
        "from_name": read.sender.name if read.sender else None,
        "to": [address.email for address in read.to],
        "cc": [address.email for address in read.cc],
        "reply_to": [address.email for address in read.reply_to],
        "date": iso(read.date),
        "message_id": read.message_id,
        "text": read.text,
        "reply": read.reply,
        "attachments": [
            {
                "filename": one.filename,
                "content_type": one.content_type,
                "size": one.size,
                "sha256": one.sha256,
                "inline": one.inline,
            }
            for one in read.attachments
        ],
        "is_auto_reply": read.signs.is_auto_reply,
        "is_bounce": read.signs.is_bounce,
        "auto_reply_allowed": read.signs.auto_reply_allowed,
        "requester_email": read.requester.email if read.requester else None,
    }


def _show(row: Json, jsonl: bool, *, first: bool) -> None:
    if jsonl:
        click.echo(json.dumps(row))
    else:
        print_text(("" if first else "\n") + _as_text(row))


def _as_text(row: Json) -> str:
    """The fields that are filled, and the new words below them."""
    facts = [(key.replace("_", " "), _words(value)) for key, value in row.items()]
    told = [(key, value) for key, value in facts if value and key not in ("text", "reply")]
    reply = row.get("reply")
    return table(told) + (f"\n\n{reply}" if reply else "")


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    if isinstance(value, dict):
        return (
            f"{value['filename'] or '(no name)'} ({value['content_type']}, {value['size']} bytes)"
        )
    return str(value) if value is not None else ""
