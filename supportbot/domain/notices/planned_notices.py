"""Who is told what of an event that is asked for, and of temporary changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from supportbot.domain.notices import template
from supportbot.domain.notices.delivery import NewDelivery
from supportbot.domain.notices.scene import Scene
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.planned.event_prompts import prompt_values
from supportbot.domain.planned.event_request import EventRequest, span
from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.planned.temporary_change import TemporaryChange, standing
from supportbot.domain.ticket import events as e

ACCEPT, DECLINE, DONE, REVERTED = "accept", "decline", "done", "reverted"
"""What may be chosen under a message in the team's thread (`do` in a `slack.choice`)."""

_UNTOLD = "{event} on {hub}: {when}"


def planned_notices(scene: Scene, event: e.Event) -> Iterable[NewDelivery]:
    """Everything to be sent because of the scene's event, if it is of a plan."""
    match event:
        case e.EventAsked():
            return _asked(scene, event)
        case e.EventAccepted():
            return _accepted(scene, event)
        case e.EventDeclined():
            return _declined(scene, event)
        case e.EventPrompted():
            return _prompted(scene, event)
        case e.EventPromptDone():
            return _told(scene, f"{scene.name(event.by)} has done it ({_words(event.kind)}).")
        case e.ChangeMade():
            return _made(scene, event)
        case e.ChangeReverted():
            return _told(scene, f"{scene.name(event.by)} undid change {event.number}.")
        case e.RevertReminded():
            return _reminded(scene, event)
    return ()


def still_standing(scene: Scene) -> Iterator[NewDelivery]:
    """A ticket that is resolved says which of its changes still stand."""
    if changes := standing(scene.ticket.changes):
        said = "; ".join(_change(change) for change in changes)
        text = f"Not undone yet: {said}. The reminders go on."
        yield scene.to_team("slack.note", {"text": text}, "standing")


def _asked(scene: Scene, event: e.EventAsked) -> Iterator[NewDelivery]:
    request = scene.ticket.request
    if request is None:
        return
    text = f"{scene.name(event.by)} planned an event. {said_of(request)}"
    if not event.late:
        yield scene.note(text)
        yield scene.refreshed()
        return
    wanted = span(scene.playbooks.event_notice)
    text = f"{text}\nThat is late: you want to know {wanted} before. Will you do it?"
    yield _choice(scene, text, [{"do": ACCEPT}, {"do": DECLINE}])
    yield scene.refreshed()


def said_of(request: EventRequest) -> str:
    """An event and its two figures, in a few sentences."""
    plan = request.plan
    people = f", {plan.people} people" if plan.people else ""
    ready = ", in ready mode" if plan.ready_mode else ""
    figures = f"Notice given: {span(request.notice)}; lag until tracked: {span(request.lag)}."
    return f"{plan.name} on {plan.hub_id}{people}{ready}: {plan.when}. {figures}"


def _accepted(scene: Scene, event: e.EventAccepted) -> Iterator[NewDelivery]:
    request = scene.ticket.request
    if request is None:
        return
    plan = request.plan
    who = scene.name(event.by) if event.by else ""
    yield from _told(scene, f"{who} accepted it." if who else "It came in time, and is accepted.")
    yield from _reply(scene, "event_accepted", plan)


def _declined(scene: Scene, event: e.EventDeclined) -> Iterator[NewDelivery]:
    request = scene.ticket.request
    if request is None:
        return
    why = f": {event.reason}" if event.reason else "."
    yield from _told(scene, f"{scene.name(event.by)} declined {request.plan.name}{why}")
    yield from _reply(scene, "event_declined", request.plan, reason=event.reason)


def _reply(scene: Scene, name: str, plan: EventPlan, **more: str) -> Iterator[NewDelivery]:
    until = spoken(plan.end, plan.zone) if plan.freeze else ""
    values = {"event": plan.name, "when": plan.when, "hub": plan.hub_id, "freeze_until": until}
    yield from scene.to_reporter(name, **values, **more)


def _prompted(scene: Scene, event: e.EventPrompted) -> Iterator[NewDelivery]:
    request = scene.ticket.request
    if request is None:
        return
    values = prompt_values(request.plan, scene.playbooks)
    text = template.render(scene.playbooks.prompts.get(event.kind, _UNTOLD), values)
    yield _choice(scene, text, [{"do": DONE, "of": event.kind}], event.people)
    yield scene.refreshed()


def _made(scene: Scene, event: e.ChangeMade) -> Iterator[NewDelivery]:
    change = scene.ticket.changes[-1]
    text = f"{scene.name(event.by)} made a temporary change: {_change(change)}."
    yield _choice(scene, text, [{"do": REVERTED, "of": str(change.number)}])
    yield scene.refreshed()


def _reminded(scene: Scene, event: e.RevertReminded) -> Iterator[NewDelivery]:
    for change in standing(scene.ticket.changes):
        if change.number in event.numbers:
            text = f"To be undone now, and it still stands: {_change(change)}."
            undone = [{"do": REVERTED, "of": str(change.number)}]
            yield _choice(scene, text, undone, event.people, f"choice{change.number}")


def _change(change: TemporaryChange) -> str:
    return f"{change.number}) {change.text}, until {change.revert_by:%Y-%m-%d %H:%M} UTC"


def _words(kind: str) -> str:
    names = {
        "event_week": "a week before",
        "event_day": "a day before",
        "event_over": "a day after",
    }
    return names.get(kind, kind)


def _told(scene: Scene, text: str) -> list[NewDelivery]:
    return [scene.note(text), scene.refreshed()]


def _choice(
    scene: Scene,
    text: str,
    choices: Sequence[dict[str, str]],
    people: Sequence[str] = (),
    what: str = "choice",
) -> NewDelivery:
    """A message in the team's thread with buttons under it."""
    payload = {
        "number": scene.ticket.number,
        "version": scene.ticket.version,
        "people": [scene.mention(person) for person in people],
        "text": text,
        "choices": list(choices),
    }
    return scene.to_team("slack.choice", payload, what)
