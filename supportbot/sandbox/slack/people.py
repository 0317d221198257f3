"""The methods users.*, auth.test and apps.connections.open."""

from __future__ import annotations

from supportbot.sandbox.slack.call import Call
from supportbot.sandbox.slack.errors import Refused
from supportbot.sandbox.slack.model import Json, User
from supportbot.sandbox.slack.paging import page
from supportbot.sandbox.slack.shapes import user_json


def auth_test(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/auth.test"""
    workspace = call.workspace
    return {
        "url": "https://sandbox.slack.com/",
        "team": "Sandbox",
        "user": workspace.bot.name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def info(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/users.info"""
    call.need("users:read")
    return {"user": _shown(call, call.workspace.person(call.text("user")))}


def list_all(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/users.list, deactivated accounts included."""
    call.need("users:read")
    users = list(call.workspace.users.values())
    found, cursor = page(call, [(user.id, user) for user in users], most=1000)
    shown = [_shown(call, user) for user in found]
    return {"members": shown, "response_metadata": {"next_cursor": cursor}}


def lookup_by_email(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/users.lookupByEmail"""
    call.need("users:read.email")
    wanted = call.text("email").casefold()
    for user in call.workspace.users.values():
        if wanted and not user.deleted and (user.email or "").casefold() == wanted:
            return {"user": _shown(call, user)}
    raise Refused("users_not_found")


def _shown(call: Call, user: User) -> Json:
    # Without the scope Slack leaves the address out instead of refusing.
    with_email = "users:read.email" in call.scopes
    return user_json(call.workspace, user, with_email=with_email)
