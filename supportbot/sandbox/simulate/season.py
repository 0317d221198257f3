"""A season of tickets drawn from rates, and people who answer pages as they are said to."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

from supportbot.domain.notices.delivery import SendTask
from supportbot.domain.on_call import working_time
from supportbot.domain.policy.playbook import Person
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket.ticket import State, Ticket
from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.drive import GoingInCircles
from supportbot.sandbox.simulate.house import House, open_house
from supportbot.sandbox.simulate.playing import perform
from supportbot.sandbox.simulate.recorder import Recorder
from supportbot.sandbox.simulate.timeline import Row
from supportbot.sandbox.simulate.writing import Letter, message_of

MONTH = timedelta(days=365.25 / 12)
_EVERY_STATE: frozenset[State] = frozenset({"new", "acknowledged", "waiting", "resolved", "closed"})
_MOST_TICKETS = 1_000_000
_MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many such letters `a_month`, at any hour."""

    letter: Letter
    a_month: float


@dataclass(frozen=True, slots=True)
class Answers:
    """Each page is answered with `probability`, `after` so long on average.

    Outside a person's hours it is not, where they answer `only_in_hours`; a mention that wakes
    nobody waits for their hours in any case. What is acknowledged is resolved `resolve_after`.
    """

    after: timedelta
    probability: float
    only_in_hours: bool
    resolve_after: timedelta


@dataclass(frozen=True, slots=True)
class Season:
    """From `start` until `until` (aware UTC); the same `seed` draws the same season."""

    start: datetime
    until: datetime
    seed: int
    rates: tuple[Rate, ...]
    answers: Answers


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of a season: its tickets, all that was sent, and the timers that came due."""

    tickets: tuple[Ticket, ...]
    rows: tuple[Row, ...]
    timers: tuple[Row, ...]


def live(season: Season, playbooks: Path) -> Lived:
    """Live through the season under the playbooks of a folder. Raises PlaybookFaults."""
    clock = VirtualClock(season.start)
    diary: list[SendTask] = []
    recorder = Recorder(clock, on_sent=diary.append)
    with open_house(playbooks, clock, recorder) as house:
        _Year(house, season, diary).run()
        tickets = house.bot.store.read(lambda u: u.tickets.listing(_EVERY_STATE, _MOST_TICKETS))
        return Lived(tuple(tickets), tuple(recorder.rows), tuple(house.database.timer_rows()))


@dataclass(slots=True)
class _Year:
    """`diary` are the deliveries that nobody has looked at yet."""

    house: House
    season: Season
    diary: list[SendTask]
    _chance: random.Random = field(init=False)
    _agenda: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        # It draws a rehearsal, no secret; and it has to draw the same again.
        self._chance = random.Random(self.season.seed)  # noqa: S311

    def run(self) -> None:
        for rate in self.season.rates:
            self._draw(rate)
        clock = self.house.clock
        self.house.bot.begin()
        while True:
            row = self._settle()
            self._react()
            agenda = self._agenda[0][0] if self._agenda else None
            at = min((due for due in (row, agenda) if due is not None), default=None)
            if at is None or at > self.season.until:
                return
            # A row that stays due waits for something else: time has to pass.
            now = clock.now()
            clock.move_to(at if at > now or at == agenda else now + timedelta(seconds=1))
            self._do_what_is_due()

    def _settle(self) -> datetime | None:
        """Run the roles that have something due until none has; when the next thing comes due.

        A whole year is lived: roles that would find nothing are not asked, as `Driver` does.
        """
        steps, now = self.house.bot.steps, self.house.clock.now()
        dues = self.house.database.next_dues(())
        for _ in range(_MOST_STEPS):
            due = [role for role in steps if (at := dues[role]) is not None and at <= now]
            busy = [steps[role]().busy for role in due]
            dues = self.house.database.next_dues(due)
            if not any(busy):
                return min((at for at in dues.values() if at is not None), default=None)
        raise GoingInCircles(f"still busy at {now} after {_MOST_STEPS} steps")

    def _do_what_is_due(self) -> None:
        while self._agenda and self._agenda[0][0] <= self.house.clock.now():
            heapq.heappop(self._agenda)[2]()

    def _later(self, at: datetime, act: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (max(at, self.house.clock.now()), next(self._numbers), act))

    def _draw(self, rate: Rate) -> None:
        """All its letters: a Poisson process."""
        at = self.season.start
        while rate.a_month:
            at += self._chance.expovariate(rate.a_month) * MONTH
            if at > self.season.until:
                return
            self._later(at, partial(self._writes, rate.letter, at))

    def _writes(self, letter: Letter, at: datetime) -> None:
        key = f"letter {next(self._numbers)}"
        self.house.arrives(message_of(letter, key, at, self.house.bot.context.shelf.current))

    def _react(self) -> None:
        for task in self.diary:
            if task.kind == "slack.page":
                self._called(task, task.target["person"], urgent=True)
            elif task.kind == "slack.mention" and not task.payload["urgent"]:
                for who in task.payload["people"]:
                    self._called(task, who["person"], urgent=False)
        self.diary.clear()

    def _called(self, task: SendTask, key: str, *, urgent: bool) -> None:
        answers, now = self.season.answers, self.house.clock.now()
        person = self.house.bot.context.shelf.current.people.get(key)
        if task.ticket is None or person is None or self._chance.random() >= answers.probability:
            return
        at = now if urgent else _in_hours(person, now)
        if urgent and answers.only_in_hours and _in_hours(person, now) > now:
            return
        at += self._some(answers.after)
        self._later(at, partial(self._acknowledges, task.ticket, key))

    def _acknowledges(self, number: int, by: str) -> None:
        if perform(self.house, number, c.Acknowledge(by=by)) is not None:
            return
        answers, now = self.season.answers, self.house.clock.now()
        reply = c.Reply(by=by, text="We are looking at it.")
        self._later(now + self._some(answers.after), partial(self._does, number, reply))
        done = c.Resolve(by=by, text="It is mended.")
        self._later(now + self._some(answers.resolve_after), partial(self._does, number, done))

    def _does(self, number: int, command: c.Command) -> None:
        perform(self.house, number, command)

    def _some(self, mean: timedelta) -> timedelta:
        return self._chance.expovariate(1.0) * mean


def _in_hours(person: Person, now: datetime) -> datetime:
    """Now, or when their hours begin."""
    if person.hours is None or working_time.is_open(person.hours, now):
        return now
    return working_time.next_open(person.hours, now)
