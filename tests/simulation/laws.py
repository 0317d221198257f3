"""The laws that hold whatever goes wrong: some at every rest, some when a story is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Literal

from supportbot.application.ports import Clock
from supportbot.domain.notices.delivery import SendTask
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.evolving import evolve
from supportbot.domain.ticket.ticket import OPEN, Ticket
from tests.simulation.books import Books
from tests.simulation.home import Home
from tests.simulation.letters import Post as Letters
from tests.simulation.outside import CHANGES, Side

Law = Literal[
    "watched",
    "paged once",
    "sent once",
    "sent is sent",
    "over is over",
    "one issue",
    "one ticket",
    "answered once",
    "at rest",
    "as recorded",
]
# What calls somebody to work.
_CALLS = frozenset(
    {"slack.page", "mail.page", "webhook.page", "slack.copy", "slack.mention", "slack.reminder"}
)


@dataclass(frozen=True, slots=True)
class Broken:
    law: Law
    how: str

    def __str__(self) -> str:
        return f"{self.law}: {self.how}"


@dataclass(slots=True)
class Laws:
    """Collects what is broken in a story."""

    home: Home
    sides: Mapping[str, Side]
    letters: Letters
    clock: Clock
    broken: list[Broken] = field(default_factory=list)

    @property
    def books(self) -> Books:
        return Books(self.home)

    def on_send(self, task: SendTask) -> None:
        """Called with each send before it goes."""
        if task.kind in _CALLS and task.ticket is not None:
            ticket = self.books.ticket(task.ticket)
            if ticket is not None and ticket.state not in OPEN:
                self._break("over is over", f"{task.key} calls, and the ticket is {ticket.state}")

    def at_rest(self) -> None:
        """Called whenever nothing is left to do at the present time."""
        for number in self.books.unwatched(self.clock.now()):
            self._break("watched", f"SUP-{number} waits for somebody, and nothing wakes it")

    def now_and_then(self) -> None:
        """Called at rest, too, but not every time: it finds what lasts."""
        for number in self.books.forgotten(self.clock.now()):
            self._break("watched", f"SUP-{number} is acknowledged, and nobody is asked for it")

    @property
    def everything_rests(self) -> bool:
        return not list(_at_rest(self.books, self.clock))

    def at_end(self) -> None:
        books = self.books
        tickets = books.tickets()
        events = {ticket.number: books.events(ticket.number) for ticket in tickets}
        self.broken += [
            *_paged_once(self.sides),
            *_sent_once(self.sides),
            *_sent_is_sent(self.sides, books),
            *_one_issue(self.sides["github"], tickets),
            *_one_ticket(self.letters, books, events),
            *_answered_once(events),
            *_at_rest(books, self.clock),
            *_as_recorded(tickets, events),
        ]

    def _break(self, law: Law, how: str) -> None:
        self.broken.append(Broken(law, how))


def _paged_once(sides: Mapping[str, Side]) -> Iterator[Broken]:
    """Nobody is paged twice for one try of a step."""
    paged: Counter[tuple[object, ...]] = Counter()
    for post in [*sides["slack"].posts, *sides["webhook"].posts]:
        said = post.task.payload
        if not post.marked and _is_of_the_plan(post.task):
            which = (said["round"], said["step"], said["attempt"])
            paged[(post.task.ticket, post.task.target["person"], *which)] += 1
    for page, count in paged.items():
        if count > 1:
            yield Broken("paged once", f"{count} times, unmarked: {page}")


def _is_of_the_plan(task: SendTask) -> bool:
    """Whoever presses for a step may have it again; and all hands are of no step."""
    said = task.payload
    by_hand = said.get("by") is not None
    return task.kind in ("slack.page", "webhook.page") and "step" in said and not by_hand


def _sent_once(sides: Mapping[str, Side]) -> Iterator[Broken]:
    for side in sides.values():
        keys = Counter(post.task.key for post in side.posts if not post.marked)
        for key, count in keys.items():
            if count > 1:
                yield Broken("sent once", f"{key} stands {count} times, unmarked")


def _sent_is_sent(sides: Mapping[str, Side], books: Books) -> Iterator[Broken]:
    """What the desk believes to have sent stands at the other side."""
    standing = {post.task.key for side in sides.values() for post in side.posts}
    changed = {task.key for side in sides.values() for task in side.changes}
    for row in books.deliveries():
        taken = changed if row.kind in CHANGES else standing
        if row.state == "sent" and row.key not in taken:
            yield Broken("sent is sent", f"{row.kind} {row.key} was never sent")


def _one_issue(github: Side, tickets: Sequence[Ticket]) -> Iterator[Broken]:
    """One for each ticket that asked for one, none for those that page with another."""
    issues = Counter(post.task.ticket for post in github.posts if post.task.kind == "github.issue")
    for ticket in tickets:
        wanted = 1 if ticket.issue_asked else 0
        if issues[ticket.number] != wanted:
            yield Broken("one issue", f"{issues[ticket.number]} issues of {ticket.reference}")


def _one_ticket(
    letters: Letters, books: Books, events: Mapping[int, Sequence[e.Event]]
) -> Iterator[Broken]:
    """Everything that was written began a ticket or was heard in one."""
    taken: Counter[str] = Counter()
    for number, happened in events.items():
        taken[books.opened_by(number) or ""] += 1
        taken.update(event.key for event in happened if isinstance(event, e.Heard))
    left_out = books.said_too_early()
    for letter in letters.written:
        if taken[letter.key] != 1 and letter.key not in left_out:
            yield Broken("one ticket", f"{letter.name} is in {taken[letter.key]} tickets")


def _answered_once(events: Mapping[int, Sequence[e.Event]]) -> Iterator[Broken]:
    """Whoever answers twice because the first time seemed to fail has answered once."""
    said = Counter(
        event.text
        for happened in events.values()
        for event in happened
        if isinstance(event, e.Replied)
    )
    for text, count in said.items():
        if count > 1:
            yield Broken("answered once", f"{text!r} was said {count} times")


def _at_rest(books: Books, clock: Clock) -> Iterator[Broken]:
    """Nothing is claimed, late, or waiting for what never comes; nothing was set aside."""
    for row in books.deliveries():
        if row.state not in ("sent", "dropped", "dead"):
            yield Broken("at rest", f"{row.kind} {row.key} is {row.state}: {row.error}")
    for state, count in books.inbox().items():
        if state != "done":
            yield Broken("at rest", f"{count} of the inbox are {state}")
    for ticket, kind in books.overdue(clock.now()):
        yield Broken("at rest", f"the timer {kind} of SUP-{ticket} is overdue")
    for parked in books.parked():
        yield Broken("at rest", f"set aside: {parked}")


def _as_recorded(
    tickets: Sequence[Ticket], events: Mapping[int, Sequence[e.Event]]
) -> Iterator[Broken]:
    """A ticket is what its events make of it."""
    nothing: Ticket | None = None
    for ticket in tickets:
        if reduce(evolve, events[ticket.number], nothing) != ticket:
            yield Broken("as recorded", f"{ticket.reference} is not what its events tell")
