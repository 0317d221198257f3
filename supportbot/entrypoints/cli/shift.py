"""`supportbot shift`: take a running shift, give it back, set who is on for a time."""

from __future__ import annotations

import click

from supportbot.application import rota_changes
from supportbot.application.rota_changes import Done
from supportbot.domain.on_call.rota_change import RotaChange
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.rota.standing_in import said
from supportbot.domain.ticket.commands import Refused, name_of
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.output import print_json, print_text, refused, table
from supportbot.entrypoints.cli.standing_in import (
    by_option,
    change_json,
    instant,
    number_argument,
    rotation_option,
    warn,
    zone_of,
)


@click.group(short_help="Take a shift, give it back, set who is on for a time.")
def shift() -> None:
    """Change who is on call while the desk runs. Each change holds at once, in every process."""


@shift.command()
@rotation_option
@click.option("--for", "away", metavar="PERSON", help="Whose shift, where several are on.")
@click.option("--until", metavar="TIME", help="Until when; the end of their shift, if left out.")
@by_option
@json_option
def take(rotation: str, away: str | None, until: str | None, by: str, as_json: bool) -> None:
    """Be on call from now on, in place of whoever is. The time is on your own clocks."""
    with open_desk() as context:
        playbooks = context.shelf.current
        end = instant(until, "--until", zone_of(by, playbooks))
        outcome = rota_changes.take_shift(context, rotation=rotation, by=by, away=away, until=end)
    _answer(outcome, playbooks, as_json)


@shift.command(name="give-back")
@rotation_option
@by_option
@json_option
def give_back(rotation: str, by: str, as_json: bool) -> None:
    """The shift that you took is its owner's again, from now on."""
    with open_desk() as context:
        outcome = rota_changes.give_back(context, rotation=rotation, by=by)
        playbooks = context.shelf.current
    _answer(outcome, playbooks, as_json)


@shift.command(name="set")
@rotation_option
@click.option("--from", "start", required=True, metavar="TIME", help="When it begins.")
@click.option("--to", "end", required=True, metavar="TIME", help="When it is over.")
@click.option(
    "--person", "people", required=True, multiple=True, metavar="PERSON", help="Who is on."
)
@click.option("--reason", default="", help="Why, for those who read it.")
@by_option
@json_option
def set_schedule(
    rotation: str,
    start: str,
    end: str,
    people: tuple[str, ...],
    reason: str,
    by: str,
    as_json: bool,
) -> None:
    """These people, and nobody else, are on call from one time to another.

    Times are on your own clocks, such as 2026-12-24T09:00, unless they say their own offset.
    """
    with open_desk() as context:
        playbooks = context.shelf.current
        zone = zone_of(by, playbooks)
        begins, ends = instant(start, "--from", zone), instant(end, "--to", zone)
        assert begins is not None and ends is not None  # noqa: S101, PT018 - both are required
        outcome = rota_changes.set_schedule(
            context,
            rotation=rotation,
            start=begins,
            end=ends,
            people=people,
            by=by,
            reason=reason,
        )
    _answer(outcome, playbooks, as_json)


@shift.command()
@click.option("--all", "every", is_flag=True, help="Those over or withdrawn lately, too.")
@json_option
def changes(every: bool, as_json: bool) -> None:
    """What people changed of the rota, and still holds or will."""
    with open_desk() as context:
        found = rota_changes.listing(context, every=every)
        playbooks = context.shelf.current
    if as_json:
        print_json([change_json(change) for change in found])
        return
    rows = [("NUMBER", "ROTATION", "WHAT", "WHEN", "BY", "WITHDRAWN")]
    rows += [
        (
            str(change.id),
            change.rotation,
            _what(change, playbooks),
            _when(change, playbooks),
            name_of(change.by, playbooks),
            name_of(change.withdrawn_by, playbooks) if change.withdrawn_by else "–",
        )
        for change in found
    ]
    print_text(table(rows) if found else "Nobody changed the rota.")


@shift.command()
@number_argument
@by_option
@json_option
def withdraw(number: int, by: str, as_json: bool) -> None:
    """Change NUMBER holds no longer, from now on."""
    with open_desk() as context:
        outcome = rota_changes.withdraw(context, number, by=by)
        playbooks = context.shelf.current
    _answer(outcome, playbooks, as_json)


def _answer(outcome: Done | Refused, playbooks: Playbooks, as_json: bool) -> None:
    if isinstance(outcome, Refused):
        refused(outcome.reason, as_json)
        click.get_current_context().exit(1)
    if as_json:
        print_json({**change_json(outcome.change), "warnings": list(outcome.warnings)})
        return
    change = outcome.change
    ended = " It holds no longer." if change.withdrawn_at else ""
    what, when = _what(change, playbooks), _when(change, playbooks)
    print_text(f"Change {change.id} in {change.rotation}: {what}, {when}.{ended}")
    warn(outcome.warnings)


def _what(change: RotaChange, playbooks: Playbooks) -> str:
    people = ", ".join(name_of(person, playbooks) for person in change.people)
    if change.away is not None:
        return f"{people} for {name_of(change.away, playbooks)}"
    return f"{people} alone" if change.kind == "schedule" else people


def _when(change: RotaChange, playbooks: Playbooks) -> str:
    known = playbooks.people.get(change.by)
    return said(change.start, change.end, known.zone if known else "UTC")
