"""Values for the store's tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from supportbot.application.ports import Envelope, UnitOfWork
from supportbot.domain.notices.delivery import NEWS, NewDelivery
from supportbot.domain.on_call.calendar_period import CalendarPeriod, YearDays
from supportbot.domain.on_call.working_time import Delay, Window, WorkingHours
from supportbot.domain.policy.playbook import Severity, Timebox
from supportbot.domain.policy.step import AllHands, Step, Target, Times
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.change import Change
from supportbot.domain.ticket.evolving import evolve
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.ticket.timer import NewTimer
from supportbot.domain.triage.message import Place, Sender

NOW = datetime(2026, 11, 24, 14, 5, 0, 123456, tzinfo=UTC)
LEASE = timedelta(minutes=2)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

OFFICE = WorkingHours(
    (Window(frozenset({0, 1, 2, 3, 4}), time(8, 0), time(17, 0), "Europe/Berlin"),)
)
WINTER = YearDays((12, 18), (1, 3))
TERMS = Severity(
    key="P1",
    rank=0,
    means="several people cannot work",
    steps=(
        Step((Target("rotation", "first-line"),)),
        Step((Target("role", "manager"),), after=Delay(timedelta(minutes=10), "working"), repeat=3),
        Step(
            (Target("group", "ops", address="S0OPS"), Target("webhook", "pager")),
            after=Delay(timedelta(hours=4), "working", OFFICE),
            growing=True,
            only_within=Times("winter", CalendarPeriod(OFFICE.windows, (WINTER,), "UTC")),
            acknowledged_by="each",
        ),
    ),
    last_resort=(Target("role", "manager"),),
    all_hands=AllHands(timedelta(hours=2), (Target("rotation", "second-line"),)),
    github_issue="on_open",
    first_answer=Delay(timedelta(minutes=30)),
    next_update=timedelta(hours=2),
    timebox=Timebox(30 * MINUTE, 25 * MINUTE, 15 * MINUTE),
)


def opened(number: int, at: datetime = NOW, **changed: Any) -> e.Opened:
    """The first event of a ticket."""
    values: dict[str, Any] = {
        "source": "slack",
        "reporter": Sender(slack="U1", name="Mara \ud83d\u0000 \N{SNOWMAN}"),
        "reporter_person": "mara",
        "reply_to": Place("slack", {"channel": "C1", "thread": "1764000000.000100"}),
        "title": "Nobody can open a notebook",
        "community": "northfield",
        "hub": "northfield/prod",
        "cluster": "north-1",
        "symptom": "start",
        "kind": "request",
        "incident": True,
        "labels": ("hub", "outage"),
        "terms": TERMS,
        "first_line": "first-line",
        "second_line": "second-line",
        "rule": "servers do not start",
        "playbooks": "v1",
        "next_word_at": at + timedelta(minutes=30),
    }
    return e.Opened(at=at, number=number, **(values | changed))


def opening(number: int, *follow: NewTimer | NewDelivery, **changed: Any) -> Change:
    """The change that opens a ticket, with the timers and deliveries that follow."""
    event = opened(number, **changed)
    return Change(read_version=0, ticket=evolve(None, event), events=(event,), **_sorted(follow))


def change(
    ticket: Ticket,
    *follow: e.Event | NewTimer | NewDelivery,
    cancel: Sequence[str] = (),
) -> Change:
    """The change that these events make to a ticket."""
    events = tuple(item for item in follow if isinstance(item, e.Event))
    now = ticket
    for event in events:
        now = evolve(now, event)
    return Change(
        read_version=ticket.version,
        ticket=now,
        events=events,
        cancel=frozenset(cancel),  # type: ignore[arg-type]
        **_sorted(follow),
    )


def heard(at: datetime = NOW, text: str = "still broken") -> e.Heard:
    return e.Heard(at=at, key=f"slack:{at.isoformat()}", text=text, author="mara")


def delivery(
    key: str,
    kind: str = "web.reply",
    ticket: int | None = None,
    *,
    target: Mapping[str, str] | None = None,
    priority: int = NEWS,
    stream: str | None = None,
    fold: bool = False,
) -> NewDelivery:
    """A delivery; the usual one draws on no lane and waits for nothing."""
    return NewDelivery(
        key=key,
        kind=kind,
        ticket=ticket,
        target=target or {},
        payload={"text": key},
        priority=priority,
        stream=stream,
        fold=fold,
    )


def envelope(*keys: str, body: str = "{}", at: datetime = NOW) -> Envelope:
    return Envelope("slack", keys, body, at)


def open_ticket(unit: UnitOfWork, *follow: NewTimer | NewDelivery, **changed: Any) -> Ticket:
    """Open the next ticket, and return it."""
    opens = opening(unit.tickets.next_number(), *follow, **changed)
    unit.apply([opens], NOW)
    return opens.ticket


def _sorted(follow: Sequence[object]) -> dict[str, Any]:
    return {
        "timers": tuple(item for item in follow if isinstance(item, NewTimer)),
        "deliveries": tuple(item for item in follow if isinstance(item, NewDelivery)),
    }
