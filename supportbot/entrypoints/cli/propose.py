"""`supportbot rota propose`: the turns of a coming quarter, fairly spread, as overrides in YAML."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from supportbot.application.load import read_load
from supportbot.application.proposing import RotationProposal, past_of, propose
from supportbot.domain.fairness.proposal import Past
from supportbot.domain.fairness.quarter import Quarter, quarter_of
from supportbot.domain.on_call.rota import zone_of
from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.arguments import decoded, read_input
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.faults import BadInput, No, nearest
from supportbot.entrypoints.cli.load import QuarterSaid
from supportbot.entrypoints.cli.output import print_json, print_text
from supportbot.entrypoints.cli.playbooks import (
    folder_or_setting,
    load_playbooks,
    playbooks_option,
)
from supportbot.entrypoints.cli.propose_output import proposal_json, proposal_text

_FILE = "rotations.yaml"
_LARGEST_NUMBER = 1_000_000


@click.command(name="propose", short_help="The turns of a coming quarter, fairly spread.")
@click.option("--quarter", type=QuarterSaid(), required=True, help="Such as 2027Q1.")
@click.option("--rotation", "name", metavar="ROTATION", help="Only this one.")
@click.option(
    "--from-load",
    "source",
    metavar="FILE|db",
    help="What people carried before: the JSON of `supportbot load`, or the desk's database.",
)
@click.option(
    "--write",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write rotations.yaml with the proposal into FILE, which may be rotations.yaml itself.",
)
@json_option
@playbooks_option
def propose_quarter(
    quarter: Quarter,
    name: str | None,
    source: str | None,
    target: Path | None,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Propose who has which turn of a quarter, as overrides of the usual order, and say why.

    Nobody has a turn in their leave, or two in a row, where that can be avoided; turns, holidays
    and weekends are spread by the time that each is there; whoever was interrupted least comes
    first; and what need not change does not. Without --from-load the past is left aside.
    """
    playbooks = load_playbooks(folder)
    if name is not None and name not in playbooks.rotations:
        near = nearest(name, list(playbooks.rotations), "rotations")
        raise BadInput(f"there is no rotation {name[:60]!r}: {near}")
    names = [name] if name is not None else list(playbooks.rotations)
    found = propose(playbooks, names, _past(source, quarter), quarter)
    if target is not None:
        _write(folder_or_setting(folder) / _FILE, target, found, playbooks)
    if as_json:
        print_json(proposal_json(quarter, found, playbooks))
    else:
        print_text(proposal_text(quarter, found, playbooks))


def _past(source: str | None, quarter: Quarter) -> Mapping[str, Past]:
    if source is None:
        return {}
    if source != "db":
        return _past_in(source)
    now = datetime.now(UTC)
    # Where the quarter before it lies ahead, the present one tells more.
    before = quarter.before if quarter.before.start < now else quarter_of(now)
    with open_desk() as context:
        return past_of(read_load(context, before.start, min(before.end, now)))


def _past_in(file: str) -> Mapping[str, Past]:
    """What the JSON of `supportbot load` says. Raises BadInput."""
    mend = f"{file} is not what `supportbot load --json` writes"
    try:
        found = json.loads(decoded(read_input(file), file))
        people = [
            (str(one["person"]), one["interruptions"], one["nights"]) for one in found["people"]
        ]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadInput(f"{mend}.") from None
    numbers = [number for _, *both in people for number in both]
    if not all(type(n) is int and 0 <= n <= _LARGEST_NUMBER for n in numbers):
        raise BadInput(f"{mend}: its interruptions and nights are no numbers.")
    return {person: Past(interruptions, nights) for person, interruptions, nights in people}


def _write(
    source: Path, target: Path, found: Sequence[RotationProposal], playbooks: Playbooks
) -> None:
    """rotations.yaml with the overrides, in one go. Raises BadInput, and No where they have no
    place between its lines."""
    from supportbot.adapters.playbook_files.override_text import with_overrides
    from supportbot.adapters.playbook_files.tree import Document, read

    before = text = decoded(read_input(str(source)), str(source))
    for one in found:
        document = read(_FILE, text)
        if not one.overrides or not isinstance(document, Document):
            continue
        zone = zone_of(playbooks.rotations[one.rotation])
        changed = with_overrides(text, document, one.rotation, one.overrides, zone)
        if changed is None:
            raise No(
                f"{source}: the overrides of {one.rotation} fit between no lines of it:"
                " put in by hand what is printed without --write."
            )
        text = changed
    if target.exists() and decoded(read_input(str(target)), str(target)) != before:
        raise BadInput(f"{target} is there already, and says something else: nothing is written.")
    _put(target.resolve(), text)


def _put(file: Path, text: str) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        if file.exists():
            fresh.chmod(file.stat().st_mode & 0o777)
        fresh.replace(file)
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror or error}.") from None
    finally:
        fresh.unlink(missing_ok=True)
