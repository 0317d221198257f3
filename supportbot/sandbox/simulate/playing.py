"""Plays a scenario: people act at their times, and whatever follows is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from supportbot.application.ticket_actions import act, escalate_now
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import Command, EscalateNow, Refused
from supportbot.domain.ticket.ticket import State, number_of, reference
from supportbot.domain.triage.message import InboundMessage
from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.simulate.house import House, open_house
from supportbot.sandbox.simulate.recorder import Recorder
from supportbot.sandbox.simulate.scenario import Acted, Scenario, Written
from supportbot.sandbox.simulate.timeline import Row

_EVERY_STATE: frozenset[State] = frozenset({"new", "acknowledged", "waiting", "resolved", "closed"})


def play(scenario: Scenario, playbooks: Path) -> list[Row]:
    """The timeline of `scenario` under the playbooks of a folder. Raises PlaybookFaults."""
    clock = VirtualClock(scenario.start)
    recorder = Recorder(clock, scenario.unreachable)
    with open_house(playbooks, clock, recorder) as house:
        performance = _Performance(house, scenario)
        performance.run()
        # Timers first: at the same instant they are the cause of what was sent.
        rows = [
            *_with_steps(house, house.database.timer_rows()),
            *house.database.ignored_rows(),
            *performance.refusals,
            *recorder.rows,
        ]
    return sorted(rows, key=lambda row: row.at)


@dataclass(slots=True)
class _Performance:
    house: House
    scenario: Scenario
    refusals: list[Row] = field(default_factory=list)
    _is_down: bool = False
    _unheard: list[InboundMessage] = field(default_factory=list)

    def run(self) -> None:
        self.house.bot.begin()
        for at, happen in self._agenda():
            self._live_to(at)
            happen()
        self._live_to(self.scenario.until)

    def _agenda(self) -> list[tuple[datetime, Callable[[], None]]]:
        agenda: list[tuple[datetime, Callable[[], None]]] = []
        for down in self.scenario.down:
            agenda += [(down.since, self._go_down), (down.until, self._come_back)]
        for happening in self.scenario.happenings:
            agenda.append((happening.at, partial(self._happen, happening)))
        return sorted(agenda, key=lambda entry: entry[0])

    def _live_to(self, at: datetime) -> None:
        if self._is_down:
            self.house.clock.move_to(at)
            return
        self.house.driver.run_to(at)
        self.house.bot.keep_house()
        self.house.driver.settle()

    def _go_down(self) -> None:
        self._is_down = True

    def _come_back(self) -> None:
        """As at every start: what was not heard is read up, and the account is given."""
        self._is_down = False
        self.house.bot.begin()
        for message in self._unheard:
            self.house.arrives(message)
        self._unheard.clear()
        self._live_to(self.house.clock.now())

    def _happen(self, happening: Written | Acted) -> None:
        if isinstance(happening, Acted):
            self._act(happening)
        elif self._is_down:
            self._unheard.append(happening.message)
        else:
            self.house.arrives(happening.message)

    def _act(self, acted: Acted) -> None:
        number = acted.ticket or _newest(self.house)
        if self._is_down:
            self._refuse(acted.command, number, "the process is down: nobody hears the button")
        elif number is None:
            self._refuse(acted.command, None, "there is no ticket yet")
        else:
            outcome = perform(self.house, number, acted.command)
            if isinstance(outcome, Refused):
                self._refuse(acted.command, number, outcome.reason)

    def _refuse(self, command: Command, number: int | None, reason: str) -> None:
        ticket = reference(number) if number else None
        now = self.house.clock.now()
        said = f"{type(command).__name__}: {reason}"
        self.refusals.append(Row(now, command.by, "desk", "refused", ticket, None, said))


def perform(house: House, number: int, command: Command) -> Refused | None:
    """Do what the command asks, as a button would; the refusal, if it was refused."""
    context = house.bot.context
    if isinstance(command, EscalateNow):
        outcome = escalate_now(context, number, command)
    else:
        outcome = act(context, number, command)
    return outcome if isinstance(outcome, Refused) else None


def _newest(house: House) -> int | None:
    found = house.bot.store.read(lambda uow: uow.tickets.listing(_EVERY_STATE, 1))
    return found[0].number if found else None


def _with_steps(house: House, rows: list[Row]) -> list[Row]:
    """Which step of the policy each timer was for: the events that it caused say so."""
    tickets = {number for row in rows if (number := number_of(row.ticket or "")) is not None}
    steps: dict[tuple[str | None, datetime], int] = {}
    events = house.bot.store.read(lambda uow: {n: uow.tickets.events(n) for n in tickets})
    for number, happened in events.items():
        for event in happened:
            if isinstance(event, e.Reached | e.StepPassed):
                steps.setdefault((reference(number), event.at), event.step + 1)
    return [
        replace(row, step=steps.get((row.ticket, row.at))) if row.kind == "escalate" else row
        for row in rows
    ]
