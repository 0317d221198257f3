"""First line tries for so long, in time that was worked; then it is asked, and then hands over.

The time runs while one of first line has the ticket and nothing is waited for, within the hours of
whoever has it; what is used up stays used up, whoever has it next. `evolve` keeps the count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import clock_events as ce
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.box import after
from supportbot.domain.ticket.commands import Command, Decision, Refused, may_act
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import NewTimer, TimerKind

CLOCKS: frozenset[TimerKind] = frozenset({"timebox_ask", "timebox_end"})
OVER = "first line's time is over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(Command):
    """A little more of first line's time, once."""


def decide(ticket: Ticket, command: Extend, playbooks: Playbooks, now: datetime) -> Decision:
    """The events of `command` at `now` (aware UTC), or why not."""
    refused = may_act(command.by, playbooks)
    if refused:
        return refused
    terms = ticket.terms.timebox
    if terms is None or ticket.box.since is None:
        return Refused(f"{ticket.reference}: first line's time is not running.")
    if ticket.box.extended is not None:
        return Refused(f"{ticket.reference} has had more time already: solve it, or hand it over.")
    # Asked late, after the desk was away: more time is more time from now on.
    work = max(terms.work, ticket.box.worked_at(now)) + terms.extend_once
    return (ce.TimeboxExtended(at=now, by=command.by, work=work),)


def whole(ticket: Ticket) -> timedelta:
    """How long first line has in all; zero without a timebox."""
    usual = ticket.terms.timebox.work if ticket.terms.timebox else timedelta(0)
    return ticket.box.extended or usual


def clocks(ticket: Ticket) -> list[NewTimer]:
    """The clock that runs: until the question, or once that was asked, until the end."""
    terms, length = ticket.terms.timebox, whole(ticket)
    if terms is None or ticket.box.since is None:
        return []
    asked_at = length - (terms.work - terms.ask_at)
    kind: TimerKind = "timebox_ask" if ticket.box.worked < asked_at else "timebox_end"
    due = ticket.box.used_up(asked_at if kind == "timebox_ask" else length)
    return [NewTimer(kind, due)] if due else []


def fired(
    ticket: Ticket, kind: TimerKind, now: datetime
) -> tuple[Sequence[e.Event], Sequence[NewTimer]] | str:
    """What a due clock does: ask, with as long to answer however late it is, or hand over."""
    terms = ticket.terms.timebox
    if terms is None or ticket.box.since is None or ticket.first_owner is None:
        return "first line's time is not running"
    if kind == "timebox_ask":
        asked = e.Reminded(at=now, kind=kind, people=(ticket.first_owner,))
        end = after(now, terms.work - terms.ask_at, ticket.box.hours)
        return (asked,), [NewTimer("timebox_end", end)]
    return (e.HandedOver(at=now, note=OVER),), ()
