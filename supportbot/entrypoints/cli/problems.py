"""`supportbot problems`: the known problems, and how often each came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import click

from supportbot.application.known_problems import counts
from supportbot.domain.triage.known_problem import KnownProblem
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.output import print_json, print_text, table
from supportbot.entrypoints.cli.replay import Since


@click.command(short_help="Known problems, and how often each came.")
@click.option(
    "--since", type=Since(), default="90d", show_default=True, help="How far back: 90d, or a time."
)
@json_option
def problems(since: datetime, as_json: bool) -> None:
    """List the known problems of the playbooks, with how many tickets looked like each."""
    with open_desk() as context:
        came = counts(context, since)
        known = context.shelf.current.known_problems.values()
    if as_json:
        print_json(
            [
                {
                    "problem": problem.key,
                    "title": problem.title,
                    "workaround": problem.workaround,
                    "issue": problem.issue,
                    "tickets": came.get(problem.key, 0),
                }
                for problem in known
            ]
        )
    else:
        print_text(_text(known, came))


def _text(known: Iterable[KnownProblem], came: Mapping[str, int]) -> str:
    rows = [
        (problem.key, str(came.get(problem.key, 0)), problem.issue or "–", problem.title)
        for problem in sorted(known, key=lambda problem: -came.get(problem.key, 0))
    ]
    if not rows:
        return "The playbooks know of no problem: known_problems.yaml is for them."
    return table([("PROBLEM", "TICKETS", "ISSUE", "TITLE"), *rows])
