"""The method usergroups.users.update."""

from __future__ import annotations

from supportbot.sandbox.slack.call import Call
from supportbot.sandbox.slack.errors import Refused
from supportbot.sandbox.slack.model import Group, Json


def update(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/usergroups.users.update: the list replaces the old
    one, and must not be empty."""
    call.need("usergroups:write")
    group = _group(call)
    users = [user for user in call.text("users").split(",") if user]
    if not users:
        raise Refused("no_users_provided")
    for user in users:
        if call.workspace.person(user).deleted:
            raise Refused("invalid_users")
    return {"usergroup": _shown(call.workspace.add_group(group.id, group.handle, users))}


def _group(call: Call) -> Group:
    group = call.workspace.groups.get(call.text("usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    return group


def _shown(group: Group) -> Json:
    return {
        "id": group.id,
        "handle": group.handle,
        "name": group.handle,
        "is_usergroup": True,
        "date_delete": 0,
        "users": list(group.users),
        "user_count": len(group.users),
    }
