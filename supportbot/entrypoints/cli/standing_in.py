"""What the commands about cover and shifts share: times on one's clocks, how changes read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from supportbot.domain.on_call.rota_change import RotaChange
from supportbot.domain.on_call.wall_clock import instant_said
from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli.faults import BadInput, nearest
from supportbot.entrypoints.cli.output import Json, iso

by_option = click.option("--by", required=True, metavar="PERSON", help="Who does it.")
# No row has a number beyond that, and SQLite fails to look for one.
number_argument = click.argument("number", type=click.IntRange(1, 2**31 - 1))
rotation_option = click.option("--rotation", required=True, metavar="NAME", help="Which rotation.")


def instant(said: str | None, option: str, zone: str) -> datetime | None:
    """The instant (UTC) of what was said on these clocks. Raises BadInput."""
    if said is None:
        return None
    try:
        return instant_said(said, zone)
    except ValueError as error:
        raise BadInput(f"{option}: {error}.") from None


def zone_of(person: str, playbooks: Playbooks) -> str:
    """The zone of a person's clocks. Raises BadInput where the playbooks do not know them."""
    known = playbooks.people.get(person)
    if known is None:
        near = nearest(person, list(playbooks.people), "people")
        raise BadInput(f"there is no person {person[:60]!r}: {near}")
    return known.zone


def change_json(change: RotaChange) -> Json:
    return {
        "change": change.id,
        "kind": change.kind,
        "rotation": change.rotation,
        "from": iso(change.start),
        "to": iso(change.end),
        "people": list(change.people),
        "for": change.away,
        "reason": change.reason,
        "by": change.by,
        "made_at": iso(change.made_at),
        "withdrawn_at": iso(change.withdrawn_at),
        "withdrawn_by": change.withdrawn_by,
    }


def warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        click.echo(f"Mind: {warning}.", err=True)
