"""What happens to a ticket that somebody has, and that still calls others."""

from __future__ import annotations

from dataclasses import dataclass

from supportbot.domain.policy.step import Group
from supportbot.domain.ticket.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgedToo(Event):
    """One more of those who are each to acknowledge did so, after somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllHands(Event):
    """One person, `alone`, had every line for as long as the terms allow: others are called, each
    for the reason in their order; `nobody` says why there are none."""

    alone: str
    people: tuple[str, ...]
    reasons: tuple[str, ...]
    channels: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    webhooks: tuple[str, ...] = ()
    nobody: str = ""
