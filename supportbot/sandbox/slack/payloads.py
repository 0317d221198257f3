"""The payloads of clicks, forms and commands.

https://docs.slack.dev/reference/interaction-payloads and
https://docs.slack.dev/interactivity/implementing-slash-commands
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from supportbot.sandbox.slack.interactivity import Interactivity
from supportbot.sandbox.slack.model import Channel, Json, Message, User, View
from supportbot.sandbox.slack.shapes import message_json
from supportbot.sandbox.slack.workspace import Workspace

DOMAIN = "sandbox"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where payloads come from. `url` makes an address of a response URL's path."""

    workspace: Workspace
    interactivity: Interactivity
    url: Callable[[str], str]


def block_actions(origin: Origin, user: User, place: Message | View, action: Json) -> Json:
    """A button pressed, an option picked."""
    where = _in_view(place) if isinstance(place, View) else _in_message(origin, user, place)
    return {**_interaction(origin, user, "block_actions"), **where, "actions": [action]}


def view_submission(origin: Origin, user: User, view: View) -> Json:
    """A form sent."""
    shared = _interaction(origin, user, "view_submission")
    return {**shared, "view": view.body, "response_urls": []}


def view_closed(origin: Origin, user: User, view: View) -> Json:
    """A form closed."""
    shared = _interaction(origin, user, "view_closed")
    return {**shared, "view": view.body, "is_cleared": False}


def slash_command(origin: Origin, user: User, channel: Channel, command: str, text: str) -> Json:
    """A slash command; in Socket Mode its form fields come as an object of strings."""
    return {
        "token": "sandbox",
        "team_id": origin.workspace.team_id,
        "team_domain": DOMAIN,
        "channel_id": channel.id,
        "channel_name": _name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": origin.workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": origin.url(origin.interactivity.new_url(channel.id, user.id)),
        "trigger_id": origin.interactivity.new_trigger(user.id),
    }


def home_opened(workspace: Workspace, user: User) -> Json:
    """The event of a look at the Home tab."""
    return {
        "type": "app_home_opened",
        "user": user.id,
        "channel": workspace.direct(user.id).id,
        "tab": "home",
        "event_ts": workspace.next_ts(),
    }


def _interaction(origin: Origin, user: User, kind: str) -> Json:
    team = origin.workspace.team_id
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": team},
        "api_app_id": origin.workspace.app_id,
        "token": "sandbox",
        "trigger_id": origin.interactivity.new_trigger(user.id),
        "team": {"id": team, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _in_view(view: View) -> Json:
    return {"container": {"type": "view", "view_id": view.id}, "view": view.body}


def _in_message(origin: Origin, user: User, message: Message) -> Json:
    workspace, ephemeral = origin.workspace, message.only_for is not None
    channel = workspace.channels[message.channel]
    path = origin.interactivity.new_url(channel.id, user.id, message.ts, ephemeral=ephemeral)
    thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
        **thread,
    }
    # Slack leaves the message out when only one person sees it.
    shown = {} if ephemeral else {"message": message_json(workspace, message)}
    return {
        "container": container,
        "channel": {"id": channel.id, "name": _name(channel)},
        "state": {"values": {}},
        "response_url": origin.url(path),
        **shown,
    }


def _name(channel: Channel) -> str:
    return {"im": "directmessage", "group": "privategroup"}.get(channel.kind, channel.name)
