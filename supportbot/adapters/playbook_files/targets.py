"""Names of those who can be reached: rotations, roles, people, the owner, channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from supportbot.adapters.playbook_files.faults import did_you_mean, quoted
from supportbot.adapters.playbook_files.forms import channel
from supportbot.adapters.playbook_files.place import At, NameSet
from supportbot.domain.policy.step import Target

OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Targets:
    """Every name that a step or a rule may reach by."""

    rotations: NameSet
    roles: NameSet
    people: NameSet

    def all(self, names: Iterable[str], at: At) -> tuple[Target, ...]:
        """What the names of a step mean; an unknown one is noted and left out."""
        found = (self._one(name, at.to(number)) for number, name in enumerate(names))
        return tuple(dict.fromkeys(target for target in found if target))

    def check_owner(self, name: str | None, at: At) -> None:
        """Note an owner who is neither a rotation nor a role nor a person."""
        if name and not self._kind(name):
            self._note_unknown(name, at)

    def _one(self, name: str, at: At) -> Target | None:
        if name == OWNER:
            return Target("owner", OWNER)
        if name.startswith("#"):
            found = at.attempt(lambda: channel(name))
            return Target("channel", found) if found else None
        kind = self._kind(name)
        if not kind:
            self._note_unknown(name, at)
            return None
        return Target(kind, name)

    def _kind(self, name: str) -> Literal["rotation", "role", "person"] | None:
        if name in self.rotations.names:
            return "rotation"
        if name in self.roles.names:
            return "role"
        if name in self.people.names:
            return "person"
        everything_read = all(s.complete for s in (self.rotations, self.roles, self.people))
        return None if everything_read else "person"

    def _note_unknown(self, name: str, at: At) -> None:
        mend = did_you_mean(name, {*self.rotations, *self.roles, *self.people})
        at.fault(f"no rotation, role or person is called {quoted(name)}", mend)
