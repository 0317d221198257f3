"""How those are called whom a step of a policy reaches: mentions, pages, posts, paging services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from supportbot.domain.notices.delivery import ANSWER, NEWS, PAGE, NewDelivery, Priority
from supportbot.domain.notices.scene import Scene
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.planned.event_request import span
from supportbot.domain.policy.step import Group
from supportbot.domain.ticket import escalation_events as ee
from supportbot.domain.ticket import events as e

Facts = Mapping[str, Any]
# A page that belongs to no step has a place that no policy has.
_NO_PLACE = {"position": -1, "round": 0}


def calling_notices(scene: Scene, event: e.Event) -> Iterable[NewDelivery]:
    """Everything to be sent because of the scene's event, if it calls somebody."""
    match event:
        case e.Reached():
            return _reached(scene, event)
        case e.StepPassed():
            return [scene.note(_passed(scene, event)), scene.refreshed()]
        case ee.AcknowledgedToo():
            return [scene.note(_too(scene, event)), scene.refreshed()]
        case ee.AllHands():
            return _all_hands(scene, event)
    return ()


def headline(scene: Scene) -> dict[str, Any]:
    """What a page says of its ticket: enough to decide whether to get up."""
    ticket = scene.ticket
    community = scene.playbooks.communities.get(ticket.community or "")
    return {
        "number": ticket.number,
        "severity": ticket.terms.key,
        "means": ticket.terms.means,
        "title": ticket.title,
        "community": community.name if community else None,
        "hub": ticket.hub,
        "symptom": ticket.symptom,
    }


def to_channel(scene: Scene, channel: str, what: str) -> NewDelivery:
    return NewDelivery(
        key=scene.key(what),
        kind="slack.post",
        ticket=scene.ticket.number,
        target={"channel": channel},
        payload=headline(scene),
        priority=ANSWER,
    )


def _reached(scene: Scene, event: e.Reached) -> Iterator[NewDelivery]:
    facts = {
        **headline(scene),
        "step": event.step + 1,
        "last_resort": event.last_resort,
        "attempt": event.attempt,
        "late_minutes": int(event.late_by // 60),
        "by": scene.name(event.by) if event.by else None,
    }
    place = {"position": event.position, "round": scene.ticket.round}
    called = list(zip(event.people, event.reasons, strict=True))
    yield from _mentioned(scene, {**facts, "urgent": event.urgent}, called, event.groups)
    if event.urgent:
        yield from _pages(scene, {**facts, **place}, called, event.webhooks)
    for person in event.shadows:
        copy = {**facts, "called": [scene.name(each) for each in event.people]}
        yield _direct(scene, "slack.copy", person, copy, NEWS)
    for number, channel in enumerate(event.channels):
        yield to_channel(scene, channel, f"channel{number}")
    if event.second_line:
        # The public hears of it once, however often they are called: a key is kept once.
        key = f"{scene.ticket.reference}.second-line"
        for comment in scene.to_issue("github.comment", {"body": "Second line has been called."}):
            yield replace(comment, key=key)
    yield scene.refreshed()


def _mentioned(
    scene: Scene, facts: Facts, called: Sequence[tuple[str, str]], groups: Sequence[Group]
) -> Iterator[NewDelivery]:
    """In the team's thread, where a group's members are called by its name."""
    if not called and not groups:
        return
    said = {
        "people": [scene.mention(person) for person, _ in called],
        "reasons": [reason for _, reason in called],
        "groups": [{"handle": group.handle, "id": group.id} for group in groups],
    }
    yield scene.to_team("slack.mention", {**facts, **said}, "mention")


def _pages(
    scene: Scene, facts: Facts, called: Iterable[tuple[str, str]], webhooks: Iterable[str]
) -> Iterator[NewDelivery]:
    for person, reason in called:
        yield _direct(scene, "slack.page", person, {**facts, "reason": reason}, PAGE)
    for name in webhooks:
        target = {"person": f"webhook:{name}", "webhook": name}
        why = {**facts, "reason": "named in the policy"}
        yield _sent(scene, "webhook.page", target, why, PAGE)


def _direct(
    scene: Scene, kind: str, person: str, payload: Facts, priority: Priority
) -> NewDelivery:
    """A direct message to somebody."""
    known = scene.playbooks.people.get(person)
    target = {
        "person": person,
        "user": (known.slack if known else None) or "",
        "mail": (known.mail if known else None) or "",
    }
    return _sent(scene, kind, target, payload, priority)


def _sent(
    scene: Scene, kind: str, target: Mapping[str, str], payload: Facts, priority: Priority
) -> NewDelivery:
    return NewDelivery(
        key=scene.key(f"{kind.partition('.')[2]}.{target['person']}"),
        kind=kind,
        ticket=scene.ticket.number,
        target=target,
        payload=payload,
        priority=priority,
    )


def _passed(scene: Scene, event: e.StepPassed) -> str:
    last = event.step >= len(scene.ticket.terms.steps)
    step = "The last resort" if last else f"Step {event.step + 1}"
    until = f" until {spoken(event.until, 'UTC')}" if event.until else ""
    return f"{step} {event.how}{until}: {event.reason}."


def _too(scene: Scene, event: ee.AcknowledgedToo) -> str:
    missing = [scene.name(person) for person in scene.ticket.awaited]
    rest = f" Still to acknowledge: {', '.join(missing)}." if missing else ""
    return f"{scene.name(event.by)} acknowledged it, too.{rest}"


def _all_hands(scene: Scene, event: ee.AllHands) -> Iterator[NewDelivery]:
    hands = scene.ticket.terms.all_hands
    length = f" for {span(hands.after)}" if hands else ""
    said = f"All hands: {scene.name(event.alone)} has been alone with it{length}."
    called = list(zip(event.people, event.reasons, strict=True))
    if not (called or event.channels or event.groups or event.webhooks):
        yield scene.note(f"{said} Nobody else can be called: {event.nobody}.")
        return
    yield scene.note(said)
    facts = {
        **headline(scene),
        "attempt": 1,
        "late_minutes": 0,
        "by": None,
        "urgent": True,
    }
    yield from _mentioned(scene, facts, called, event.groups)
    reasons = [(person, f"{said} You are called because: {reason}") for person, reason in called]
    yield from _pages(scene, {**facts, **_NO_PLACE}, reasons, event.webhooks)
    for number, channel in enumerate(event.channels):
        yield to_channel(scene, channel, f"channel{number}")
