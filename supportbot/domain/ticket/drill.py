"""A drill: a ticket that tries one person's page and ends with their acknowledgement, or without.

It is no request: it has no reporter, no thread of the team's and no issue, its policy does not go
on, and no figure counts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Literal

from supportbot.domain.notices.calling import calling_notices
from supportbot.domain.notices.delivery import NewDelivery
from supportbot.domain.notices.scene import Scene
from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.absence import absence_at
from supportbot.domain.on_call.wall_clock import first_instant, reading
from supportbot.domain.policy.playbook import Person, Playbooks, Severity
from supportbot.domain.policy.step import Step, Target
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.ticket import OPEN, Ticket
from supportbot.domain.triage.message import Sender

KEY = "drill"
"""What stands for the severity of a drill."""

Outcome = Literal["running", "acknowledged", "not acknowledged", "page failed"]
_DAY = timedelta(days=1)
# Leave and free days in a row; whoever is away for longer is tried again next week.
_MOST_MOVES = 60


@dataclass(frozen=True, slots=True)
class Result:
    """How a drill of somebody (their key) went; `reason` says why a page failed."""

    ticket: str
    person: str
    at: datetime
    outcome: Outcome
    acknowledged_at: datetime | None = None
    reason: str = ""

    @property
    def reached(self) -> bool:
        return self.outcome == "acknowledged"


def opened(number: int, person: Person, playbooks: Playbooks, now: datetime) -> e.Opened:
    """The event that opens a drill, whose one step pages this person."""
    terms = Severity(
        KEY,
        rank=len(playbooks.severities),
        means="This is a drill: press Acknowledge, and it is over.",
        steps=(Step((Target("person", person.key),)),),
    )
    return e.Opened(
        at=now,
        number=number,
        source="cli",
        reporter=Sender(),
        reporter_person=None,
        reply_to=None,
        title="This is a drill",
        community=None,
        hub=None,
        cluster=None,
        symptom=None,
        kind=KEY,
        incident=False,
        labels=(),
        terms=terms,
        first_line=person.key,
        second_line=person.key,
        rule=KEY,
        playbooks=playbooks.version,
        automatic_answers=False,
        drill=True,
    )


def decide(ticket: Ticket, command: c.Command, playbooks: Playbooks, now: datetime) -> c.Decision:
    """Whoever a drill is for may acknowledge it, which ends it; nothing else may be done to it."""
    name = c.name_of(ticket.first_line, playbooks)
    if ticket.state not in OPEN:
        return c.Refused(f"{ticket.reference} was a drill for {name}, and is over.")
    if command.by != ticket.first_line or not isinstance(command, c.Acknowledge):
        return c.Refused(f"{ticket.reference} is a drill for {name}, who acknowledges it.")
    return (
        e.Acknowledged(at=now, by=command.by, line="first"),
        e.Closed(at=now, by=command.by, reason="reached"),
    )


def over(ticket: Ticket, now: datetime) -> tuple[e.Event, ...]:
    """The end of a drill that nobody acknowledged in time; nothing where it is over already."""
    return (e.Closed(at=now, reason="not reached"),) if ticket.state in OPEN else ()


def result(ticket: Ticket, events: Sequence[e.Event]) -> Result:
    """How a drill went so far."""
    made = Result(ticket.reference, ticket.first_line, ticket.opened_at, "running")
    if ticket.acknowledged_at is not None:
        return replace(made, outcome="acknowledged", acknowledged_at=ticket.acknowledged_at)
    failed = next((one for one in events if isinstance(one, e.PageFailed)), None)
    if failed is not None:
        return replace(made, outcome="page failed", reason=failed.reason)
    return made if ticket.state in OPEN else replace(made, outcome="not acknowledged")


def next_time(person: Person, now: datetime) -> datetime | None:
    """The first instant (UTC) from `now` (aware UTC) on at which they work: in their hours, on no
    public holiday and not on leave; of whom no hours are known, any time will do. None where they
    are away for long."""
    at = now
    for _ in range(_MOST_MOVES):
        away = absence_at(person.away, at)
        if away is not None:
            at = away.end
            continue
        if person.hours is None:
            return at
        at = working_time.next_open(person.hours, at)
        day = reading(at, person.zone).date()
        if day in person.holidays:
            at = first_instant(datetime.combine(day + _DAY, time()), person.zone)
        elif absence_at(person.away, at) is None:
            return at
    return None


def notices(scene: Scene) -> list[NewDelivery]:
    """The page, by the real sender, and nothing besides."""
    why = "it is tried whether a page reaches you, and you acknowledge it"
    return [
        replace(page, payload={**page.payload, "reason": why})
        for page in calling_notices(scene, scene.event)
        if page.kind == "slack.page"
    ]
