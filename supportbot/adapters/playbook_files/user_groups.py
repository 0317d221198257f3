"""`user_groups` in rotations.yaml: Slack user groups whose members follow the rotations."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import Field

from supportbot.adapters.playbook_files.faults import quoted
from supportbot.adapters.playbook_files.forms import Form, Name, Names
from supportbot.adapters.playbook_files.place import At, NameSet
from supportbot.domain.on_call.user_group import UserGroup

_ID = re.compile("S[A-Z0-9]{2,20}")


class UserGroupForm(Form):
    id: Name = Field(
        examples=["S0FIRST"], description="the group's id at Slack, which begins with an S"
    )
    follows: Names = Field(
        examples=["first-line"], description="the rotations whose people are in it"
    )
    if_nobody: Names = Field(
        examples=["manager"],
        description="the people or roles that go in while nobody is on call in any of them",
    )


def link_user_groups(
    forms: Mapping[str, UserGroupForm],
    rotations: NameSet,
    people: NameSet,
    roles: Mapping[str, tuple[str, ...]],
    at: At,
) -> dict[str, UserGroup]:
    """The groups by their handles."""
    return {
        handle: _group(handle, form, rotations, people, roles, at.to(handle))
        for handle, form in forms.items()
    }


def _group(
    handle: str,
    form: UserGroupForm,
    rotations: NameSet,
    people: NameSet,
    roles: Mapping[str, tuple[str, ...]],
    at: At,
) -> UserGroup:
    if not _ID.fullmatch(form.id):
        mend = "in Slack: People, User groups, the group, ⋮, then its id"
        at.to("id").fault(f"{quoted(form.id)} is no user group's id, such as S0FIRST", mend)
    at.to("follows").all_known("rotation", form.follows, rotations)
    either = NameSet(people.names | frozenset(roles), complete=people.complete)
    at.to("if_nobody").all_known("person or role", form.if_nobody, either)
    stand_ins = (p for name in form.if_nobody for p in roles.get(name, (name,)))
    known = tuple(name for name in form.follows if name in rotations.names)
    return UserGroup(handle, form.id, known, tuple(dict.fromkeys(stand_ins)))
