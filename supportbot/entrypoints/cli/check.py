"""`supportbot check`: every fault of the playbooks, each with its place and its mend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supportbot.domain.escalation.cover import PROVED, Gap, gaps
from supportbot.domain.policy.lint import findings
from supportbot.domain.policy.look_ahead import Trouble, holes
from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli import cover_output
from supportbot.entrypoints.cli.arguments import Moment
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.output import Json, print_json, shown
from supportbot.entrypoints.cli.playbooks import folder_or_setting, playbooks_option, read_files

if TYPE_CHECKING:
    from supportbot.adapters.playbook_files.faults import Fault
    from supportbot.adapters.playbook_files.source import PlaybookFiles


@click.command(short_help="Check the playbooks: what to mend, and where.")
@playbooks_option
@click.option(
    "--from",
    "start",
    type=Moment(),
    help="From when on cover is proved, in ISO 8601 with Z or an offset; now if left out.",
)
@click.option("--cover/--no-cover", default=True, help="Prove cover for 90 days, or leave it out.")
@json_option
@click.pass_context
def check(
    ctx: click.Context, folder: Path | None, start: datetime | None, cover: bool, as_json: bool
) -> None:
    """Check the playbooks, and say what is wrong where, and how to mend it.

    Also proves that whenever a ticket opens in the next 90 days, somebody is paged in time. The
    status is 1 when there are faults. Needs no database, network or credentials.
    """
    from supportbot.adapters.playbook_files.faults import PlaybookFaults
    from supportbot.adapters.playbook_files.loader import parse

    try:
        files = read_files(folder_or_setting(folder))
        playbooks = parse(files)
    except PlaybookFaults as error:
        _say_faults(error.faults, {}, as_json)
        ctx.exit(1)
    start = start or datetime.now(UTC)
    found = gaps(playbooks, start) if cover else ()
    empty = holes(playbooks, start, start + PROVED) if cover else ()
    faults, advice = _reviewed(files, playbooks, found, empty)
    more: Json = {"advice": [_fault(note) for note in advice]}
    if cover:
        more["cover"] = cover_output.as_json(found, start, PROVED, playbooks)
    if not as_json:
        for note in advice:
            _say(note, "Note: ", "yellow")
    if not faults:
        _say_sound(playbooks, more, as_json)
        return
    _say_faults(faults, more, as_json)
    ctx.exit(1)


def _reviewed(
    files: PlaybookFiles, playbooks: Playbooks, found: Sequence[Gap], empty: Sequence[Trouble]
) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """The faults that show only in the whole, and the advice."""
    from supportbot.adapters.playbook_files.reviewing import placed

    every = [
        *findings(playbooks),
        *(cover_output.finding(gap, playbooks) for gap in found),
        *(cover_output.hole(trouble) for trouble in empty),
    ]
    faults = placed((one for one in every if one.fault), files)
    return faults, placed((one for one in every if not one.fault), files)


def _say_sound(playbooks: Playbooks, more: Json, as_json: bool) -> None:
    counts = {
        "communities": len(playbooks.communities),
        "people": len(playbooks.people),
        "rotations": len(playbooks.rotations),
        "severities": len(playbooks.severities),
        "rules": len(playbooks.rules),
    }
    if as_json:
        sound = {"sound": True, "version": playbooks.version, **counts}
        print_json({**sound, "faults": [], **more})
        return
    found = ", ".join(f"{count} {_noun(name, count)}" for name, count in counts.items())
    click.echo(f"{click.style('Sound', fg='green')}: {found}. Version {playbooks.version}.")


def _noun(plural: str, count: int) -> str:
    if count != 1:
        return plural
    ones = {"communities": "community", "people": "person", "severities": "severity"}
    return ones.get(plural, plural.removesuffix("s"))


def _say_faults(faults: Sequence[Fault], more: Json, as_json: bool) -> None:
    if as_json:
        print_json({"sound": False, "faults": [_fault(fault) for fault in faults], **more})
        return
    for fault in faults:
        _say(fault, "", "red")
    click.echo("1 fault." if len(faults) == 1 else f"{len(faults)} faults.", err=True)


def _say(fault: Fault, word: str, colour: str) -> None:
    place = f"{fault.file}:{fault.line}:{fault.column}:"
    click.echo(click.style(word + place, fg=colour) + shown(str(fault).removeprefix(place)))


def _fault(fault: Fault) -> Json:
    return {name: getattr(fault, name) for name in ("file", "line", "column", "message", "mend")}
