"""A message judged with what the desk knows at that moment."""

from __future__ import annotations

from datetime import datetime

from supportbot.application.ports import UnitOfWork
from supportbot.domain.background import Background, Earlier
from supportbot.domain.facts import origin_of
from supportbot.domain.message import InboundMessage
from supportbot.domain.playbook import Hub, Playbooks
from supportbot.domain.triage import Triage, triage


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
    community = origin.community.key if origin.community else None
    background = Background(
        earlier=_earlier(uow, origin.hub, playbooks, now),
        events=tuple(uow.planned.events_on(community, now)) if community else (),
        released=released,
    )
    return triage(message, playbooks, now, background)


def _earlier(
    uow: UnitOfWork, hub: Hub | None, playbooks: Playbooks, now: datetime
) -> tuple[Earlier, ...]:
    if hub is None or playbooks.looks_back is None:
        return ()
    hubs = playbooks.hubs_of(hub.cluster)
    return tuple(uow.tickets.beside(hub.id, hubs, now - playbooks.looks_back))
