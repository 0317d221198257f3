"""`supportbot simulate`: what the desk would do, hour by hour, before anybody depends on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.arguments import decoded, read_input
from supportbot.entrypoints.cli.faults import No, told_in_words
from supportbot.entrypoints.cli.output import print_json, print_text, table
from supportbot.entrypoints.cli.playbooks import (
    folder_or_setting,
    load_playbooks,
    playbooks_option,
)

if TYPE_CHECKING:
    from supportbot.adapters.playbook_files.faults import PlaybookFaults
    from supportbot.sandbox.simulate.timeline import Row


@click.command(short_help="What the desk would do in a scenario, page by page.")
@click.argument("scenario")
@json_option
@playbooks_option
def simulate(scenario: str, as_json: bool, folder: Path | None) -> None:
    """Play SCENARIO, a YAML file (- for standard input), and show every page, message and timer.

    The code is the one that runs the desk, on a clock that jumps; nobody outside hears anything.
    Needs no database, network or credentials.
    """
    from supportbot import logs

    logs.configure("text", "critical")
    rows = _played(scenario, folder_or_setting(folder))
    if as_json:
        from supportbot.sandbox.simulate.timeline import as_json as rows_json

        print_json(rows_json(rows))
    else:
        print_text(_text(rows))


def _played(name: str, folder: Path) -> list[Row]:
    from supportbot.adapters.playbook_files.faults import PlaybookFaults
    from supportbot.sandbox.simulate.playing import play
    from supportbot.sandbox.simulate.scenario_file import read_scenario

    label = "standard input" if name == "-" else name
    text = decoded(read_input(name), label)
    playbooks = load_playbooks(folder)
    try:
        scenario = read_scenario(label, text, playbooks)
    except PlaybookFaults as error:
        raise told(error) from None
    with told_in_words():
        return play(scenario, folder)


def told(error: PlaybookFaults) -> No:
    """Everything that is wrong in a file, a line each."""
    return No("\n".join(["this cannot be played:", *map(str, error.faults)]))


def _text(rows: list[Row]) -> str:
    if not rows:
        return "Nothing happened."
    lines = [("AT (UTC)", "TICKET", "WHAT", "STEP", "TO", "WHY, OR WHAT IS SAID")]
    for row in rows:
        step = str(row.step or "")
        what = f"{row.channel} {row.kind}".replace("_", " ")
        at = f"{row.at:%Y-%m-%d %H:%M:%S}"
        lines.append((at, row.ticket or "", what, step, row.to or "", _short(row.reason)))
    return table(lines)


def _short(text: str, limit: int = 100) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
