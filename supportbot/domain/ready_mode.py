"""Ready mode: the terms of a ticket that opens while its community needs more than usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from supportbot.domain.playbook import Playbooks, Severity, Target


def severities_in(playbooks: Playbooks, *, ready_mode: bool) -> Mapping[str, Severity]:
    """The severities by their names, with the terms of ready mode where they have some."""
    if not ready_mode:
        return playbooks.severities
    return {**playbooks.severities, **playbooks.ready_severities}


def with_engineers(terms: Severity, engineers: Sequence[str], event: str | None) -> Severity:
    """The terms with the engineers of an event called together with step 1."""
    if not engineers or not terms.steps:
        return terms
    reason = f"named for {event}" if event else "named for an event of the community"
    first = terms.steps[0]
    called = {target.name for target in first.targets}
    named = (Target("person", key, reason) for key in engineers if key not in called)
    steps = (replace(first, targets=(*first.targets, *named)), *terms.steps[1:])
    return replace(terms, steps=steps)
