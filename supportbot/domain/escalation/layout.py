"""The places of a plan: each try of each step, in the order in which they come due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from supportbot.domain.on_call import working_time
from supportbot.domain.policy.step import Step

_ANY = datetime(2000, 1, 1, tzinfo=UTC)
# By identity, as who is on call: thousands of tickets have the very same steps, and each timer that
# fires asks for the plan. They are held beside it, so that their id cannot be given to others.
_KEPT = 256
_known: dict[int, tuple[tuple[Step, ...], tuple[Due, ...] | None]] = {}


@dataclass(frozen=True, slots=True)
class Due:
    """One place in a plan: try `attempt` (from 1) of step `index`, due at `at` (aware UTC)."""

    at: datetime
    index: int
    attempt: int
    step: Step


def laid_out(steps: Iterable[tuple[int, Step]], start: datetime) -> tuple[Due, ...]:
    """What these steps, each with its index, do in a round from `start` (aware), in that order."""
    dues = (
        Due(working_time.add(start, step.after) + later, index, attempt, step)
        for index, step in steps
        for attempt, later in enumerate(step.tries(), start=1)
    )
    return tuple(sorted(dues, key=lambda due: (due.at, due.index)))


def of_whole(steps: tuple[Step, ...], start: datetime) -> tuple[Due, ...]:
    """The same of a whole policy, for a round from `start` (UTC)."""
    known = _from_any(steps)
    if known is None:
        return laid_out(enumerate(steps), start)
    later = start - _ANY
    return tuple(Due(due.at + later, due.index, due.attempt, due.step) for due in known)


def _from_any(steps: tuple[Step, ...]) -> tuple[Due, ...] | None:
    """From `_ANY` on, worked out once; None where it depends on when a round starts."""
    found = _known.get(id(steps))
    if found is None or found[0] is not steps:
        if len(_known) >= _KEPT:
            _known.clear()
        elapsed = all(step.after.kind == "elapsed" for step in steps)
        found = steps, laid_out(enumerate(steps), _ANY) if elapsed else None
        _known[id(steps)] = found
    return found[1]
