"""What the public reads of a ticket in its issue: fields of an allow-list, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from supportbot.domain.escalation.plan import plan
from supportbot.domain.notices.scene import Scene, joined
from supportbot.domain.triage.decision import on_call_for

LINK = "{link}"
"""Stands for the link to the team's message until whoever sends the issue knows it."""


def issue_values(scene: Scene) -> dict[str, str]:
    """The allow-list of what the public may read: never the reporter's subject or text."""
    ticket = scene.ticket
    community = scene.playbooks.communities.get(ticket.community or "")
    done = dict.fromkeys(due.index for due in plan(ticket)[: ticket.position])
    steps = [f"step {index + 1}" for index in done]
    return {
        "reference": ticket.reference,
        "severity": ticket.terms.key,
        "community": community.name if community else "",
        "hub": ticket.hub or "",
        "cluster": ticket.cluster or "",
        "symptom": ticket.symptom or "",
        "opened": _utc(ticket.opened_at),
        "kind": ticket.kind,
        "labels": ", ".join(ticket.labels),
        "first_line": _on_line(scene, ticket.first_line),
        "second_line": _on_line(scene, ticket.second_line),
        "attempts": ", ".join(steps),
        "users_affected": "" if ticket.users_affected == "unknown" else ticket.users_affected,
        "link": LINK,
    }


def _on_line(scene: Scene, line: str) -> str:
    owners: Sequence[Any] = on_call_for(line, scene.playbooks, scene.event.at)
    return joined(scene.name(owner.person) for owner in owners)


def _utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
