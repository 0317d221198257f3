"""Overrides: for a while somebody stands in, joins, or is away, whatever the layers say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from supportbot.domain.on_call.wall_clock import utc


@dataclass(frozen=True, slots=True)
class Override:
    """From `start` to `end` (aware, end excluded): `with_` stands in for `replace`.

    Without `replace`, `with_` is on as well; without `with_`, `replace` is away and nobody stands
    in. `reason` is free text. Raises ValueError when it says nothing or never holds.
    """

    start: datetime
    end: datetime
    replace: str | None
    with_: str | None
    reason: str = ""

    def __post_init__(self) -> None:
        if utc(self.start) >= utc(self.end):
            raise ValueError(f"an override must end after it starts, {self.start.isoformat()}")
        if self.replace == self.with_:
            raise ValueError("an override names somebody to replace, or somebody else to be on")

    def __str__(self) -> str:
        until = utc(self.end).isoformat(" ", "minutes")[:16]
        why = f" ({self.reason})" if self.reason else ""
        if self.replace is None:
            return f"override until {until} UTC: {self.with_} as well{why}"
        return f"override until {until} UTC: {self.with_ or 'nobody'} for {self.replace}{why}"


@dataclass(frozen=True, slots=True)
class Cover:
    """The overrides in force at one moment: by the person replaced, by the person joining."""

    swaps: Mapping[str, Override]
    joining: Mapping[str, Override]

    def applied_to(self, person: str) -> tuple[Override, ...]:
        """The override for this person, then the one for their stand-in, and so on.

        Where that leads in a circle people have traded places, and each goes one place on.
        """
        if person not in self.swaps:  # as most people, whenever they are asked after
            return ()
        chain = self._chain(person)
        closing = self.swaps.get(chain[-1].with_ or "")
        return tuple(chain[: chain.index(closing) + 1] if closing else chain)

    def stand_in(self, person: str) -> str | None:
        """Whoever is on when the layer or an override names this person; None: nobody."""
        applied = self.applied_to(person)
        return applied[-1].with_ if applied else person

    def asked_after(self, people: Iterable[str]) -> set[str]:
        """The people, and everyone who was looked at on the way to their stand-ins."""
        asked = set(people)
        return asked | {o.with_ for person in asked for o in self._chain(person) if o.with_}

    def _chain(self, person: str) -> list[Override]:
        chain: list[Override] = []
        following = self.swaps.get(person)
        while following and following not in chain:
            chain.append(following)
            following = self.swaps.get(following.with_ or "")
        return chain


def cover_at(overrides: tuple[Override, ...], at: datetime) -> Cover:
    """What is in force at `at` (UTC); of several for one person the last in the tuple holds."""
    active = [override for override in overrides if override.start <= at < override.end]
    return Cover(
        swaps={o.replace: o for o in active if o.replace is not None},
        joining={o.with_: o for o in active if o.replace is None and o.with_},
    )
