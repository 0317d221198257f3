"""The app manifest: everything about the app that Slack has to be told, as one value.

https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from typing import Any

SCOPES = {
    "app_mentions:read": "hear when somebody mentions the bot",
    "channels:history": "hear messages in public channels; look before sending twice",
    "channels:read": "names of public channels",
    "chat:write": "post and edit its own messages",
    "groups:history": "hear messages in private channels; look before sending twice",
    "groups:read": "names of private channels that it was invited to",
    "im:history": "hear direct messages; look before paging twice",
    "im:read": "know a direct message as one",
    "im:write": "open a direct message, to page someone",
    "metadata.message:read": "see the key on its own messages when it looks before sending twice",
    "users:read": "names of those who write; whether an account is still active",
    "users:read.email": "match people of the playbooks by their mail address",
}
"""What the bot token may do, and what for."""

EVENTS = ("app_mention", "message.channels", "message.groups", "message.im")
APP_TOKEN_SCOPE = "connections:write"  # noqa: S105 - the name of a scope


def manifest(name: str = "supportbot") -> dict[str, Any]:
    """The manifest as a JSON value; `name` (35 characters at most) is what people see and type."""
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
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }
