"""What the team decides of an event that is asked for: its plan, a yes or a no, a prompt done."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from supportbot.domain.on_call.wall_clock import instant_said
from supportbot.domain.planned.event_prompts import PROMPTS
from supportbot.domain.planned.event_window import (
    MOST_WINDOWS,
    EventPlan,
    Window,
    in_order,
    overlapping_window,
    reversed_window,
)
from supportbot.domain.policy.playbook import Community, Hub, Playbooks
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import Command, Decision, Refused, may_act
from supportbot.domain.ticket.ticket import Ticket

_LONGEST_NAME = 200
_MOST_PEOPLE = 999_999
_NEAR = 0.5
_OFFSET = re.compile(r"(?:Z|[+-]\d\d(?::?\d\d)?)$", re.IGNORECASE)
_BETWEEN = re.compile(r"\s+(?:to|until|–|-)\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEvent(Command):
    """An event as it was asked for. `hub` is a key or an id; `windows` are pairs of texts such as
    `2026-12-07T09:00`, on the clocks of the hub's community unless they say their own offset."""

    name: str
    hub: str
    windows: tuple[tuple[str, str], ...]
    people: int | None = None
    ready_mode: bool = False
    engineers: tuple[str, ...] = ()
    freeze: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptEvent(Command): ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineEvent(Command):
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDone(Command):
    """What a prompt of the checklist asked for is done; `kind` as in `event_prompts.PROMPTS`."""

    kind: str


OF_EVENTS = (PlanEvent, AcceptEvent, DeclineEvent, PromptDone)


class _No(Exception):
    """Why a plan cannot be taken."""


def decide(
    ticket: Ticket,
    command: Command,
    playbooks: Playbooks,
    now: datetime,
    *,
    asked_at: datetime,
) -> Decision:
    """The events that `command` (one of OF_EVENTS) causes at `now`, or why not. `asked_at` is when
    the reporter first wrote."""
    refused = may_act(command.by, playbooks)
    if refused:
        return refused
    match command:
        case PlanEvent():
            return _plan(ticket, command, playbooks, now, asked_at)
        case AcceptEvent():
            return _accept(ticket, command, now)
        case DeclineEvent():
            return _decline(ticket, command, now)
        case PromptDone():
            return _done(ticket, command, now)
    raise TypeError(f"no such verb: {command!r}")


def windows_in(text: str) -> tuple[tuple[str, str], ...]:
    """The windows of a text with a line each: `2026-12-07T09:00 to 2026-12-07T12:00`, or with the
    end's time of day alone, on the same day and clocks. A line without an end has an empty one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return tuple(_pair(line) for line in lines[: MOST_WINDOWS + 1])


def _pair(line: str) -> tuple[str, str]:
    start, end, *_ = [*(part.strip() for part in _BETWEEN.split(line, maxsplit=1)), ""]
    offset = _OFFSET.search(end)
    clock = end[: offset.start()] if offset else end
    time_alone = ":" in clock and len(clock) <= len("12:00:00") and len(start) > len("2026-12-07")
    if not time_alone:
        return start, end
    same = offset or _OFFSET.search(start[len("2026-12-07") :])
    return start, f"{start[:10]}T{clock}{same.group() if same else ''}"


def _plan(
    ticket: Ticket, command: PlanEvent, playbooks: Playbooks, now: datetime, asked_at: datetime
) -> Decision:
    if ticket.merged_into is not None:
        return Refused(f"{ticket.reference} goes on as SUP-{ticket.merged_into}: plan it there.")
    if ticket.state == "closed":
        return Refused(f"{ticket.reference} is closed: reopen it first.")
    try:
        plan = _planned(ticket, command, playbooks)
        if plan.end <= now:
            raise _No(f"{plan.name} is over already: check the dates.")
    except _No as no:
        return Refused(str(no))
    request = ticket.request
    if request and request.plan == plan and request.state != "declined":
        return Refused(f"{plan.name} is planned so already: it is {request.state}.")
    late = plan.start - asked_at < playbooks.event_notice
    asked = e.EventAsked(at=now, by=command.by, plan=plan, asked_at=asked_at, late=late)
    return (asked,) if late else (asked, e.EventAccepted(at=now))


def _planned(ticket: Ticket, command: PlanEvent, playbooks: Playbooks) -> EventPlan:
    name = " ".join(command.name.split())
    if not name or len(name) > _LONGEST_NAME:
        raise _No(f"An event needs a name, of at most {_LONGEST_NAME} characters.")
    if command.people is not None and not 0 <= command.people <= _MOST_PEOPLE:
        raise _No(f"{command.people} people cannot be meant.")
    hub = _hub(ticket, command.hub, playbooks)
    home = playbooks.communities[hub.community]
    ready, freeze = command.ready_mode, command.freeze
    return EventPlan(
        name=name,
        community=hub.community,
        hub=hub.key,
        windows=_windows(command.windows, home.zone),
        people=command.people,
        ready_mode=ready,
        engineers=_engineers(command.engineers, playbooks),
        freeze=ready if freeze is None else freeze,
        zone=home.zone,
    )


def _hub(ticket: Ticket, said: str, playbooks: Playbooks) -> Hub:
    """A hub by its id, by its key in the ticket's community, or by a key that only one has."""
    own = playbooks.communities.get(ticket.community or "")
    if own and said in own.hubs:
        return own.hubs[said]
    every = [hub for community in playbooks.communities.values() for hub in _hubs(community)]
    found = [hub for hub in every if said in (hub.id, hub.key)]
    if len(found) == 1:
        return found[0]
    if found:
        raise _No(f"Several hubs are called {said!r}: {', '.join(hub.id for hub in found)}.")
    ids = {name: hub.id for hub in every for name in (hub.key, hub.id)}
    near = get_close_matches(said.casefold(), ids, n=1, cutoff=_NEAR)
    mend = (
        f"did you mean {ids[near[0]]}"
        if near
        else f"known are {', '.join(sorted({*ids.values()}))}"
    )
    raise _No(f"There is no hub {said[:80]!r}: {mend[:300]}.")


def _hubs(community: Community) -> Iterable[Hub]:
    return community.hubs.values()


def _engineers(said: tuple[str, ...], playbooks: Playbooks) -> tuple[str, ...]:
    team = playbooks.team()
    for key in said:
        if key not in team:
            near = get_close_matches(key.casefold(), sorted(team), n=1, cutoff=_NEAR)
            mend = f"did you mean {near[0]}" if near else f"it is {', '.join(sorted(team))}"
            raise _No(f"{key[:80]!r} is nobody of the team: {mend[:300]}.")
    return tuple(dict.fromkeys(said))


def _windows(said: tuple[tuple[str, str], ...], zone: str) -> tuple[Window, ...]:
    if not said:
        raise _No("It is not said when the event is.")
    if len(said) > MOST_WINDOWS:
        raise _No(f"These are too many windows: {MOST_WINDOWS} at most.")
    try:
        found = [Window(*(instant_said(one, zone) for one in pair)) for pair in said]
    except ValueError as error:
        raise _No(f"{error}.") from None
    if (wrong := reversed_window(found)) is not None:
        raise _No(f"The event ends before it begins: {' to '.join(said[wrong])}.")
    if (wrong := overlapping_window(found)) is not None:
        raise _No(f"{' to '.join(said[wrong])} begins before another window is over.")
    return in_order(found)


def _accept(ticket: Ticket, command: AcceptEvent, now: datetime) -> Decision:
    request = ticket.request
    if request is None:
        return Refused(f"{ticket.reference} asks for no event: plan one first.")
    if request.state == "accepted":
        return Refused(f"{request.plan.name} is accepted already.")
    if request.plan.end <= now:
        return Refused(f"{request.plan.name} is over.")
    return (e.EventAccepted(at=now, by=command.by),)


def _decline(ticket: Ticket, command: DeclineEvent, now: datetime) -> Decision:
    request = ticket.request
    if request is None:
        return Refused(f"{ticket.reference} asks for no event: plan one first.")
    if request.state == "declined":
        return Refused(f"{request.plan.name} is declined already.")
    return (e.EventDeclined(at=now, by=command.by, reason=command.reason.strip()),)


def _done(ticket: Ticket, command: PromptDone, now: datetime) -> Decision:
    request = ticket.request
    if request is None or command.kind not in PROMPTS or command.kind not in request.prompted:
        return Refused(f"{ticket.reference} has not been asked for this yet.")
    if command.kind in request.done:
        return Refused("This is done already.")
    return (e.EventPromptDone(at=now, by=command.by, kind=command.kind),)
