"""`supportbot tickets`: what is open, how a ticket stands, and every verb, by a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, get_args

import click

from supportbot.application import queries
from supportbot.application.ticket_actions import escalate_now, merge
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket.approving import Approve, Decline
from supportbot.domain.ticket.clock_events import Party
from supportbot.domain.ticket.shift_change import Keep
from supportbot.domain.ticket.snoozing import Snooze
from supportbot.domain.ticket.ticket import OPEN, State, reference
from supportbot.domain.ticket.timebox import Extend
from supportbot.domain.ticket.waiting import Wait
from supportbot.entrypoints.cli.acting import acting, do, do_by
from supportbot.entrypoints.cli.arguments import (
    Duration,
    Ticket,
    text_or_stdin,
    ticket_argument,
)
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.faults import No
from supportbot.entrypoints.cli.output import print_json, print_text
from supportbot.entrypoints.cli.ticket_output import (
    listing_text,
    ticket_json,
    view_json,
    view_text,
)

F = TypeVar("F", bound=Callable[..., None])


def _verb(function: F) -> F:
    """What every verb takes: the ticket, who acts, and --json."""
    return ticket_argument(acting(json_option(function)))


@click.group(short_help="Look at tickets, and act on them.")
def tickets() -> None:
    """Look at tickets, and act on them as a person of the team."""


@tickets.command(name="list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(get_args(State)),
    help="Only those in this state, open or not; may be given again.",
)
@json_option
def listing(states: tuple[State, ...], as_json: bool) -> None:
    """The open tickets, the newest first."""
    with open_desk() as context:
        found = queries.listing(context, frozenset(states) or OPEN)
        playbooks = context.shelf.current
    if as_json:
        print_json([ticket_json(ticket) for ticket in found])
    else:
        print_text(listing_text(found, playbooks))


@tickets.command()
@ticket_argument
@json_option
def show(ticket: int, as_json: bool) -> None:
    """A ticket as it stands, and all that happened to it."""
    with open_desk() as context:
        view = queries.view(context, ticket)
        playbooks = context.shelf.current
    if view is None:
        raise No(f"there is no ticket {reference(ticket)}.")
    if as_json:
        print_json(view_json(view))
    else:
        print_text(view_text(view, playbooks))


@tickets.command()
@_verb
def ack(ticket: int, person: str, as_json: bool) -> None:
    """Acknowledge: someone has it, and paging stops; or you are still on it, or at work again."""
    do(ticket, c.Acknowledge(by=person), as_json)


@tickets.command()
@_verb
def take(ticket: int, person: str, as_json: bool) -> None:
    """Own your line of it; acknowledges it too."""
    do(ticket, c.Take(by=person), as_json)


@tickets.command()
@_verb
def keep(ticket: int, person: str, as_json: bool) -> None:
    """Keep what is yours though your shift is over: until your working day ends, or the next
    change of shift."""
    do(ticket, Keep(by=person), as_json)


@tickets.command()
@_verb
def release(ticket: int, person: str, as_json: bool) -> None:
    """Let it go: nobody owns the line, and the policy starts again."""
    do(ticket, c.LetGo(by=person), as_json)


@tickets.command()
@_verb
@click.option("--note", default="", help="What second line should know.")
def handover(ticket: int, person: str, as_json: bool, note: str) -> None:
    """Hand it over to second line, whose policy starts."""
    do(ticket, c.HandOver(by=person, note=note), as_json)


@tickets.command()
@_verb
def escalate(ticket: int, person: str, as_json: bool) -> None:
    """The next step of the policy, now; the owner stays."""
    do_by(lambda context: escalate_now(context, ticket, c.EscalateNow(by=person)), as_json)


@tickets.command()
@_verb
@click.argument("level")
@click.option("--reason", required=True, help="Why: it is how the rules get better.")
def severity(ticket: int, person: str, as_json: bool, level: str, reason: str) -> None:
    """Change the severity to LEVEL, such as P1; a raise pages again."""
    do(ticket, c.ChangeSeverity(by=person, severity=level, reason=reason), as_json)


@tickets.command()
@_verb
@click.argument("text")
def reply(ticket: int, person: str, as_json: bool, text: str) -> None:
    """Answer the reporter where they wrote; TEXT may be - for standard input."""
    do(ticket, c.Reply(by=person, text=text_or_stdin(text)), as_json)


@tickets.command()
@_verb
@click.argument("text", default="")
def resolve(ticket: int, person: str, as_json: bool, text: str) -> None:
    """Fixed, we think; TEXT, or - for standard input, tells the reporter how."""
    do(ticket, c.Resolve(by=person, text=text_or_stdin(text)), as_json)


@tickets.command()
@_verb
@click.option("--reason", default="", help="Why.")
def reopen(ticket: int, person: str, as_json: bool, reason: str) -> None:
    """Not fixed after all: the policy starts again."""
    do(ticket, c.Reopen(by=person, reason=reason), as_json)


@tickets.command()
@_verb
@click.option("--until", required=True, metavar="TIME", help="When you want to hear of it again.")
def snooze(ticket: int, person: str, as_json: bool, until: str) -> None:
    """Let it rest: you have it, and are reminded of it at that time.

    TIME is on your own clocks, such as 2026-12-08T12:00, unless it says its own offset; or "my
    hours", for the beginning of your next working hours. A reporter who writes ends the rest.
    """
    do(ticket, Snooze(by=person, until=until), as_json)


@tickets.command()
@_verb
@click.option(
    "--for",
    "party",
    required=True,
    type=click.Choice(("reporter", "third-party")),
    help="For whom it waits.",
)
@click.option("--who", default="", help="The third party, such as the cloud provider.")
@click.option("--chase", type=Duration(), help="When to ask again; as the severity says.")
def wait(
    ticket: int, person: str, as_json: bool, party: str, who: str, chase: Delay | None
) -> None:
    """Wait for the reporter or for a third party: reminders rest, and somebody is chased.

    A reporter who writes ends the wait for them; `tickets ack` ends any.
    """
    waits: Party = "third party" if party == "third-party" else "reporter"
    do(ticket, Wait(by=person, party=waits, who=who, chase=chase), as_json)


@tickets.command()
@_verb
def extend(ticket: int, person: str, as_json: bool) -> None:
    """A little more of first line's time, once."""
    do(ticket, Extend(by=person), as_json)


@tickets.command(name="merge")
@_verb
@click.argument("into", type=Ticket())
def merge_into(ticket: int, person: str, as_json: bool, into: int) -> None:
    """It is the same request as INTO, of the same reporter, and goes on there."""
    do_by(lambda context: merge(context, ticket, c.Merge(by=person, into=into)), as_json)


@tickets.command()
@_verb
def approve(ticket: int, person: str, as_json: bool) -> None:
    """The reporter may have it; PERSON is a representative of their community, or of the team."""
    do(ticket, Approve(by=person), as_json)


@tickets.command()
@_verb
@click.option("--reason", default="", help="Why not; the reporter reads it.")
def decline(ticket: int, person: str, as_json: bool, reason: str) -> None:
    """They may not: the ticket is resolved, and the reporter is told."""
    command = Decline(by=person, reason=reason)
    do(ticket, command, as_json)
