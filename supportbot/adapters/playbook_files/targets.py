"""Names of those who can be reached: rotations, roles, people, the owner, channels, user groups,
paging services."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from supportbot.adapters.playbook_files.faults import Unreadable, did_you_mean, quoted
from supportbot.adapters.playbook_files.forms import channel
from supportbot.adapters.playbook_files.place import At, NameSet
from supportbot.domain.policy.step import Target

OWNER = "owner"
_WEBHOOK = "webhook:"
_WEBHOOK_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_GROUP_ID = re.compile(r"S[A-Z0-9]{2,20}")


def webhook(name: str) -> str:
    """The name of a webhook, which is also the end of a setting's. Raises Unreadable."""
    if not _WEBHOOK_NAME.fullmatch(name):
        mend = "write small letters, digits, - and _, such as webhook:pager"
        raise Unreadable(f"{quoted(name)} cannot be the name of a webhook", mend)
    return name


@dataclass(frozen=True, slots=True)
class Targets:
    """Every name that a step or a rule may reach by."""

    rotations: NameSet
    roles: NameSet
    people: NameSet
    groups: Mapping[str, str] = field(default_factory=dict)
    """The ids of Slack user groups by their handles."""

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
        if name.startswith("@"):
            return self._group(name.removeprefix("@"), at)
        if name.startswith(_WEBHOOK):
            return at.attempt(lambda: Target("webhook", webhook(name.removeprefix(_WEBHOOK))))
        kind = self._kind(name)
        if not kind:
            self._note_unknown(name, at)
            return None
        return Target(kind, name)

    def _group(self, handle: str, at: At) -> Target | None:
        if _GROUP_ID.fullmatch(handle):
            return Target("group", handle, address=handle)
        if handle in self.groups or not self.rotations.complete:
            return Target("group", handle, address=self.groups.get(handle, ""))
        near = did_you_mean(handle, self.groups)
        mend = near or 'write its id, as in "@S0123ABCD", or add it to `user_groups:`'
        at.fault(f"no user group is called {quoted(handle)}", mend)
        return None

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
