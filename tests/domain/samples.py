"""Playbooks, people, severities, messages and tickets in a line, for tables of cases.

Unless a case says otherwise it is Tuesday noon UTC, `ines` is on first line, `jonas` on second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from supportbot.domain.notices.ticket_notices import Desk
from supportbot.domain.on_call.rotation import HandOff, Layer, Period, Rotation
from supportbot.domain.on_call.working_time import Delay, Window, WorkingHours
from supportbot.domain.policy.playbook import (
    Community,
    Hub,
    Person,
    Playbooks,
    Severity,
    Timebox,
)
from supportbot.domain.policy.step import Step, Target
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.evolving import evolve
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.triage.message import InboundMessage, Place, Sender, Source
from supportbot.domain.triage.rule import (
    ALWAYS,
    Condition,
    Consequence,
    Field,
    Is,
    Matcher,
    Rule,
    Text,
    Where,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DESK = Desk("#desk", "example/incidents")
THREAD = Place("slack", {"channel": "C1", "thread": "1764000000.000100"})
ROLES = {"manager": ("lucia",)}
APPROVAL = e.Approval(("mara",), NOON + DAY, NOON + 2 * DAY)


def at(text: str) -> datetime:
    """`2026-11-24 14:05` or `14:05` (of the usual Tuesday), in UTC."""
    whole = text if " " in text else f"2026-11-24 {text}"
    return datetime.fromisoformat(whole).replace(tzinfo=UTC)


def clock(moment: datetime) -> str:
    return moment.strftime("%H:%M")


def office(zone: str = "UTC", start: str = "08:00", end: str = "17:00") -> WorkingHours:
    days = frozenset(range(5))
    return WorkingHours((Window(days, time.fromisoformat(start), time.fromisoformat(end), zone),))


def person(key: str, hours: WorkingHours | None = None) -> Person:
    return Person(
        key,
        key.title(),
        slack=f"U{key.upper()}",
        mail=f"{key}@desk.example",
        github=f"{key}-gh",
        hours=hours,
    )


def people(*keys: str, hours: WorkingHours | None = None) -> dict[str, Person]:
    return {key: person(key, hours) for key in keys}


def rotation(name: str, members: str, hours: WorkingHours | None = None) -> Rotation:
    """Weekly from Monday 09:00 UTC; the first of `members` is on in the usual week."""
    hand_off = HandOff(0, time(9), "UTC")
    windows = hours.windows if hours else ()
    turns = tuple(members.split())
    layer = Layer("main", turns, Period(1, "week"), hand_off, date(2026, 11, 23), hours=windows)
    return Rotation(name, (layer,))


def nobody_until(name: str, members: str, start: datetime) -> Rotation:
    """A rotation of one window that opens next at `start`, for an hour a week."""
    opens = start.time().replace(tzinfo=None)
    window = Window(frozenset({start.weekday()}), opens, (start + HOUR).time(), "UTC")
    return rotation(name, members, WorkingHours((window,)))


def step(*names: str, after: timedelta | Delay = timedelta(0), **more: Any) -> Step:
    """`#…` is a channel, `@…` a group, `webhook:…` a paging service, `owner` the owner, `manager` a
    role, `….line` a rotation, else people."""
    delay = after if isinstance(after, Delay) else Delay(after)
    return Step(tuple(_target(name) for name in names), delay, **more)


def _target(name: str) -> Target:
    if name.startswith("#"):
        return Target("channel", name)
    if name.startswith("@"):
        return Target("group", name[1:], address=f"S0{name[1:].upper()}")
    if name.startswith("webhook:"):
        return Target("webhook", name.removeprefix("webhook:"))
    if name == "owner":
        return Target("owner", name)
    if name in ROLES:
        return Target("role", name)
    return Target("rotation" if name.endswith("-line") else "person", name)


def working(length: timedelta) -> Delay:
    return Delay(length, "working")


def severity(key: str, *steps: Step, **more: Any) -> Severity:
    values: dict[str, Any] = {"rank": int(key[1:]) - 1, "means": f"as bad as {key}"}
    return Severity(key, steps=steps, **(values | more))


P1 = severity(
    "P1",
    step("first-line"),
    step("second-line", after=10 * MINUTE),
    step("second-line", "manager", after=20 * MINUTE, repeat=2),
    github_issue="on_open",
    first_answer=Delay(30 * MINUTE),
    next_update=2 * HOUR,
    acknowledge_again_after=2 * HOUR,
)
P2 = severity(
    "P2",
    step("first-line"),
    step("second-line", after=4 * HOUR),
    github_issue="on_second_line",
    first_answer=Delay(4 * HOUR),
    next_update=4 * HOUR,
)
P3 = severity(
    "P3",
    step("first-line", page=False),
    step("second-line", page=False, after=working(DAY)),
    github_issue="on_second_line",
    first_answer=working(DAY),
    timebox=Timebox(30 * MINUTE, 25 * MINUTE, 15 * MINUTE),
    wake_people=False,
)
P4 = severity("P4", step("first-line", page=False), wake_people=False)
SEVERITIES = {terms.key: terms for terms in (P1, P2, P3, P4)}

REPLIES = {
    "receipt": "Thank you: {reference}.\nYou hear from us by {next_word}.",
    "acknowledged": "We are on {reference}.\nIt is with {owner}.",
    "handed_over": "{reference} is with second line.",
    "answer": "{answer}",
    "resolved": "{answer}\n{reference} is resolved.",
}
ISSUES = {
    "incident": "# {severity}: {symptom}, {hub}\n# {severity}: incident\n"
    "{reference} {severity} {community} {hub} {cluster} {symptom} {opened} {kind}\n"
    "{labels}\n{first_line}\n{second_line}\n{attempts}\n{users_affected}\n{link}"
}


class Phrases(Matcher):
    """Pattern number n is the n-th phrase; found without regard to case."""

    def __init__(self, *phrases: str) -> None:
        self.phrases = phrases

    def hits(self, field: Field, text: str) -> frozenset[int]:
        words = text.casefold()
        return frozenset(
            number
            for number, phrase in enumerate(self.phrases)
            if phrase.startswith(f"{field}:") and phrase.removeprefix(f"{field}:") in words
        )


def hub(host: str, key: str = "prod", community: str = "northfield", cluster: str = "c-1") -> Hub:
    return Hub(key, community, host, f"https://{host}", cluster)


def community(key: str, *hosts: str, **more: Any) -> Community:
    """Its hubs are called `prod`, `second`, `third`, in the order of `hosts`."""
    names = ("prod", "second", "third")
    hubs = {n: hub(h, n, key, f"{key}-1") for n, h in zip(names, hosts, strict=False)}
    return Community(key, key.title(), hubs=hubs, **more)


NORTHFIELD = community(
    "northfield",
    "hub.northfield.example",
    representatives=("mara",),
    mail_domains=("northfield.example",),
    slack_channels=("#northfield",),
)
EVERYTHING_ELSE = Rule("everything else", Where("rules/90.yaml", 3), ALWAYS, Consequence("P3"))


def text_is(number: int, phrase: str, field: Field = "text") -> Text:
    return Text(field, (phrase,), (number,))


def fact(name: str, *values: str | bool) -> Is:
    return Is(name, frozenset(values))


def rule(name: str, when: Condition, *, goes_on: bool = False, **then: Any) -> Rule:
    return Rule(name, Where("rules/10.yaml", 1), when, Consequence(**then), goes_on)


def playbooks(**changes: Any) -> Playbooks:
    """The usual team: `changes` replace fields of the Playbooks; `people` are added to it."""
    usual = Playbooks(
        version="v1",
        people=people("ines", "tomasz", "jonas", "amina", "lucia", "mara", "zoe"),
        communities={"northfield": NORTHFIELD},
        rotations={
            "first-line": rotation("first-line", "ines tomasz"),
            "second-line": rotation("second-line", "jonas amina"),
        },
        roles=ROLES,
        severities=SEVERITIES,
        rules=(EVERYTHING_ELSE,),
        replies=REPLIES,
        issues=ISSUES,
        matcher=Phrases(),
    )
    added: Mapping[str, Person] = changes.pop("people", {})
    return replace(usual, people={**usual.people, **added}, **changes)


def with_steps(*steps: Step, **more: Any) -> Playbooks:
    """The usual playbooks with another policy for P1."""
    return playbooks(severities={**SEVERITIES, "P1": replace(P1, steps=steps, **more)})


def message(text: str = "it is broken", **changes: Any) -> InboundMessage:
    source: Source = "slack"
    usual = InboundMessage(
        source=source,
        key="C1:1764000000.000100",
        sender=Sender(slack="UMARA", name="Mara"),
        text=text,
        at=NOON,
        channel="#northfield",
        reply_to=THREAD,
    )
    return replace(usual, **changes)


def opened(terms: Severity = P1, now: datetime = NOON, **changes: Any) -> e.Opened:
    usual = e.Opened(
        at=now,
        number=1,
        source="slack",
        reporter=Sender(slack="UMARA", name="Mara"),
        reporter_person="mara",
        reply_to=THREAD,
        title="it is broken",
        community="northfield",
        hub="northfield/prod",
        cluster="northfield-1",
        symptom="login",
        kind="request",
        incident=True,
        labels=("outage",),
        terms=terms,
        first_line="first-line",
        second_line="second-line",
        rule="people cannot log in",
        playbooks="v1",
        next_word_at=now + 30 * MINUTE,
    )
    return replace(usual, **changes)


def ticket(terms: Severity = P1, now: datetime = NOON, **changes: Any) -> Ticket:
    """A new ticket, opened `now`."""
    return evolve(None, opened(terms, now, **changes))


def after(ticket: Ticket, *events: e.Event) -> Ticket:
    for event in events:
        ticket = evolve(ticket, event)
    return ticket


def acknowledged(by: str = "ines", line: e.Line = "first", now: datetime = NOON) -> e.Acknowledged:
    return e.Acknowledged(at=now, by=by, line=line)


def in_state(state: str, terms: Severity = P1, now: datetime = NOON) -> Ticket:
    """A ticket that came to this state an instant ago."""
    way: dict[str, Sequence[e.Event]] = {
        "new": (),
        "waiting": (),
        "acknowledged": (acknowledged(now=now),),
        "resolved": (acknowledged(now=now), e.Resolved(at=now, by="ines", text="")),
        "closed": (e.Resolved(at=now, by="ines", text=""), e.Closed(at=now, reason="silence")),
    }
    waits = APPROVAL if state == "waiting" else None
    return after(ticket(terms, now, approval=waits), *way[state])
