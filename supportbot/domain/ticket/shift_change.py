"""Change of shift: what somebody owns whose shift is over is taken by those who came on, or it goes
up one level. Nothing stays with somebody off shift for longer than the rotation's grace time.

Looked at where a rotation's people change, and where somebody off shift comes to own a line; both
are decided from the rotation as it is then, so that an edit of it needs no other care. While nobody
is on call, nothing is handed over: the owner has it until somebody comes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.rotation import Rotation, next_change, who
from supportbot.domain.policy.playbook import Person, Playbooks
from supportbot.domain.ticket import shift_events as se
from supportbot.domain.ticket.commands import Command, Decision, Refused, may_act, name_of
from supportbot.domain.ticket.events import Event, Line
from supportbot.domain.ticket.ticket import OPEN, Ticket
from supportbot.domain.ticket.timer import NewTimer

LINES: tuple[Line, ...] = get_args(Line)
# Of a person without hours, on a rotation that never changes.
_WITHOUT_AN_END = timedelta(days=1)
_JUST_BEFORE = timedelta(microseconds=1)
# A look back at who was on before: more bounds than this without a change, and there was nobody.
_MOST_SPANS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep(Command):
    """Whoever is off shift keeps what they own: until the end of their working day, or the next
    change of shift, whichever comes first."""


def decide(ticket: Ticket, command: Keep, playbooks: Playbooks, now: datetime) -> Decision:
    """The events that `command` causes at `now` (aware UTC), or why not."""
    refused = may_act(command.by, playbooks)
    if refused:
        return refused
    if ticket.state not in OPEN:
        return Refused(f"{ticket.reference} is {ticket.state}: there is nothing to keep.")
    own = [line for line in LINES if ticket.owner_of(line) == command.by]
    if not own:
        return Refused(f"{ticket.reference} is not yours to keep: take it.")
    off = [line for line in own if _off_shift(ticket, line, playbooks, now)]
    if not off:
        return Refused(f"{ticket.reference} is yours anyway: you are on call.")
    return tuple(_kept(ticket, line, playbooks, now, by=command.by) for line in off)


def rotation_of(ticket: Ticket, line: Line, playbooks: Playbooks) -> Rotation | None:
    """The rotation of a line; None where a role or a person has it, who know no shifts."""
    name = ticket.second_line if line == "second" else ticket.first_line
    return playbooks.rotations.get(name)


def shift_over(
    ticket: Ticket, line: Line, playbooks: Playbooks, now: datetime
) -> se.ShiftEvent | None:
    """What it means for a line of an open ticket who is on call at `now`."""
    owner, rotation = ticket.owner_of(line), rotation_of(ticket, line, playbooks)
    if owner is None or rotation is None or ticket.state not in OPEN:
        return None
    people = who(rotation, now).people
    handing, keeping = se.of_line(ticket.handing, line), se.of_line(ticket.keeping, line)
    if owner in people:
        back = handing or keeping
        return se.Kept(at=now, line=line, person=owner) if back else None
    if not people or (keeping is not None and now < keeping.until):
        return None
    incoming = _incoming(rotation, people, now)
    if handing is not None and handing.incoming == incoming:
        return None
    # A second change of shift meanwhile gives nobody more time.
    until = handing.until if handing else now + rotation.grace
    return se.ShiftHandedOver(at=now, line=line, outgoing=owner, incoming=incoming, until=until)


def owned_off_shift(
    before: Ticket | None, after: Ticket, playbooks: Playbooks, now: datetime
) -> Iterator[se.Kept]:
    """Who took a line while they were off shift means it, and keeps it as if they had said so."""
    for line in LINES:
        owner = after.owner_of(line)
        same = before is not None and before.owner_of(line) == owner
        if owner is None or same or after.drill:
            continue
        if _off_shift(after, line, playbooks, now):
            yield _kept(after, line, playbooks, now)


def fired(ticket: Ticket, playbooks: Playbooks, now: datetime) -> Sequence[Event] | str:
    """What the clock of the change of shift brings at `now`, or why nothing."""
    events = [
        *(_not_taken(ticket, h, playbooks, now) for h in ticket.handing if h.until <= now),
        *(_kept_long_enough(ticket, k, playbooks, now) for k in ticket.keeping if k.until <= now),
    ]
    return events or "nothing is left of the change of shift"


def clock(ticket: Ticket) -> NewTimer | None:
    """When something is to be done about a change of shift."""
    ends = [*(h.until for h in ticket.handing), *(k.until for k in ticket.keeping)]
    return NewTimer("shift", min(ends), ticket.round) if ends else None


def holders(ticket: Ticket, line: Line) -> tuple[str, ...]:
    """Whoever has a line: its owner, and while it is handed over those who are to take it."""
    owner, handing = ticket.owner_of(line), se.of_line(ticket.handing, line)
    incoming = handing.incoming if handing else ()
    return tuple(dict.fromkeys((*([owner] if owner else []), *incoming)))


def _off_shift(ticket: Ticket, line: Line, playbooks: Playbooks, now: datetime) -> bool:
    rotation = rotation_of(ticket, line, playbooks)
    return rotation is not None and ticket.owner_of(line) not in who(rotation, now).people


def _not_taken(
    ticket: Ticket, handing: se.Handing, playbooks: Playbooks, now: datetime
) -> se.ShiftEvent:
    line = handing.line
    if not _off_shift(ticket, line, playbooks, now):
        return se.Kept(at=now, line=line, person=handing.outgoing)
    names = " or ".join(name_of(person, playbooks) for person in handing.incoming)
    return se.ShiftNotTaken(
        at=now,
        line=line,
        outgoing=handing.outgoing,
        # What rests or waits is nobody's to answer now; whoever is on call hears when it wakes.
        up=line == ticket.line and ticket.state == "acknowledged" and not ticket.snoozed_until,
        reason=f"{names} did not take it over from {name_of(handing.outgoing, playbooks)}",
    )


def _kept_long_enough(
    ticket: Ticket, keeping: se.Keeping, playbooks: Playbooks, now: datetime
) -> se.ShiftEvent:
    over = shift_over(ticket, keeping.line, playbooks, now)
    return over or se.Kept(at=now, line=keeping.line, person=keeping.person)


def _kept(
    ticket: Ticket, line: Line, playbooks: Playbooks, now: datetime, by: str | None = None
) -> se.Kept:
    owner, rotation = ticket.owner_of(line), rotation_of(ticket, line, playbooks)
    if owner is None or rotation is None:
        raise ValueError(f"{ticket.reference} has no owner of its {line} line's shifts")
    until = keeps_until(playbooks.people.get(owner), rotation, now)
    return se.Kept(at=now, by=by, line=line, person=owner, until=until)


def keeps_until(person: Person | None, rotation: Rotation, now: datetime) -> datetime:
    """How long somebody off shift keeps a ticket: until their working day ends, the present one or
    the next, or the rotation's next change if that is sooner; a day, where there is neither."""
    ends = [next_change(rotation, now)]
    if person is not None and person.hours is not None:
        opens = working_time.next_open(person.hours, now)
        day = (opens, opens + _WITHOUT_AN_END)
        ends.append(working_time.open_stretch(person.hours.windows, opens, day)[1])
    return min((end for end in ends if end is not None), default=now + _WITHOUT_AN_END)


def _incoming(rotation: Rotation, people: tuple[str, ...], now: datetime) -> tuple[str, ...]:
    """Those of `people` who came on with the last change; all, where that cannot be told."""
    since = who(rotation, now).since
    for _ in range(_MOST_SPANS):
        if since is None:
            break
        before = who(rotation, since - _JUST_BEFORE)
        if set(before.people) != set(people):
            return tuple(one for one in people if one not in before.people) or people
        since = before.since
    return people
