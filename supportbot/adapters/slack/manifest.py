"""The app manifest: everything about the app that Slack has to be told, as one value.

https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from typing import Any

SCOPES = {
    "app_mentions:read": "hear when somebody mentions the bot",
    "channels:history": "hear and catch up on public channels; look before sending twice",
    "channels:read": "names of public channels, and which of them the bot is in",
    "chat:write": "post and edit its own messages",
    "commands": "take requests by /support",
    "groups:history": "hear and catch up on private channels; look before sending twice",
    "groups:read": "names of private channels that it was invited to",
    "im:history": "hear and catch up on direct messages; look before paging twice",
    "im:read": "know a direct message as one",
    "im:write": "open a direct message, to page someone or to answer /support",
    "metadata.message:read": "see the key on its own messages when it looks before sending twice",
    "usergroups:write": "put whoever is on call into the user groups that follow a rotation",
    "users:read": "names of those who write; whether an account is still active",
    "users:read.email": "match people of the playbooks by their mail address",
}
"""What the bot token may do, and what for."""

EVENTS = ("app_mention", "message.channels", "message.groups", "message.im")
APP_TOKEN_SCOPE = "connections:write"  # noqa: S105 - the name of a scope
COMMAND = "/support"
REQUEST_PATH = "/slack/events"
"""Where everything of Slack's comes in over HTTP."""


def manifest(request_url: str | None = None, name: str = "supportbot") -> dict[str, Any]:
    """The manifest as a JSON value; `name` (35 characters at most) is what people see and type.

    `request_url` is the https address that Slack posts to; without one it is Socket Mode.
    """
    return {
        "display_information": {
            "name": name,
            "description": "Hears requests for help, and pages who is on call",
            "background_color": "#1f4e5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "slash_commands": [_command(request_url)],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {**_at("request_url", request_url), "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **_at("request_url", request_url)},
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            "token_rotation_enabled": False,
        },
    }


def _command(request_url: str | None) -> dict[str, Any]:
    return {
        "command": COMMAND,
        **_at("url", request_url),
        "description": "Ask the support desk for help",
        "usage_hint": "what is wrong; nothing opens a form",
        # People's and channels' names stay as they were typed.
        "should_escape": False,
    }


def _at(name: str, request_url: str | None) -> dict[str, str]:
    return {} if request_url is None else {name: request_url}
