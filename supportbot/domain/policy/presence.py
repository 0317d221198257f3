"""Who of some people is there: who is away is not called."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from supportbot.domain.on_call.absence import Absence, absence_at
from supportbot.domain.policy.playbook import Playbooks


def absence_of(key: str, playbooks: Playbooks, at: datetime) -> Absence | None:
    """The leave that a person (by their key) is on at `at` (aware), if any."""
    person = playbooks.people.get(key)
    return absence_at(person.away, at) if person is not None and person.away else None


def present(people: Iterable[str], playbooks: Playbooks, at: datetime) -> tuple[str, ...]:
    """Those of them who are not on leave at `at` (aware)."""
    return tuple(key for key in people if absence_of(key, playbooks, at) is None)
