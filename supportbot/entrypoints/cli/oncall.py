"""`supportbot oncall`: who is on call, until when, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from supportbot.application.in_force import current
from supportbot.domain.on_call.rotation import Answer, OnCall, Rotation, who
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.arguments import at_option
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.faults import BadInput, nearest
from supportbot.entrypoints.cli.output import Json, print_json, print_text, table
from supportbot.entrypoints.cli.playbooks import load_playbooks, playbooks_option


@click.command(short_help="Who is on call, until when, and why.")
@click.argument("rotation", required=False)
@at_option
@click.option(
    "--desk", is_flag=True, help="With what people changed while the desk runs: asks its database."
)
@json_option
@playbooks_option
def oncall(
    rotation: str | None, at: datetime | None, desk: bool, as_json: bool, folder: Path | None
) -> None:
    """Who is on call in ROTATION, or in every rotation, now or at another time.

    From the playbooks alone it needs no database, network or credentials.
    """
    playbooks = _of_the_desk(folder) if desk else load_playbooks(folder)
    if not desk and any(person.leave_feeds for person in playbooks.people.values()):
        # For people: to programs the answer is the same as ever.
        click.echo("Leave that stands in calendars elsewhere is not read here: --desk.", err=True)
    at = at or datetime.now(UTC)
    if rotation is not None and rotation not in playbooks.rotations:
        near = nearest(rotation, list(playbooks.rotations), "rotations")
        raise BadInput(f"there is no rotation {rotation[:60]!r}: {near}")
    names = list(playbooks.rotations) if rotation is None else [rotation]
    answers = {name: who(playbooks.rotations[name], at) for name in names}
    if as_json:
        found = [_json(playbooks.rotations[name], at, one) for name, one in answers.items()]
        print_json(found if rotation is None else found[0])
    else:
        print_text(_text(answers, at, playbooks))


def _of_the_desk(folder: Path | None) -> Playbooks:
    if folder is not None:
        raise BadInput("--desk goes by the playbooks of the settings: leave --playbooks out.")
    with open_desk() as context:
        return current(context)


def _json(rotation: Rotation, at: datetime, answer: Answer) -> Json:
    found = {
        "rotation": rotation.name,
        "at": at.isoformat(),
        "on_call": [_one(one) for one in answer.on_call],
        "reason": answer.reason,
    }
    if rotation.shadows:
        found["shadowing"] = [_one(one) for one in answer.shadowing]
    return found


def _one(one: OnCall) -> Json:
    return {
        "person": one.person,
        "from": one.since.isoformat(),
        "until": one.until.isoformat(),
        "layer": one.layer,
        "reason": one.reason,
    }


def _text(answers: dict[str, Answer], at: datetime, playbooks: Playbooks) -> str:
    if not answers:
        return "The playbooks have no rotations."
    rows = [("ROTATION", "ON CALL", "THEIR TIME", "UNTIL, THEIR TIME", "WHY")]
    for name, answer in answers.items():
        rows += [_row(name, one, at, playbooks) for one in answer.on_call]
        if not answer.on_call:
            rows.append((name, "nobody", "–", "–", answer.reason))
        rows += [_row(f"{name}, shadow", one, at, playbooks) for one in answer.shadowing]
    return f"{spoken(at, 'UTC')}\n\n{table(rows)}"


def _row(
    name: str, one: OnCall, at: datetime, playbooks: Playbooks
) -> tuple[str, str, str, str, str]:
    person = playbooks.people[one.person]
    shown_name = f"{person.name} ({person.key})"
    return name, shown_name, spoken(at, person.zone), spoken(one.until, person.zone), one.reason
