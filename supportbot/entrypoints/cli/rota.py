"""`supportbot rota`: who is on call over the next weeks, and when nobody is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import click

from supportbot.application.feeds import Kind, feed
from supportbot.domain.on_call.rota import zone_of
from supportbot.domain.on_call.rotation import Rotation
from supportbot.domain.on_call.wall_clock import first_instant
from supportbot.domain.on_call.wall_clock import zone as zone_named
from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli.arguments import Day
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.faults import BadInput, nearest
from supportbot.entrypoints.cli.output import print_json, print_text
from supportbot.entrypoints.cli.playbooks import load_playbooks, playbooks_option
from supportbot.entrypoints.cli.propose import propose_quarter
from supportbot.entrypoints.cli.rota_feeds import feeds
from supportbot.entrypoints.cli.rota_output import Asked, as_text, rota_json
from supportbot.entrypoints.cli.rota_page import html_page

_LONGEST_WEEKS = 104
_SHOW = "show"


class _Rota(click.Group):
    """`rota propose` and `rota feeds` are commands of their own; what else follows `rota` is of the
    rota itself."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in super().list_commands(ctx) if name != _SHOW]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in self.commands:
            args = [_SHOW, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return None if name == _SHOW else name, command, rest


@click.group(
    cls=_Rota, invoke_without_command=True, short_help="Who is on call over the next weeks."
)
def rota() -> None:
    """Who is on call over the next weeks, and who should be in the next quarter."""


@rota.command(name=_SHOW)
@click.argument("rotations", nargs=-1, metavar="[ROTATION]...")
@click.option(
    "--weeks",
    type=click.IntRange(1, _LONGEST_WEEKS),
    default=8,
    show_default=True,
    help="How many weeks.",
)
@click.option(
    "--from", "first", type=Day(), help="The first day, such as 2026-11-23; today if left out."
)
@click.option(
    "--tz",
    "zone",
    metavar="ZONE",
    help="The IANA zone of the times; that of a rotation's hand-offs if left out.",
)
@click.option("--person", metavar="PERSON", help="Only the shifts of this person.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write a page with pictures.",
)
@click.option(
    "--ical",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write the calendar of the one ROTATION, or of --person.",
)
@json_option
@playbooks_option
def show(
    rotations: tuple[str, ...],
    weeks: int,
    first: date | None,
    zone: str | None,
    person: str | None,
    html: Path | None,
    ical: Path | None,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Who is on call in each ROTATION, or in every one, and when nobody is.

    `rota feeds` tells the addresses that calendar programs subscribe to; `rota propose` spreads the
    turns of a coming quarter. Needs no database, network or credentials.
    """
    playbooks = load_playbooks(folder)
    _check(rotations, zone, person, playbooks)
    names = list(dict.fromkeys(rotations)) or list(playbooks.rotations)
    asked = [_asked(playbooks.rotations[name], weeks, first, zone, person) for name in names]
    if html is not None and asked:
        _write(html, html_page(asked, playbooks).encode())
    if ical is not None:
        _write(ical, _calendar(rotations, person, playbooks))
    if as_json:
        print_json([rota_json(one) for one in asked])
    elif asked:
        print_text("\n\n".join(as_text(one, playbooks) for one in asked))
    else:
        print_text("The playbooks have no rotations.")


def _check(
    rotations: tuple[str, ...], zone: str | None, person: str | None, playbooks: Playbooks
) -> None:
    for name in rotations:
        if name not in playbooks.rotations:
            near = nearest(name, list(playbooks.rotations), "rotations")
            raise BadInput(f"there is no rotation {name[:60]!r}: {near}")
    if person is not None and person not in playbooks.people:
        near = nearest(person, sorted(playbooks.team()), "people of the team")
        raise BadInput(f"there is no person {person[:60]!r}: {near}")
    try:
        zone_named(zone or "UTC")
    except ValueError as error:
        raise BadInput(f"--tz: {error}.") from None


def _calendar(rotations: tuple[str, ...], person: str | None, playbooks: Playbooks) -> bytes:
    """The feed as of now. Raises BadInput when it is not said whose."""
    from supportbot.adapters.web.ical import calendar

    if len(rotations) + (person is not None) != 1:
        raise BadInput("--ical: a calendar is of one ROTATION, or of one --person: name it.")
    kind: Kind = "rotation" if rotations else "person"
    found = feed(playbooks, kind, person or rotations[0], datetime.now(UTC))
    return calendar(found) if found else b""


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror or error}.") from None


def _asked(
    rotation: Rotation, weeks: int, first: date | None, zone: str | None, person: str | None
) -> Asked:
    """From midnight to midnight on the clocks of the zone."""
    zone = zone or zone_of(rotation)
    first = first or datetime.now(UTC).astimezone(zone_named(zone)).date()
    days = (first, first + timedelta(weeks=weeks))
    start, end = (first_instant(datetime.combine(day, time()), zone) for day in days)
    return Asked(rotation, start, end, zone, person)


rota.add_command(feeds)
rota.add_command(propose_quarter)
