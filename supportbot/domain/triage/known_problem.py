"""Known problems: a symptom that one has seen before, what helps meanwhile, and where it is mended.

A ticket that matches one says so; so many of them within a time ask for an issue of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from supportbot.domain.notices.delivery import ANSWER, NewDelivery
from supportbot.domain.triage.rule import Condition, Seen


@dataclass(frozen=True, slots=True)
class Often:
    """So many tickets within a time; `shown` is that time as it was written."""

    times: int
    within: timedelta
    shown: str


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """`issue` is the address of the issue where it is mended, where there is one; else one is
    opened when it comes `often`."""

    key: str
    title: str
    when: Condition
    workaround: str | None = None
    issue: str | None = None
    often: Often | None = None


def matching(problems: Iterable[KnownProblem], seen: Seen) -> str | None:
    """The key of the first problem that a message looks like."""
    return next((problem.key for problem in problems if problem.when.holds(seen)), None)


def issue_for(
    problem: KnownProblem, often: Often, ticket: int, count: int, repository: str
) -> NewDelivery:
    """The issue for a problem of which ticket `ticket` is the `count`-th within the time.

    It says what the team wrote of the problem, and nothing that a reporter wrote.
    """
    lines = [f"{count} tickets within {often.shown} look like this known problem."]
    if problem.workaround:
        lines.append(f"What helps meanwhile: {problem.workaround}")
    lines.append(
        f"Once this issue stands in known_problems.yaml (`{problem.key}: {{issue: …}}`), the team"
        " is led to it, and no other is opened."
    )
    return NewDelivery(
        key=f"problem.{problem.key}.{ticket}",
        kind="github.problem",
        ticket=None,
        target={"repo": repository},
        payload={
            "title": problem.title,
            "body": "\n\n".join(lines),
            "labels": ["known problem"],
            "assignees": [],
        },
        priority=ANSWER,
    )
