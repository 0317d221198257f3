"""`supportbot cover`: find somebody who is on call in your place."""

from __future__ import annotations

from datetime import datetime

import click

from supportbot.application import cover_requests
from supportbot.application.cover_requests import Done
from supportbot.domain.on_call.cover_request import CoverRequest
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.rota.standing_in import said
from supportbot.domain.ticket.commands import Refused, name_of
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.faults import BadInput
from supportbot.entrypoints.cli.output import Json, iso, print_json, print_text, refused, table
from supportbot.entrypoints.cli.standing_in import (
    by_option,
    change_json,
    instant,
    number_argument,
    rotation_option,
    warn,
    zone_of,
)


@click.group(short_help="Find somebody to be on call in your place.")
def cover() -> None:
    """Ask for cover, take it, withdraw it. The first to take it has it."""


@cover.command()
@rotation_option
@click.option("--from", "start", required=True, metavar="TIME", help="When it begins.")
@click.option("--to", "end", required=True, metavar="TIME", help="When it is over.")
@click.option("--for", "person", metavar="PERSON", help="Who needs it, if somebody else than --by.")
@click.option("--reason", default="", help="Why, for those who read it.")
@by_option
@json_option
def ask(
    rotation: str, start: str, end: str, person: str | None, reason: str, by: str, as_json: bool
) -> None:
    """Ask who can be on call from one time to another.

    Times are on the clocks of whoever needs it, such as 2026-11-28T09:00, unless they say their own
    offset. The team's channel is asked, and each of the rotation who is neither on call nor away.
    """
    with open_desk() as context:
        playbooks = context.shelf.current
        zone = zone_of(person or by, playbooks)
        outcome = cover_requests.ask(
            context,
            rotation=rotation,
            person=person or by,
            start=_needed(start, "--from", zone),
            end=_needed(end, "--to", zone),
            by=by,
            reason=reason,
        )
        now = context.clock.now()
    _answer(outcome, playbooks, now, as_json)


@cover.command(name="list")
@click.option("--all", "every", is_flag=True, help="Those that are taken, withdrawn or over, too.")
@json_option
def listed(every: bool, as_json: bool) -> None:
    """The requests that nobody took yet, the first to begin first."""
    with open_desk() as context:
        found = cover_requests.listing(context, every=every)
        playbooks, now = context.shelf.current, context.clock.now()
    if as_json:
        print_json([_json(request, now) for request in found])
        return
    rows = [("NUMBER", "ROTATION", "FOR", "STATE", "OPEN", "ASKED BY")]
    rows += [
        (
            str(request.id),
            request.rotation,
            name_of(request.person, playbooks),
            request.state(now),
            _open(request, playbooks) or "–",
            name_of(request.by, playbooks),
        )
        for request in found
    ]
    print_text(table(rows) if found else "Nobody asks for cover.")


@cover.command()
@number_argument
@click.option("--from", "start", metavar="TIME", help="Take a part of it only, from this time.")
@click.option("--to", "end", metavar="TIME", help="Take a part of it only, until this time.")
@by_option
@json_option
def take(number: int, start: str | None, end: str | None, by: str, as_json: bool) -> None:
    """Be on call for whoever asked: all that is open of request NUMBER, or a part of it.

    Times are on your own clocks, unless they say their own offset.
    """
    with open_desk() as context:
        playbooks = context.shelf.current
        zone = zone_of(by, playbooks)
        part = None
        if start or end:
            request = cover_requests.get(context, number)
            if request is None:
                raise BadInput(f"there is no request for cover {number}.")
            part = (
                instant(start, "--from", zone) or request.start,
                instant(end, "--to", zone) or request.end,
            )
        outcome = cover_requests.take(context, number, by=by, part=part)
        now = context.clock.now()
    _answer(outcome, playbooks, now, as_json)


@cover.command()
@number_argument
@by_option
@json_option
def withdraw(number: int, by: str, as_json: bool) -> None:
    """Request NUMBER is needed no longer. What somebody took of it stays theirs."""
    with open_desk() as context:
        outcome = cover_requests.withdraw(context, number, by=by)
        playbooks, now = context.shelf.current, context.clock.now()
    _answer(outcome, playbooks, now, as_json)


def _needed(text: str, option: str, zone: str) -> datetime:
    found = instant(text, option, zone)
    assert found is not None  # noqa: S101 - only nothing gives None
    return found


def _answer(outcome: Done | Refused, playbooks: Playbooks, now: datetime, as_json: bool) -> None:
    if isinstance(outcome, Refused):
        refused(outcome.reason, as_json)
        click.get_current_context().exit(1)
    if as_json:
        changes = [change_json(change) for change in outcome.changes]
        found = _json(outcome.request, now)
        print_json({**found, "changes": changes, "warnings": list(outcome.warnings)})
        return
    request = outcome.request
    left = _open(request, playbooks)
    name = name_of(request.person, playbooks)
    text = f"Cover {request.id} for {name} in {request.rotation} is {request.state(now)}"
    print_text(f"{text}: {left}." if left else f"{text}.")
    warn(outcome.warnings)


def _open(request: CoverRequest, playbooks: Playbooks) -> str:
    known = playbooks.people.get(request.person)
    zone = known.zone if known else "UTC"
    return "; ".join(said(start, end, zone) for start, end in request.open_spans())


def _json(request: CoverRequest, now: datetime) -> Json:
    return {
        "request": request.id,
        "rotation": request.rotation,
        "for": request.person,
        "from": iso(request.start),
        "to": iso(request.end),
        "state": request.state(now),
        "open": [{"from": iso(start), "to": iso(end)} for start, end in request.open_spans()],
        "taken": [
            {
                "by": part.by,
                "from": iso(part.start),
                "to": iso(part.end),
                "at": iso(part.at),
                "change": part.change,
            }
            for part in request.taken
        ],
        "reason": request.reason,
        "by": request.by,
        "asked_at": iso(request.asked_at),
        "withdrawn_at": iso(request.withdrawn_at),
        "withdrawn_by": request.withdrawn_by,
    }
