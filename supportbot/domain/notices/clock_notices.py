"""Who is told what when a clock of a ticket that somebody has runs out, and when it waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from supportbot.domain.notices.calling import headline
from supportbot.domain.notices.delivery import NewDelivery
from supportbot.domain.notices.scene import Scene
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.ticket import clock_events as ce
from supportbot.domain.ticket import events as e

STILL, LET_GO, SOLVED, EXTEND, HAND_OVER, GO_ON = (
    "still",
    "let_go",
    "solved",
    "extend",
    "hand_over",
    "go_on",
)
"""What may be chosen under a reminder in the team's thread (`do` of its `choices`)."""


def clock_notices(scene: Scene, event: e.Event) -> Iterable[NewDelivery] | None:
    """Everything to be sent because of the scene's event; None where it is of another kind."""
    match event:
        case e.Reminded(kind="remind_acknowledged"):
            return _asked_again(scene, event)
        case e.Reminded(kind="timebox_ask"):
            return _time_is_short(scene, event)
        case ce.AcknowledgementRenewed():
            return _told(scene, f"{scene.name(event.by)} is still on it.")
        case ce.AcknowledgementLapsed():
            return _told(scene, f"No sign of life of {scene.name(event.person)}: the page goes on.")
        case ce.WaitBegan():
            return _told(scene, _begun(scene, event))
        case ce.WaitEnded():
            return _ended(scene, event)
        case ce.Chased():
            return _chased(scene, event)
        case ce.TimeboxExtended():
            whole = said(event.work)
            return _told(scene, f"{scene.name(event.by)} takes more time: {whole} in all.")
    return None


def said(length: timedelta) -> str:
    """`30 minutes`, `2 hours`, `1 hour 15 minutes`: to the minute."""
    minutes = max(0, round(length.total_seconds() / 60))
    parts = [
        _counted(count, unit)
        for count, unit in zip(divmod(minutes, 60), _UNITS, strict=True)
        if count
    ]
    return " ".join(parts) or "0 minutes"


def said_delay(delay: Delay) -> str:
    """The same, and whether it is working time; whole days as such."""
    days, rest = divmod(delay.length, timedelta(days=1))
    kind = "working " if delay.kind == "working" else ""
    if rest:
        return said(delay.length) + (" of working time" if kind else "")
    return _counted(days, f"{kind}day")


_UNITS = ("hour", "minute")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _told(scene: Scene, text: str) -> list[NewDelivery]:
    return [scene.note(text), scene.refreshed()]


def _question(
    scene: Scene, people: Sequence[str], text: str, *choices: dict[str, str]
) -> NewDelivery:
    asked = {
        **headline(scene),
        "version": scene.ticket.version,
        "people": [scene.mention(person) for person in people],
        "text": text,
        "choices": list(choices),
    }
    return scene.to_team("slack.reminder", asked, "reminder")


def _asked_again(scene: Scene, event: e.Reminded) -> Iterator[NewDelivery]:
    text = "Acknowledged a while ago and still open: is someone on it?"
    if scene.ticket.terms.lapses_after is not None and scene.ticket.attached_to is None:
        text += (
            f" Without an answer within {said(scene.ticket.terms.lapses_after)} the page goes on."
        )
    yield _question(scene, event.people, text, {"do": STILL}, {"do": LET_GO})


def _time_is_short(scene: Scene, event: e.Reminded) -> Iterator[NewDelivery]:
    terms, extended = scene.ticket.terms.timebox, scene.ticket.box.extended
    text = "The first-line time is nearly over: solved, a little more, or hand over?"
    more: list[dict[str, str]] = []
    if extended is not None:
        text = "The first-line time is nearly over: solved, or hand over?"
    elif terms is not None:
        more = [{"do": EXTEND, "label": f"{said(terms.extend_once)} more"}]
    text += " At its end it goes to second line by itself."
    yield _question(scene, event.people, text, {"do": SOLVED}, *more, {"do": HAND_OVER})


def _begun(scene: Scene, event: ce.WaitBegan) -> str:
    whom = "the reporter" if event.party == "reporter" else event.who
    return f"{scene.name(event.by)} waits for {whom}; chased after {said_delay(event.chase)}."


def _ended(scene: Scene, event: ce.WaitEnded) -> Iterator[NewDelivery]:
    why = f": {event.reason}" if event.reason else ""
    ticket = scene.ticket
    owner = ticket.owner or ticket.first_owner or ticket.second_owner
    if event.by is None and owner:
        yield _question(scene, (owner,), f"The wait is over{why}. Please go on.")
    else:
        who = f"{scene.name(event.by)} goes on" if event.by else "It goes on"
        yield scene.note(f"{who}: the wait is over{why}.")
    yield scene.refreshed()


def _chased(scene: Scene, event: ce.Chased) -> Iterator[NewDelivery]:
    waits = scene.ticket.waiting_for
    if waits is None:
        return
    if event.reporter:
        yield from scene.to_reporter("chase")
        yield from _told(scene, "The reporter was reminded that we wait for them.")
        return
    whom = "the reporter" if waits.party == "reporter" else waits.who
    since = _since(scene, waits.since, event.people)
    text = f"Waiting for {whom} since {since}: please ask again, or go on."
    yield _question(scene, event.people, text, {"do": GO_ON})
    yield scene.refreshed()


def _since(scene: Scene, at: datetime, people: Sequence[str]) -> str:
    return spoken(at, scene.zone_of(people[0] if people else None))
