"""Ready mode: the terms of a ticket that opens while its community needs more than usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from supportbot.domain.policy.playbook import Playbooks, Severity
from supportbot.domain.policy.step import Target


def severities_in(playbooks: Playbooks, *, ready_mode: bool) -> Mapping[str, Severity]:
    """The severities by their names, with the terms of ready mode where they have some."""
    if not ready_mode:
        return playbooks.severities
    return {**playbooks.severities, **playbooks.ready_severities}


def comes_to(key: str, ruled: str | None, playbooks: Playbooks, ready_mode: bool) -> bool:
    """Whether what a rule sorts as `ruled` gets the terms of a severity, in ready mode or not.

    Ready mode may lift it to that one, whose usual terms hold even then where it has no others.
    """
    lifted = playbooks.lifts.get(ruled or "", ruled)
    if ready_mode:
        return lifted == key
    return key in (ruled, lifted if key not in playbooks.ready_severities else ruled)


def named(
    engineers: Sequence[str], event: str | None, until: datetime | None
) -> tuple[Target, ...]:
    """The engineers of an event, as a step reaches them."""
    reason = f"named for {event}" if event else "named for an event of the community"
    return tuple(Target("person", key, reason, until) for key in engineers)


def named_in(terms: Severity) -> tuple[Target, ...]:
    """The engineers who are called together with step 1."""
    return tuple(t for step in terms.steps[:1] for t in step.targets if t.reason)


def with_named(terms: Severity, engineers: Sequence[Target]) -> Severity:
    """The terms with engineers called together with step 1."""
    if not engineers or not terms.steps:
        return terms
    first = terms.steps[0]
    called = {target.name for target in first.targets}
    further = (target for target in engineers if target.name not in called)
    step = replace(first, targets=(*first.targets, *further))
    return replace(terms, steps=(step, *terms.steps[1:]))
