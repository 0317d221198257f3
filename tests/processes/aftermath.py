"""What must be true when the story is over, whenever the bot was killed on the way.

Looked at from the outside (what stands in Slack and on GitHub) and from the inside (the database).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.pool import NullPool

from supportbot.adapters.db import schema
from supportbot.adapters.db.store import open_store
from supportbot.application.ports import DeliveryRow, Parked, UnitOfWork
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.ticket import State, Ticket
from supportbot.sandbox.github.state import Issue
from supportbot.sandbox.slack import LocalSlack
from supportbot.sandbox.slack.model import Message
from supportbot.sandbox.stage import REPOSITORY, TEAM_CHANNEL
from tests.processes import story
from tests.processes.play import Play

_STATES: frozenset[State] = frozenset({"new", "acknowledged", "waiting", "resolved", "closed"})


@dataclass(frozen=True, slots=True)
class Inside:
    """The database, read whole. Timers are (kind, state, outcome), inbox rows (state, outcome)."""

    tickets: Sequence[Ticket]
    events: Sequence[e.Event]
    deliveries: Sequence[DeliveryRow]
    parked: Sequence[Parked]
    timers: Sequence[tuple[str, str, str | None]]
    inbox: Sequence[tuple[str, str | None]]


def faults(play: Play, database: str) -> list[str]:
    """Everything that is not as it must be, in words; nothing when all is well."""
    inside = read(database)
    if len(inside.tickets) != 1:
        return [f"{len(inside.tickets)} tickets instead of one"]
    return [
        *_ticket(inside),
        *_pages(play, inside),
        *_conversations(play),
        *_issue(play),
        *_timers(inside),
        *_leftovers(play, inside),
        *_restart_accounts(play),
    ]


# --- what each of them looks at


def _ticket(inside: Inside) -> Iterator[str]:
    if inside.tickets[0].state != "closed":
        yield f"the ticket is {inside.tickets[0].state}"
    happened = Counter(named(event) for event in inside.events)
    yield from differs("events", happened, story.EVENTS)


def _pages(play: Play, inside: Inside) -> Iterator[str]:
    """Each person, step and try once, as the ticket's own events ask for it."""
    due = [
        (f"SUP-1.{number}.page.{person}", (person, event.step + 1, event.attempt))
        for number, event in enumerate(inside.events, 1)
        if isinstance(event, e.Reached) and event.urgent
        for person in event.people
    ]
    yield from differs("pages that were due", Counter(page for _, page in due), story.PAGES)
    sent = {story.key_of(message) for message in _direct(play)}
    yield from (f"never paged: {page}" for key, page in due if key not in sent)
    yield from (f"a page nobody asked for: {key}" for key in sent - {key for key, _ in due})


def _conversations(play: Play) -> Iterator[str]:
    channels = [TEAM_CHANNEL, story.SUPPORT_CHANNEL]
    for place in (_direct(play), *(all_in(play.slack, channel) for channel in channels)):
        yield from twice(place)
    told = [message.text for message in all_in(play.slack, story.SUPPORT_CHANNEL)]
    for number, (text, words) in enumerate(zip(told, story.TOLD, strict=False)):
        if words not in text:
            yield f"message {number} to the reporter lacks {words!r}: {text!r}"
    if len(told) != len(story.TOLD):
        yield f"the reporter was told {len(told)} things instead of {len(story.TOLD)}: {told}"
    shown = [message.text for message in all_in(play.slack, TEAM_CHANNEL) if is_root(message)]
    if len(shown) != 1 or "(closed)" not in shown[0]:
        yield f"the team's message shows {shown}"


def _issue(play: Play) -> Iterator[str]:
    issues = play.scenery.github.issues(REPOSITORY)
    if len(issues) != 1:
        yield f"{len(issues)} issues instead of one"
    for issue in issues[:1]:
        yield from _public(issue)


def _public(issue: Issue) -> Iterator[str]:
    if issue.state != "closed":
        yield f"the issue is {issue.state}"
    said = Counter(comment.body.partition("\n")[0] for comment in issue.comments)
    yield from differs("comments", said, story.COMMENTS)


def _timers(inside: Inside) -> Iterator[str]:
    fired = Counter(kind for kind, _, outcome in inside.timers if outcome == "fired")
    yield from differs("timers that fired", fired, story.FIRED)
    yield from timers_left(inside)


def timers_left(inside: Inside) -> Iterator[str]:
    """Timers that are not over, or were dropped."""
    for kind, state, outcome in inside.timers:
        if state not in ("done", "cancelled"):
            yield f"the timer {kind} is {state}"
        elif outcome not in ("fired", "cancelled"):
            yield f"the timer {kind} was dropped: {outcome}"


def _leftovers(play: Play, inside: Inside) -> Iterator[str]:
    yield from undone(inside)
    if list(inside.inbox) != [("done", "opened")]:
        yield f"the inbox has {inside.inbox}"
    people = {person.id for person in play.scenery.people.values()}
    for event in play.slack.unacknowledged():
        if event.event.get("user") in people:
            yield f"Slack still waits for an acknowledgement of {event}"


def undone(inside: Inside) -> Iterator[str]:
    """Rows that were set aside, and deliveries that were not sent."""
    yield from (f"set aside: {item}" for item in inside.parked)
    yield from (f"{row.key} is {row.state}" for row in inside.deliveries if row.state != "sent")


def _restart_accounts(play: Play) -> Iterator[str]:
    """The bot was away when second line's turn came: that is told once, by whichever start."""
    said = all_in(play.slack, TEAM_CHANNEL)
    accounts = [m.text for m in said if story.key_of(m).startswith("restart.")]
    told = [text for text in accounts if story.CAME_DUE_MEANWHILE.search(text)]
    if len(told) != 1:
        yield f"what came due while the bot was away is told {len(told)} times: {accounts}"
    if len(accounts) > play.restarts + 1:
        yield f"more accounts than restarts: {accounts}"


# --- how they look


def read(database: str) -> Inside:
    """All of the database that a story is judged by. Events are those of the first ticket."""
    with open_store(database) as store:
        tickets, happened, deliveries, parked = store.read(_domain)
    engine = create_engine(database, poolclass=NullPool)
    timers, inbox = schema.timers.c, schema.inbox.c
    with engine.connect() as connection:
        fired: Any = connection.execute(
            select(timers.kind, timers.state, timers.outcome).order_by(timers.id)
        )
        heard: Any = connection.execute(select(inbox.state, inbox.outcome).order_by(inbox.id))
        rows = ([tuple(row) for row in fired], [tuple(row) for row in heard])
    engine.dispose()
    return Inside(tickets, happened, deliveries, parked, *rows)


def _domain(
    uow: UnitOfWork,
) -> tuple[Sequence[Ticket], Sequence[e.Event], Sequence[DeliveryRow], Sequence[Parked]]:
    tickets = uow.tickets.listing(_STATES)
    return tickets, uow.tickets.events(1), uow.deliveries.listing(None), uow.parked()


def all_in(slack: LocalSlack, channel: str) -> list[Message]:
    """What the bot wrote there, replies included."""
    everything = [
        message for first in slack.messages(channel) for message in slack.thread(channel, first.ts)
    ]
    return sorted((m for m in everything if m.bot_id), key=lambda message: message.ts)


def _direct(play: Play) -> list[Message]:
    people = play.scenery.people.values()
    return [message for person in people for message in play.slack.dms(person) if message.bot_id]


def twice(messages: Iterable[Message]) -> Iterator[str]:
    """Deliveries that stand there twice although the later one does not say so."""
    seen: set[str] = set()
    for message in messages:
        key = story.key_of(message)
        if key in seen and "repeated" not in message.text:
            yield f"{key} was sent twice, unmarked"
        seen.add(key)


def is_root(message: Message) -> bool:
    """Whether it is the team's message of a ticket."""
    return not message.is_reply and story.key_of(message).endswith(".root")


def named(event: e.Event) -> str:
    """An event in short, as the stories list them."""
    what = type(event).__name__
    if isinstance(event, e.Reached):
        return f"{what} {event.step + 1}.{event.attempt}"
    return f"{what} {event.kind}" if isinstance(event, e.Reminded) else what


def differs(what: str, found: Counter[Any], expected: Iterable[Any]) -> Iterator[str]:
    """What there is too much of, and too little."""
    wanted = Counter(expected)
    if found - wanted:
        yield f"too many {what}: {dict(found - wanted)}"
    if wanted - found:
        yield f"too few {what}: {dict(wanted - found)}"
