"""Cover: asked for, taken by whoever comes first, withdrawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from supportbot.domain.on_call.cover_request import CoverRequest, Span
from supportbot.domain.on_call.rota_change import RotaChange
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.rota.standing_in import (
    is_on_within,
    outside_hours,
    said,
    why_not,
    would_not_be_on,
)
from supportbot.domain.ticket.commands import Refused, ago, may_act, name_of


@dataclass(frozen=True, slots=True)
class Taking:
    """What somebody takes over, and what they should know of it."""

    changes: tuple[RotaChange, ...]
    warnings: tuple[str, ...]


def ask(request: CoverRequest, playbooks: Playbooks, now: datetime) -> Refused | None:
    """Why this cannot be asked, or None."""
    refused = may_act(request.by, playbooks)
    if refused is not None:
        return refused
    rotation = playbooks.rotations.get(request.rotation)
    if rotation is None:
        return Refused(f"There is no rotation {request.rotation}.")
    if request.end <= max(request.start, now):
        return Refused("That time is over: check from and to.")
    if not is_on_within(rotation, request.person, request.start, request.end):
        name = name_of(request.person, playbooks)
        return Refused(f"{name} is not on call in {rotation.name} then: there is nothing to cover.")
    return None


def take(
    request: CoverRequest,
    by: str,
    part: Span | None,
    playbooks: Playbooks,
    now: datetime,
) -> Taking | Refused:
    """All that is open, or the `part` of it, goes to `by` from now on."""
    rotation = playbooks.rotations.get(request.rotation)
    if rotation is None or request.person not in playbooks.people:
        return Refused(f"{request.person} is not in {request.rotation} any more.")
    wanted = _wanted(request, part, playbooks, now)
    if isinstance(wanted, Refused):
        return wanted
    if by == request.person:
        return Refused("It is their own shift: withdraw the request instead.")
    for start, end in wanted:
        refused = why_not(by, rotation, start, end, playbooks)
        if refused is not None:
            return refused
    warnings = (outside_hours(playbooks.people[by], *span) for span in wanted)
    changes = tuple(_cover(request, by, span, now) for span in wanted)
    for change in changes:
        refused = would_not_be_on(change, playbooks)
        if refused is not None:
            return refused
    return Taking(changes, tuple(dict.fromkeys(text for text in warnings if text)))


def withdraw(
    request: CoverRequest, by: str, playbooks: Playbooks, now: datetime
) -> CoverRequest | Refused:
    """What nobody took is asked for no longer; what somebody took stays theirs."""
    refused = may_act(by, playbooks)
    if refused is not None:
        return refused
    gone = _over(request, playbooks, now)
    if gone is not None:
        return gone
    return replace(request, withdrawn_at=now, withdrawn_by=by)


def _wanted(
    request: CoverRequest, part: Span | None, playbooks: Playbooks, now: datetime
) -> tuple[Span, ...] | Refused:
    """The stretches of time to take over; what is past is not among them."""
    start, end = part or (request.start, request.end)
    in_the_way = request.first_in_the_way(start, end)
    gone = _over(request, playbooks, now)
    if gone is not None and (in_the_way is None or request.withdrawn_at is not None):
        return gone
    if in_the_way is not None and (part is not None or gone is not None):
        who = name_of(in_the_way.by, playbooks)
        zone = playbooks.people[request.person].zone
        taken = said(in_the_way.start, in_the_way.end, zone)
        return Refused(f"{who} was first, {ago(in_the_way.at, now)}: {taken} is taken.")
    if part is None:
        coming = ((max(a, now), b) for a, b in request.open_spans() if b > now)
        return tuple(coming)
    if start >= end or start < request.start or end > request.end:
        zone = playbooks.people[request.person].zone
        return Refused(f"Asked for is {said(request.start, request.end, zone)}: take a part of it.")
    if end <= now:
        return Refused("That time is over: check from and to.")
    return ((max(start, now), end),)


def _over(request: CoverRequest, playbooks: Playbooks, now: datetime) -> Refused | None:
    match request.state(now):
        case "withdrawn":
            who = name_of(request.withdrawn_by or "", playbooks)
            return Refused(f"{who} withdrew it {ago(request.withdrawn_at or now, now)}.")
        case "taken":
            last = max(request.taken, key=lambda part: part.at)
            name = name_of(last.by, playbooks)
            return Refused(
                f"{name} took it {ago(last.at, now)}: to undo that, withdraw change {last.change}."
            )
        case "over":
            return Refused("That time is over.")
    return None


def _cover(request: CoverRequest, by: str, span: Span, now: datetime) -> RotaChange:
    reason = f"cover {request.id}" + (f": {request.reason}" if request.reason else "")
    return RotaChange(
        kind="cover",
        rotation=request.rotation,
        start=span[0],
        end=span[1],
        people=(by,),
        away=request.person,
        reason=reason,
        by=by,
        made_at=now,
    )
