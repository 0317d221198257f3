"""What may happen in a story: people write and press, and things go wrong.

An act is a value: it says when, who and what, and what it is about by the name of the message that
began it, so that a story stays whole when others are taken out of it. To add a kind: a class here,
and a maker in `telling`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from supportbot.application import cover_requests, rota_changes
from supportbot.application.context import Context
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import snoozing
from supportbot.domain.ticket.approving import Approve, Decline
from supportbot.domain.ticket.shift_change import Keep
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timebox import Extend
from supportbot.domain.ticket.waiting import Wait
from tests.simulation.letters import Letter
from tests.simulation.troubles import How, Medium

Verb = Literal[
    "acknowledge",
    "take",
    "let go",
    "hand over",
    "escalate",
    "resolve",
    "reopen",
    "reply",
    "snooze",
    "merge",
    "raise",
    "lower",
    "approve",
    "decline",
    "wait",
    "wait for others",
    "extend",
    "keep",
]


class World(Protocol):
    """What an act can do."""

    def post(self, letter: Letter, arrivals: tuple[timedelta, ...]) -> None:
        """Somebody's message is on its way, and arrives after each of these times."""

    def press(self, command: c.Command, about: str) -> None:
        """Somebody presses a button of the ticket that this letter began."""

    def look(self, about: str) -> Ticket | None:
        """The ticket of this letter, as everybody sees it."""

    def hinder(self, medium: Medium, how: How, times: int) -> None: ...

    def cut_off(self, medium: Medium, span: timedelta) -> None: ...

    def doom(self, commits: int, *, after: bool, away: timedelta) -> None: ...

    def suspend(self, span: timedelta) -> None: ...

    def edit(self, edition: int) -> None: ...

    def change_rota(self, change: Callable[[Context], object]) -> None: ...


@dataclass(frozen=True, slots=True)
class Act:
    """`at` counts from the story's start."""

    at: timedelta

    def do(self, world: World) -> None:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Writes(Act):
    """A message that arrives once or more often, late or at once."""

    letter: Letter
    arrivals: tuple[timedelta, ...]

    def do(self, world: World) -> None:
        world.post(self.letter, self.arrivals)

    def __str__(self) -> str:
        after = ", ".join(str(span) for span in self.arrivals)
        return f"{self.letter}, which arrives after {after}"


@dataclass(frozen=True, slots=True)
class Does(Act):
    """Somebody of the team (or a representative, who approves) does something to a ticket."""

    who: str
    verb: Verb
    about: str
    other: str = ""

    def do(self, world: World) -> None:
        ticket = world.look(self.about)
        if ticket is not None:
            command = self._command(ticket, world)
            if command is not None:
                world.press(command, self.about)

    def _command(self, ticket: Ticket, world: World) -> c.Command | None:  # noqa: C901 - a line a verb
        by, seen, said = self.who, ticket.version, f"{self.who} at {self.at}"
        match self.verb:
            case "acknowledge":
                return c.Acknowledge(by=by, seen=seen)
            case "take":
                return c.Take(by=by, seen=seen)
            case "let go":
                return c.LetGo(by=by, seen=seen)
            case "hand over":
                return c.HandOver(by=by, seen=seen, note=said)
            case "escalate":
                return c.EscalateNow(by=by, seen=seen)
            case "resolve":
                return c.Resolve(by=by, seen=seen, text=said)
            case "reopen":
                return c.Reopen(by=by, seen=seen, reason=said)
            case "reply":
                return c.Reply(by=by, seen=seen, text=said)
            case "snooze":
                return snoozing.Snooze(by=by, seen=seen, until=snoozing.NEXT_HOURS)
            case "merge":
                into = world.look(self.other)
                return c.Merge(by=by, seen=seen, into=into.number) if into else None
            case "raise":
                return c.ChangeSeverity(by=by, seen=seen, severity="P1", reason=said)
            case "lower":
                return c.ChangeSeverity(by=by, seen=seen, severity="P2", reason=said)
            case "approve":
                return Approve(by=by, seen=seen)
            case "decline":
                return Decline(by=by, seen=seen, reason=said)
            case "wait":
                return Wait(by=by, seen=seen, party="reporter")
            case "wait for others":
                chase = Delay(timedelta(hours=5))
                return Wait(by=by, seen=seen, party="third party", who="a cloud", chase=chase)
            case "extend":
                return Extend(by=by, seen=seen)
            case "keep":
                return Keep(by=by, seen=seen)

    def __str__(self) -> str:
        other = f" and {self.other}" if self.verb == "merge" else ""
        return f"{self.who} presses {self.verb} on {self.about}{other}"


@dataclass(frozen=True, slots=True)
class Hinders(Act):
    medium: Medium
    how: How
    times: int

    def do(self, world: World) -> None:
        world.hinder(self.medium, self.how, self.times)

    def __str__(self) -> str:
        return f"the next {self.times} of {self.medium}: {self.how}"


@dataclass(frozen=True, slots=True)
class CutsOff(Act):
    medium: Medium
    span: timedelta

    def do(self, world: World) -> None:
        world.cut_off(self.medium, self.span)

    def __str__(self) -> str:
        return f"{self.medium} is out for {self.span}"


@dataclass(frozen=True, slots=True)
class Dies(Act):
    """The process is killed at a commit, and started again after some time."""

    commits: int
    after: bool
    away: timedelta

    def do(self, world: World) -> None:
        world.doom(self.commits, after=self.after, away=self.away)

    def __str__(self) -> str:
        side = "after" if self.after else "before"
        return f"the bot dies {side} commit {self.commits} from here, and is away for {self.away}"


@dataclass(frozen=True, slots=True)
class Suspends(Act):
    """The machine sleeps: the clock jumps, and nobody knows."""

    span: timedelta

    def do(self, world: World) -> None:
        world.suspend(self.span)

    def __str__(self) -> str:
        return f"the machine sleeps for {self.span}"


@dataclass(frozen=True, slots=True)
class Edits(Act):
    edition: int

    def do(self, world: World) -> None:
        world.edit(self.edition)

    def __str__(self) -> str:
        return f"somebody saves edition {self.edition} of the playbooks"


@dataclass(frozen=True, slots=True)
class TakesShift(Act):
    """Somebody is on call from now on, or gives back the shift that they took."""

    who: str
    rotation: str
    back: bool

    def do(self, world: World) -> None:
        world.change_rota(self._change)

    def _change(self, context: Context) -> object:
        if self.back:
            return rota_changes.give_back(context, rotation=self.rotation, by=self.who)
        return rota_changes.take_shift(context, rotation=self.rotation, by=self.who)

    def __str__(self) -> str:
        does = "gives back" if self.back else "takes"
        return f"{self.who} {does} the shift of {self.rotation}"


@dataclass(frozen=True, slots=True)
class Covers(Act):
    """Somebody asks for cover, some time ahead, or takes what is asked for."""

    who: str
    rotation: str
    ahead: timedelta
    takes: bool

    def do(self, world: World) -> None:
        world.change_rota(self._take if self.takes else self._ask)

    def _ask(self, context: Context) -> object:
        start = context.clock.now() + self.ahead
        end = start + timedelta(hours=8)
        return cover_requests.ask(
            context, rotation=self.rotation, person=self.who, start=start, end=end, by=self.who
        )

    def _take(self, context: Context) -> object:
        asked = cover_requests.listing(context)
        return cover_requests.take(context, asked[0].id, by=self.who) if asked else None

    def __str__(self) -> str:
        if self.takes:
            return f"{self.who} takes the cover that is asked for"
        return f"{self.who} asks for cover in {self.rotation}, {self.ahead} ahead"
