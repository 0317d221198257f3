"""`supportbot drill`: how the last drills went, and one now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from supportbot.application import drill as drills
from supportbot.domain.ticket.commands import name_of
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.faults import BadInput
from supportbot.entrypoints.cli.output import Json, iso, print_json, print_text, table, utc_words

if TYPE_CHECKING:
    from supportbot.domain.policy.playbook import Playbooks
    from supportbot.domain.ticket.drill import Result


@click.command(short_help="Who could be reached in the last drills; or try it now.")
@click.option("--now", "at_once", is_flag=True, help="Begin one of everybody within their hours.")
@click.option("--person", metavar="PERSON", help="Begin one of this person, at any hour.")
@json_option
def drill(at_once: bool, person: str | None, as_json: bool) -> None:
    """Show who acknowledged the pages of the last drills, and who could not be reached; or begin a
    drill now, which a running desk carries out."""
    with open_desk() as context:
        playbooks = context.shelf.current
        if person and person not in playbooks.team():
            raise BadInput(f"{person} is nobody of the team in the playbooks.")
        found = drills.start_now(context, person) if at_once or person else drills.results(context)
    if as_json:
        print_json([_json(one) for one in found])
    else:
        print_text(_text(found, playbooks))


def _json(result: Result) -> Json:
    return {
        "ticket": result.ticket,
        "person": result.person,
        "at": iso(result.at),
        "outcome": result.outcome,
        "acknowledged_at": iso(result.acknowledged_at),
        "reason": result.reason or None,
    }


def _text(found: Sequence[Result], playbooks: Playbooks) -> str:
    if not found:
        return "No drills."
    rows = [("TICKET", "PERSON", "AT", "OUTCOME")]
    rows += [
        (
            one.ticket,
            name_of(one.person, playbooks),
            utc_words(one.at),
            f"{one.outcome}: {one.reason}" if one.reason else one.outcome,
        )
        for one in found
    ]
    return table(rows)
