"""A running shift taken over and given back; a schedule for a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from supportbot.domain.on_call.rota_change import RotaChange
from supportbot.domain.on_call.rotation import Answer, OnCall, Rotation, shifts, who
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.rota.standing_in import unable, would_not_be_on
from supportbot.domain.ticket.commands import Refused, ago, may_act, name_of

LONGEST = timedelta(days=92)
"""A quarter: who is on call for longer than that belongs into the playbooks."""


def take_shift(
    name: str,
    by: str,
    away: str | None,
    until: datetime | None,
    playbooks: Playbooks,
    now: datetime,
) -> RotaChange | Refused:
    """`by` is on from now on, in place of `away` or of the only one who is on.

    Until their shift ends, unless `until` (aware) is said. Where nobody is on, until somebody is.
    """
    rotation = playbooks.rotations.get(name)
    if rotation is None:
        return Refused(f"There is no rotation {name}.")
    answer = who(rotation, now)
    shift = _shift_of(answer, away, playbooks)
    if isinstance(shift, Refused):
        return shift
    if by in answer.people:
        return Refused(f"{name_of(by, playbooks)} is on call in {name} already.")
    end = until or _end(rotation, shift.person if shift else None, now)
    if end is None:
        return Refused("The shift has no end within three months: say until when.")
    if not now < end <= now + LONGEST:
        return Refused("A shift that is taken ends after now, and within three months.")
    refused = unable(by, now, end, playbooks)
    if refused is not None:
        return refused
    change = RotaChange(
        kind="take",
        rotation=name,
        start=now,
        end=end,
        people=(by,),
        away=shift.person if shift else None,
        reason="took the shift",
        by=by,
        made_at=now,
    )
    return would_not_be_on(change, playbooks) or change


def _shift_of(answer: Answer, away: str | None, playbooks: Playbooks) -> OnCall | Refused | None:
    """The shift that is meant; None where nobody is on."""
    if away is not None:
        found = next((one for one in answer.on_call if one.person == away), None)
        return found or Refused(f"{name_of(away, playbooks)} is not on call now.")
    if len(answer.on_call) > 1:
        names = ", ".join(answer.people)
        return Refused(f"Several are on call: say whose shift it is: {names}.")
    return answer.on_call[0] if answer.on_call else None


def _end(rotation: Rotation, person: str | None, now: datetime) -> datetime | None:
    """When the person is on no longer; of nobody, when somebody is on."""
    for span in shifts(rotation, now, now + LONGEST):
        if (person not in span.people) if person else span.people:
            return span.start
    return None


def give_back(
    name: str, by: str, changes: Sequence[RotaChange], now: datetime
) -> RotaChange | Refused:
    """The shift that `by` took last, and still has."""
    mine = [c for c in changes if c.kind == "take" and c.rotation == name and c.people == (by,)]
    running = [change for change in mine if change.holds_at(now)]
    if not running:
        return Refused(f"There is no shift in {name} that {by} took and could give back.")
    return running[-1]


def schedule(change: RotaChange, playbooks: Playbooks, now: datetime) -> Refused | None:
    """Why this schedule cannot be set, or None."""
    refused = may_act(change.by, playbooks)
    if refused is not None:
        return refused
    if change.rotation not in playbooks.rotations:
        return Refused(f"There is no rotation {change.rotation}.")
    if change.end <= max(change.start, now):
        return Refused("That time is over: check from and to.")
    if change.end - change.start > LONGEST:
        return Refused("For more than three months, write it into rotations.yaml.")
    each = (unable(key, change.start, change.end, playbooks) for key in change.people)
    return next((found for found in each if found is not None), None)


def withdraw(
    change: RotaChange | None, by: str, playbooks: Playbooks, now: datetime
) -> RotaChange | Refused:
    """The change that is to end now, if it can."""
    if change is None:
        return Refused("There is no such change.")
    if change.withdrawn_at is not None:
        name = name_of(change.withdrawn_by or "", playbooks)
        return Refused(f"{name} withdrew it {ago(change.withdrawn_at, now)}.")
    if change.end <= now:
        return Refused("It is over already.")
    return may_act(by, playbooks) or change
