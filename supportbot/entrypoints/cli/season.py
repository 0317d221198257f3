"""`supportbot simulate --season`: a year of tickets, and what it costs whom."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from supportbot.adapters.playbook_files.faults import PlaybookFaults
from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli.faults import BadInput, No, told_in_words
from supportbot.entrypoints.cli.output import Json, table
from supportbot.sandbox.simulate import page
from supportbot.sandbox.simulate.season import live
from supportbot.sandbox.simulate.season_file import read_season
from supportbot.sandbox.simulate.summary import Summary, summed_up


def lived(label: str, text: str, playbooks: Playbooks, folder: Path) -> Summary:
    """The figures of the season that `text` describes. Raises No with every fault of it."""
    try:
        season = read_season(label, text, playbooks)
    except PlaybookFaults as error:
        raise No("\n".join(["this cannot be played:", *map(str, error.faults)])) from None
    with told_in_words():
        return summed_up(live(season, folder), playbooks)


def season_json(summary: Summary) -> Json:
    return {
        "severities": [_without_waits(asdict(figures)) for figures in summary.severities],
        "people": [asdict(person) for person in summary.people],
        "months": dict(summary.months),
    }


def _without_waits(figures: Json) -> Json:
    """Each ticket's wait is for the plots."""
    return {name: value for name, value in figures.items() if name != "waits"}


def season_text(summary: Summary) -> str:
    tables = (
        [page.SEVERITY_HEAD, *page.severity_rows(summary)],
        [page.PEOPLE_HEAD, *page.people_rows(summary)],
    )
    return "\n\n".join(table(rows) for rows in tables)


def write_page(summary: Summary, file: Path, title: str) -> None:
    """Raises BadInput when the file cannot be written."""
    try:
        file.write_text(page.html_page(summary, title), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror or error}.") from None
