"""The desk of a story: the real store and use cases on a virtual clock, between models of the other
sides, killed and started again as the acts say."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from supportbot.application import chores, intake, timers
from supportbot.application.context import Context
from supportbot.application.deliveries import Worker
from supportbot.application.ports import Role, UnitOfWork
from supportbot.application.steps import Stepped
from supportbot.application.ticket_actions import act, escalate_now, merge
from supportbot.bootstrap import Bot, Listeners
from supportbot.bootstrap.chores import CHORES
from supportbot.domain.notices.delivery import MAKES_PLACE, SendTask
from supportbot.domain.notices.ticket_notices import Desk
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket.ticket import Ticket
from supportbot.sandbox.clock import VirtualClock
from tests.simulation.acts import Act
from tests.simulation.crashing import Crash, MortalStore
from tests.simulation.driving import Driving
from tests.simulation.home import Home
from tests.simulation.laws import Broken, Laws
from tests.simulation.letters import Letter, Post
from tests.simulation.mistakes import RIGHT, Mistake
from tests.simulation.outside import Side
from tests.simulation.shelf import EditedShelf
from tests.simulation.telling import WEEK
from tests.simulation.troubles import How, Medium, Troubles

# A Monday, in the week after which no clock in Europe or America changes.
START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
QUIET = timedelta(hours=1)
TEAM = Desk("#support-desk", "incidents", sends_mail=True)
_MINUTES_TO_REST = 5
_MEDIA: tuple[Medium, ...] = ("slack", "mail", "github", "webhook")
_AGAIN = timedelta(seconds=20)
_USUALLY_AWAY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a story went, line by line, and the first laws that it broke."""

    transcript: tuple[str, ...]
    broken: tuple[Broken, ...]


def play(acts: Sequence[Act], home: Home, mistake: Mistake = RIGHT) -> Outcome:
    """Live through the acts, and then a quiet time in which all comes to rest."""
    return _Play(home, mistake).run(acts)


class _Play:
    """A `World`."""

    def __init__(self, home: Home, mistake: Mistake) -> None:
        self._home = home
        self._mistake = mistake
        self._clock = VirtualClock(START)
        self._troubles = Troubles()
        self._letters = Post(self._clock.now, self._troubles)
        self._shelf = EditedShelf()
        self._store = MortalStore(mistake.store(home.store))
        self._transcript: list[str] = []
        self._sides: dict[str, Side] = {name: self._side(name) for name in _MEDIA}
        self._laws = Laws(home, self._sides, self._letters, self._clock)
        self._agenda: list[tuple[datetime, int, Callable[[], object]]] = []
        self._planned = 0
        self._away = _USUALLY_AWAY

    def run(self, acts: Sequence[Act]) -> Outcome:
        for happening in acts:
            self._plan(START + happening.at, partial(self._happens, happening))
        self._lives(self._starts)
        while self._agenda and not self._laws.broken:
            self._live_to(self._agenda[0][0])
            # While a slow send was on its way, it may have happened already.
            if self._agenda and self._agenda[0][0] <= self._clock.now():
                self._lives(self._next())
        self._live_to(START + WEEK)
        self._comes_to_rest()
        return Outcome(tuple(self._transcript), tuple(self._laws.broken))

    # --- what acts can do

    def post(self, letter: Letter, arrivals: tuple[timedelta, ...]) -> None:
        self._letters.take(letter)
        for after in arrivals:
            self._plan(self._clock.now() + after, partial(self._arrives, letter))

    def press(self, command: c.Command, about: str) -> None:
        try:
            outcome = self._done(command, about)
        except Crash:
            # Whoever sees no effect presses again, on what they see: the message of before.
            self._plan(self._clock.now() + _AGAIN, partial(self._done, command, about))
            raise
        if isinstance(outcome, c.Refused):
            self._tell(f"refused: {outcome.reason}")

    def look(self, about: str) -> Ticket | None:
        return self._laws.books.ticket_of(about)

    def hinder(self, medium: Medium, how: How, times: int) -> None:
        self._troubles.arm(medium, how, times)

    def cut_off(self, medium: Medium, span: timedelta) -> None:
        self._troubles.go_out(medium, self._clock.now() + span)

    def doom(self, commits: int, *, after: bool, away: timedelta) -> None:
        self._store.doom(commits, after=after)
        self._away = away

    def suspend(self, span: timedelta) -> None:
        self._clock.move_to(self._clock.now() + span)

    def edit(self, edition: int) -> None:
        self._shelf.edit(edition)

    def change_rota(self, change: Callable[[Context], object]) -> None:
        outcome = change(self._context)
        if isinstance(outcome, c.Refused):
            self._tell(f"refused: {outcome.reason}")

    # --- how it lives

    def _starts(self) -> None:
        self._shelf.reopen()
        context = Context(self._store, self._clock, self._shelf, TEAM)
        store, shelf = self._home.store, self._shelf
        self._context = context
        self._bot = Bot(
            context, self._steps(context), Listeners({}), store, shelf, alone=self._home.alone
        )
        self._driving = Driving(self._bot, self._home, self._clock, self._laws.at_rest)
        self._bot.begin()

    def _steps(self, context: Context) -> Mapping[Role, Callable[[], Stepped]]:
        readers = dict.fromkeys(("slack", "mail"), self._letters)
        senders = {name: self._mistake.sender(side) for name, side in self._sides.items()}
        return {
            "chores": lambda: chores.step(context, CHORES),
            "intake": lambda: intake.step(context, readers),
            "timers": lambda: timers.step(context),
            "deliveries": Worker(context, senders).step,
        }

    def _lives(self, life: Callable[[], object]) -> bool:
        """True when it lived through that; else it was killed, and is back."""
        try:
            life()
        except Crash as crash:
            self._comes_back(crash)
            return False
        return True

    def _comes_back(self, crash: Crash) -> None:
        alive = False
        while not alive:
            self._tell(f"dies {crash}, and is back after {self._away}")
            self._store.spare()
            self.suspend(self._away)
            self._away = _USUALLY_AWAY
            try:
                self._starts()
                alive = True
            except Crash as again:
                crash = again

    def _live_to(self, at: datetime) -> None:
        if self._laws.broken:
            return
        while not self._lives(lambda: self._driving.run_to(at)):
            pass
        self._laws.now_and_then()

    def _comes_to_rest(self) -> None:
        """Nothing goes wrong any more; people try again what others wait for."""
        self._troubles.end()
        self._store.spare()
        self._live_to(self._clock.now() + QUIET)
        self._home.store.write(self._revive)
        self._live_to(self._clock.now() + QUIET)
        # What came due this very moment is sent a message a second.
        for _ in range(_MINUTES_TO_REST):
            if not self._laws.everything_rests:
                self._live_to(self._clock.now() + timedelta(minutes=1))
        if not self._laws.broken:
            self._laws.at_end()

    def _revive(self, uow: UnitOfWork) -> None:
        for row in uow.deliveries.listing("dead", 1000):
            if row.kind in MAKES_PLACE:
                uow.deliveries.revive(row.id, self._clock.now())

    def _meanwhile(self, span: timedelta) -> None:
        """While one send is on its way, the other threads of the process go on."""
        end = self._clock.now() + span
        while self._agenda and self._agenda[0][0] <= end:
            self._clock.move_to(max(self._agenda[0][0], self._clock.now()))
            self._next()()
            self._others_step()
        self._clock.move_to(max(end, self._clock.now()))
        self._others_step()

    def _others_step(self) -> None:
        busy = True
        while busy:
            busy = self._bot.steps["intake"]().busy
            busy = self._bot.steps["timers"]().busy or busy

    # --- what happens

    def _happens(self, happening: Act) -> None:
        self._tell(str(happening))
        happening.do(self)

    def _arrives(self, letter: Letter) -> None:
        envelope = self._mistake.envelope(self._letters.envelope(letter))
        try:
            if letter.piped:
                intake.take(self._context, [envelope], {letter.source: self._letters})
            else:
                intake.receive(self._context, envelope)
        except Crash:
            # Nobody told the source that it was kept.
            self._plan(self._clock.now() + _AGAIN, partial(self._arrives, letter))
            raise

    def _done(self, command: c.Command, about: str) -> object:
        command, ticket = self._mistake.command(command), self.look(about)
        if ticket is None:
            return None
        if isinstance(command, c.EscalateNow):
            return escalate_now(self._context, ticket.number, command)
        if isinstance(command, c.Merge):
            return merge(self._context, ticket.number, command)
        return act(self._context, ticket.number, command)

    # --- its means

    def _plan(self, at: datetime, happen: Callable[[], object]) -> None:
        self._planned += 1
        heapq.heappush(self._agenda, (at, self._planned, happen))

    def _next(self) -> Callable[[], object]:
        return heapq.heappop(self._agenda)[2]

    def _side(self, medium: Medium) -> Side:
        return Side(medium, self._clock, self._troubles, self._on_send, self._meanwhile, self._tell)

    def _on_send(self, task: SendTask) -> None:
        self._laws.on_send(task)

    def _tell(self, line: str) -> None:
        self._transcript.append(f"{_clock_of(self._clock.now() - START)} {line}")


def _clock_of(span: timedelta) -> str:
    hours, rest = divmod(span.seconds, 3600)
    return f"day {span.days + 1} {hours:02}:{rest // 60:02}:{rest % 60:02}"
