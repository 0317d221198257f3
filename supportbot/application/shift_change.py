"""The chore of the change of shift: what those who went off still own, in one post and a message.

It is due when somebody else comes on in any rotation, and whenever who is on call was edited. What
it finds is decided from the tickets and from who is on call now, so that to look once too often, or
after a downtime, does nothing twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from supportbot.application.chores import Job
from supportbot.application.context import Context
from supportbot.application.in_force import in_force
from supportbot.application.ports import Chore, UnitOfWork
from supportbot.domain.notices.delivery import ANSWER, NewDelivery
from supportbot.domain.on_call.rotation import first_change
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import shift_events as se
from supportbot.domain.ticket.change import Change
from supportbot.domain.ticket.commands import name_of
from supportbot.domain.ticket.consequences import settle
from supportbot.domain.ticket.events import Event, Heard, Replied
from supportbot.domain.ticket.shift_change import LINES, rotation_of, shift_over
from supportbot.domain.ticket.ticket import Ticket

log = structlog.get_logger()

CHORE = "shift-change"
_LOOK_AGAIN = timedelta(days=1)
_MOST_TICKETS = 1_000
_SHOWN = 20
_NEXT_TIMERS = 2
_WORD = 200


@dataclass(frozen=True, slots=True)
class _Going:
    """Somebody who went off shift in a rotation, who is to take over, and until when."""

    rotation: str
    outgoing: str
    incoming: tuple[str, ...]
    until: datetime


def look(context: Context, chore: Chore, now: datetime) -> Job:
    """Hand over what is owned by whoever went off shift. Again at the next change of any shift."""

    def job(uow: UnitOfWork) -> datetime:
        playbooks = in_force(context, uow)
        hand_over(context, uow, playbooks, now)
        return first_change(playbooks.rotations.values(), now, _LOOK_AGAIN)

    return job


def hand_over(context: Context, uow: UnitOfWork, playbooks: Playbooks, now: datetime) -> None:
    """Everything that the change of shift at `now` means, written in this transaction."""
    handed: dict[_Going, list[Ticket]] = defaultdict(list)
    changes: list[Change] = []
    for ticket in uow.tickets.owned(_MOST_TICKETS):
        each = (shift_over(ticket, line, playbooks, now) for line in LINES)
        events = [event for event in each if event is not None]
        if events:
            change = settle(ticket, events, playbooks, context.desk, now)
            changes.append(change)
            _note(handed, change.ticket, events, playbooks)
    uow.apply(changes, now)
    for going, tickets in handed.items():
        log.info("shift_changed", rotation=going.rotation, tickets=len(tickets))
        uow.deliveries.add(_posts(context, uow, going, tickets, playbooks, now), now)


def _note(
    handed: dict[_Going, list[Ticket]],
    ticket: Ticket,
    events: Sequence[se.ShiftEvent],
    playbooks: Playbooks,
) -> None:
    for event in events:
        rotation = rotation_of(ticket, event.line, playbooks)
        # What is attached is taken with the ticket that pages for it.
        if isinstance(event, se.ShiftHandedOver) and rotation and ticket.attached_to is None:
            going = _Going(rotation.name, event.outgoing, event.incoming, event.until)
            handed[going].append(ticket)


def _posts(
    context: Context,
    uow: UnitOfWork,
    going: _Going,
    tickets: Sequence[Ticket],
    playbooks: Playbooks,
    now: datetime,
) -> list[NewDelivery]:
    """One in the team's channel, and one to each of those who came on."""
    worst = sorted(tickets, key=lambda ticket: (ticket.terms.rank, ticket.number))
    payload = {
        "rotation": going.rotation,
        "outgoing": name_of(going.outgoing, playbooks),
        "incoming": [name_of(person, playbooks) for person in going.incoming],
        "until": going.until.isoformat(),
        "tickets": [_told(uow, ticket) for ticket in worst[:_SHOWN]],
        "more": max(0, len(worst) - _SHOWN),
    }
    key = f"handover.{going.rotation}.{going.outgoing}.{now.isoformat()}"
    targets = {"team": {"channel": context.desk.team_channel}}
    for person in going.incoming:
        known = playbooks.people.get(person)
        if known is not None and (known.slack or known.mail):
            targets[person] = {"user": known.slack or "", "mail": known.mail or ""}
    return [
        NewDelivery(
            key=f"{key}.{who}",
            kind="slack.handover",
            ticket=None,
            target=target,
            payload=payload,
            priority=ANSWER,
        )
        for who, target in targets.items()
    ]


def _told(uow: UnitOfWork, ticket: Ticket) -> Mapping[str, Any]:
    """What whoever takes it must know at a glance."""
    word = _last_word(uow.tickets.events(ticket.number))
    pending = [timer for timer in uow.timers.pending(ticket.number) if timer.kind != "shift"]
    return {
        "number": ticket.number,
        "version": ticket.version,
        "severity": ticket.terms.key,
        "state": ticket.state,
        "title": ticket.title,
        "rests": _iso(ticket.snoozed_until),
        "next_word": _iso(ticket.next_word_at),
        "timers": [
            {"kind": timer.kind, "due": timer.due.isoformat()} for timer in pending[:_NEXT_TIMERS]
        ],
        "word": word[:_WORD],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _last_word(events: Sequence[Event]) -> str:
    """Who said what last, to the reporter or by them; nothing where nobody did since it opened."""
    for event in reversed(events):
        if isinstance(event, Heard):
            return f"{event.author}: {event.text}"
        if isinstance(event, Replied):
            return f"{event.by}: {event.text}"
    return ""
