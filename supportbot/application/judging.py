"""A message judged with what the desk knows at that moment."""

from __future__ import annotations

from datetime import datetime

from supportbot.application.ports import UnitOfWork
from supportbot.domain.background import NOTHING, Background
from supportbot.domain.facts import origin_of
from supportbot.domain.message import InboundMessage
from supportbot.domain.playbook import Hub, Playbooks
from supportbot.domain.triage import Triage, triage


def judge(uow: UnitOfWork, message: InboundMessage, playbooks: Playbooks, now: datetime) -> Triage:
    """The triage of a message as of `now` (aware UTC), beside the tickets that there are."""
    if playbooks.looks_back is None:
        return triage(message, playbooks, now)
    hub = origin_of(message, playbooks).hub
    return triage(message, playbooks, now, _background(uow, hub, playbooks, now))


def _background(
    uow: UnitOfWork, hub: Hub | None, playbooks: Playbooks, now: datetime
) -> Background:
    if hub is None or playbooks.looks_back is None:
        return NOTHING
    hubs = playbooks.hubs_of(hub.cluster)
    return Background(tuple(uow.tickets.beside(hubs, now - playbooks.looks_back)))
