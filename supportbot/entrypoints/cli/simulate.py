"""`supportbot simulate`: what the desk would do, hour by hour, before anybody depends on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.arguments import decoded, read_input
from supportbot.entrypoints.cli.faults import BadInput, No, told_in_words
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
@click.argument("scenario", required=False)
@click.option("--season", metavar="RATES.yaml", help="Draw a season of tickets from rates instead.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the season's figures as a page with plots.",
)
@json_option
@playbooks_option
def simulate(
    scenario: str | None, season: str | None, html: Path | None, as_json: bool, folder: Path | None
) -> None:
    """Play SCENARIO, a YAML file (- for standard input), and show every page, message and timer.

    With --season, tickets are drawn from the rates of a file, people answer as it says, and what is
    shown are the figures: time to acknowledge, promises broken, pages and broken nights a person.

    The code is the one that runs the desk, on a clock that jumps; nobody outside hears anything.
    Needs no database, network or credentials.
    """
    from supportbot import logs

    logs.configure("text", "critical")
    if (scenario is None) == (season is None):
        raise BadInput("name a scenario, or a season with --season RATES.yaml.")
    if season is not None:
        _show_season(season, folder_or_setting(folder), html, as_json)
        return
    if html is not None:
        raise BadInput("--html is for a season: name one with --season RATES.yaml.")
    assert scenario is not None  # noqa: S101 - one of the two is there
    rows = _played(scenario, folder_or_setting(folder))
    if as_json:
        from supportbot.sandbox.simulate.timeline import as_json as rows_json

        print_json(rows_json(rows))
    else:
        print_text(_text(rows))


def _show_season(name: str, folder: Path, html: Path | None, as_json: bool) -> None:
    from supportbot.entrypoints.cli.season import lived, season_json, season_text, write_page

    label = "standard input" if name == "-" else name
    summary = lived(label, decoded(read_input(name), label), load_playbooks(folder), folder)
    if html is not None:
        write_page(summary, html, f"A season: {Path(label).stem}")
    if as_json:
        print_json(season_json(summary))
    else:
        print_text(season_text(summary))


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
