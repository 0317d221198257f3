"""A message judged with what the desk knows at that moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from supportbot.application.ports import UnitOfWork
from supportbot.domain.policy.playbook import Hub, Playbooks
from supportbot.domain.triage.background import Background, Earlier
from supportbot.domain.triage.decision import Triage, triage, triage_of
from supportbot.domain.triage.facts import Origin, facts_of, origin_of
from supportbot.domain.triage.message import InboundMessage


def judge(
    uow: UnitOfWork,
    message: InboundMessage,
    playbooks: Playbooks,
    now: datetime,
    *,
    released: bool = False,
) -> Triage:
    """The triage of a message as of `now` (aware UTC), beside the tickets that there are.

    `released` when a person took it out of quarantine.
    """
    origin = origin_of(message, playbooks)
    background = _background(uow, origin, playbooks, now, released=released)
    return triage_of(facts_of(message, origin, playbooks, now, background), playbooks)


def judge_again(
    uow: UnitOfWork, found: Triage, message: InboundMessage, playbooks: Playbooks
) -> Triage:
    """The same triage against the tickets that there are by now: rules may ask how often something
    came, or what is open. What is the same is not judged twice."""
    if playbooks.looks_back is None:
        return found
    facts = found.facts
    hub = playbooks.hub(facts.hub)
    earlier = _earlier(uow, hub, playbooks, facts.at)
    if earlier == facts.background.earlier:
        return found
    return triage(message, playbooks, facts.at, replace(facts.background, earlier=earlier))


def _background(
    uow: UnitOfWork, origin: Origin, playbooks: Playbooks, now: datetime, *, released: bool
) -> Background:
    community = origin.community.key if origin.community else None
    return Background(
        earlier=_earlier(uow, origin.hub, playbooks, now),
        events=tuple(uow.planned.events_on(community, now)) if community else (),
        released=released,
    )


def _earlier(
    uow: UnitOfWork, hub: Hub | None, playbooks: Playbooks, now: datetime
) -> tuple[Earlier, ...]:
    if hub is None or playbooks.looks_back is None:
        return ()
    hubs = playbooks.hubs_of(hub.cluster)
    return tuple(uow.tickets.beside(hub.id, hubs, now - playbooks.looks_back))
