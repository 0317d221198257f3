"""`supportbot load`: who was interrupted how often, beside a fair share."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from supportbot.application.load import read_load
from supportbot.domain.fairness.quarter import Quarter, quarter_of, quarter_said
from supportbot.entrypoints.cli.arguments import Moment
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.faults import BadInput
from supportbot.entrypoints.cli.load_output import load_json, load_text
from supportbot.entrypoints.cli.output import print_json, print_text


class QuarterSaid(click.ParamType[Quarter, str]):
    """A quarter such as 2026Q4."""

    name = "QUARTER"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Quarter:
        try:
            return quarter_said(value)
        except ValueError as error:
            raise BadInput(f"{error}.") from None


@click.command(short_help="Who was interrupted how often, and is that fair.")
@click.option("--quarter", type=QuarterSaid(), help="Such as 2026Q4; the present one if left out.")
@click.option("--from", "start", type=Moment(), help="From when, instead of a quarter.")
@click.option("--to", "end", type=Moment(), help="Until when; now if left out.")
@json_option
def load(
    quarter: Quarter | None, start: datetime | None, end: datetime | None, as_json: bool
) -> None:
    """Show how often each person was interrupted: outside their hours, at night, on free days.

    Beside it stand their time on call, what they acknowledged and handed over, and how their
    interruptions compare with a fair share of everybody's.
    """
    now = datetime.now(UTC)
    start, end = _between(quarter, start, end, now)
    with open_desk() as context:
        found = read_load(context, start, end)
        people = context.shelf.current.people
    if as_json:
        print_json(load_json(found, people))
    else:
        print_text(load_text(found, people))


def _between(
    quarter: Quarter | None, start: datetime | None, end: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """The stretch that is asked for, as far as it is over."""
    if quarter is not None and (start or end):
        raise BadInput("a quarter has its own bounds: leave out --quarter, or --from and --to.")
    if end is not None and start is None:
        raise BadInput("--to needs a --from before it.")
    if start is None:
        quarter = quarter or quarter_of(now)
        start, end = quarter.start, quarter.end
    end = min(end or now, now)
    if start >= end:
        raise BadInput(f"from {start:%Y-%m-%d %H:%M} UTC on, nothing has happened yet.")
    return start, end
