"""`supportbot check`: every fault of the playbooks, each with its place and its mend."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supportbot.domain.playbook import Playbooks
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.output import print_json, shown
from supportbot.entrypoints.cli.playbooks import folder_or_setting, playbooks_option, read_files

if TYPE_CHECKING:
    from supportbot.adapters.playbook_files.faults import Fault


@click.command(short_help="Check the playbooks: what to mend, and where.")
@playbooks_option
@json_option
@click.pass_context
def check(ctx: click.Context, folder: Path | None, as_json: bool) -> None:
    """Check the playbooks, and say what is wrong where, and how to mend it.

    The status is 1 when there are faults. Needs no database, network or credentials.
    """
    found = _checked(folder_or_setting(folder))
    if isinstance(found, Playbooks):
        _say_sound(found, as_json)
        return
    _say_faults(found, as_json)
    ctx.exit(1)


def _checked(folder: Path) -> Playbooks | tuple[Fault, ...]:
    from supportbot.adapters.playbook_files.faults import PlaybookFaults
    from supportbot.adapters.playbook_files.loader import parse

    try:
        return parse(read_files(folder))
    except PlaybookFaults as error:
        return error.faults


def _say_sound(playbooks: Playbooks, as_json: bool) -> None:
    counts = {
        "communities": len(playbooks.communities),
        "people": len(playbooks.people),
        "rotations": len(playbooks.rotations),
        "severities": len(playbooks.severities),
        "rules": len(playbooks.rules),
    }
    from supportbot.adapters.playbook_files.loader import advice

    notes = advice(playbooks)
    if as_json:
        sound = {"sound": True, "version": playbooks.version, **counts}
        print_json({**sound, "faults": [], "advice": notes})
        return
    for note in notes:
        click.echo(f"{click.style('Note', fg='yellow')}: {shown(note)}.")
    found = ", ".join(f"{count} {_noun(name, count)}" for name, count in counts.items())
    click.echo(f"{click.style('Sound', fg='green')}: {found}. Version {playbooks.version}.")


def _noun(plural: str, count: int) -> str:
    if count != 1:
        return plural
    ones = {"communities": "community", "people": "person", "severities": "severity"}
    return ones.get(plural, plural.removesuffix("s"))


def _say_faults(faults: Sequence[Fault], as_json: bool) -> None:
    if as_json:
        names = ("file", "line", "column", "message", "mend")
        found = [{name: getattr(fault, name) for name in names} for fault in faults]
        print_json({"sound": False, "faults": found})
        return
    for fault in faults:
        place = f"{fault.file}:{fault.line}:{fault.column}:"
        click.echo(click.style(place, fg="red") + shown(str(fault).removeprefix(place)))
    click.echo("1 fault." if len(faults) == 1 else f"{len(faults)} faults.", err=True)
