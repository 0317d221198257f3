"""`supportbot events`: what is planned, what the team decides of it, and whether changes wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from supportbot.application import events as e
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.planned import event_commands as c
from supportbot.domain.planned.event_request import span
from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.ticket.ticket import reference
from supportbot.entrypoints.cli.acting import acting, do
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.arguments import at_option, ticket_argument
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.faults import BadInput
from supportbot.entrypoints.cli.output import Json, iso, print_json, print_text, table
from supportbot.entrypoints.cli.planned_output import plan_json, request_json

# Of an event in the playbooks nobody knows when it was asked for.
_OF_REQUESTS = (
    "late",
    "asked_at",
    "tracked_at",
    "notice_seconds",
    "lag_seconds",
    "prompted",
    "done",
)
_HEADINGS = ("EVENT", "HUB", "BEGINS", "ENDS", "STATE", "TICKET", "NOTICE", "LAG")
_KINDS = {"week": "event_week", "day": "event_day", "over": "event_over"}


@click.group(invoke_without_command=True, short_help="What is planned, and what waits for it.")
@at_option
@json_option
@click.pass_context
def events(ctx: click.Context, at: datetime | None, as_json: bool) -> None:
    """Every event that is planned, in the playbooks or in a ticket, and not over for a month.

    Of one asked for in a ticket: the notice given (from the reporter's first word until it begins)
    and the lag (until somebody wrote it down as an event).
    """
    if ctx.invoked_subcommand is not None:
        return
    with open_desk() as context:
        found = e.listing(context, at or context.clock.now())
    if as_json:
        print_json([_json(event) for event in found])
    else:
        print_text(_text(found))


@events.command()
@ticket_argument
@acting
@click.option("--name", required=True, help="What it is.")
@click.option("--hub", required=True, help="On which hub, such as northfield/prod.")
@click.option("--from", "starts", multiple=True, required=True, help="When it begins.")
@click.option("--to", "ends", multiple=True, required=True, help="When it ends.")
@click.option("--people", type=int, help="How many come.")
@click.option("--ready-mode", is_flag=True, help="Tighter terms while it is on, and a freeze.")
@click.option("--freeze/--no-freeze", default=None, help="Changes wait; as --ready-mode says.")
@click.option("--engineer", "engineers", multiple=True, help="Called meanwhile; may be repeated.")
@json_option
def plan(
    ticket: int,
    person: str,
    name: str,
    hub: str,
    starts: tuple[str, ...],
    ends: tuple[str, ...],
    people: int | None,
    ready_mode: bool,
    freeze: bool | None,
    engineers: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write down the event that a ticket asks for, or write it anew.

    Times are on the clocks of the hub's community, such as 2026-12-07T09:00, unless they say their
    own offset; --from and --to may be given again for further windows. In time it is accepted by
    itself, else the team is asked.
    """
    if len(starts) != len(ends):
        raise BadInput("--from and --to go together: give as many of the one as of the other.")
    command = c.PlanEvent(
        by=person,
        name=name,
        hub=hub,
        windows=tuple(zip(starts, ends, strict=True)),
        people=people,
        ready_mode=ready_mode,
        engineers=engineers,
        freeze=freeze,
    )
    do(ticket, command, as_json)


@events.command()
@ticket_argument
@acting
@json_option
def accept(ticket: int, person: str, as_json: bool) -> None:
    """The team does it: it counts from now on, and the reporter hears so."""
    do(ticket, c.AcceptEvent(by=person), as_json)


@events.command()
@ticket_argument
@acting
@click.option("--reason", default="", help="Why: the reporter reads it.")
@json_option
def decline(ticket: int, person: str, reason: str, as_json: bool) -> None:
    """The team does not do it, or not any more: its checklist ends, and the reporter hears so."""
    do(ticket, c.DeclineEvent(by=person, reason=reason), as_json)


@events.command()
@ticket_argument
@click.argument("prompt", type=click.Choice(list(_KINDS)))
@acting
@json_option
def done(ticket: int, prompt: str, person: str, as_json: bool) -> None:
    """What the checklist asked for is done: a week or a day before, or when it was over."""
    do(ticket, c.PromptDone(by=person, kind=_KINDS[prompt]), as_json)


@events.command()
@click.option("--hub", help="Of this hub alone, such as northfield/prod.")
@at_option
@json_option
@click.pass_context
def freeze(ctx: click.Context, hub: str | None, at: datetime | None, as_json: bool) -> None:
    """Whether changes wait now: status 1 when they do, so that a deployment can ask."""
    with open_desk() as context:
        if hub is not None and context.shelf.current.hub(hub) is None:
            known = ", ".join(sorted(one.id for one in context.shelf.current.hubs().values()))
            raise BadInput(f"--hub: there is no hub {hub[:80]!r}; known are {known[:300]}.")
        found = e.freeze(context, hub, at or context.clock.now())
    if as_json:
        until = max((one.end for one in found), default=None)
        print_json(
            {"frozen": bool(found), "until": iso(until), "for": [plan_json(plan) for plan in found]}
        )
    else:
        print_text("\n".join(map(_frozen, found)) or "No freeze: changes may go out.")
    ctx.exit(1 if found else 0)


def _frozen(plan: EventPlan) -> str:
    until = spoken(plan.end, plan.zone)
    return f"Frozen: no changes to {plan.hub_id} until {until}, for {plan.name}."


def _text(found: Sequence[e.KnownEvent]) -> str:
    if not found:
        return "No events."
    rows: list[tuple[str, ...]] = [
        ("EVENT", "HUB", "BEGINS", "ENDS", "STATE", "TICKET", "NOTICE", "LAG")
    ]
    rows += [_row(event) for event in found]
    return table(rows)


def _row(event: e.KnownEvent) -> tuple[str, ...]:
    plan, request = event.plan, event.request
    return (
        plan.name,
        plan.hub_id,
        spoken(plan.start, plan.zone),
        spoken(plan.end, plan.zone),
        event.state,
        reference(event.ticket) if event.ticket else "–",
        span(request.notice) if request else "–",
        span(request.lag) if request else "–",
    )


def _json(event: e.KnownEvent) -> Json:
    ticket = reference(event.ticket) if event.ticket else None
    said = {"state": event.state, "ticket": ticket}
    if event.request:
        return {**request_json(event.request), **said}
    return {**plan_json(event.plan), **said, **dict.fromkeys(_OF_REQUESTS)}
