"""How a workspace's things look in Slack's JSON, in answers and in events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supportbot.sandbox.slack.model import Channel, Json, Message, User

if TYPE_CHECKING:
    from supportbot.sandbox.slack.workspace import Workspace


def user_json(workspace: Workspace, user: User, *, with_email: bool = True) -> Json:
    """https://docs.slack.dev/reference/objects/user-object"""
    profile: Json = {
        "real_name": user.real_name,
        "display_name": user.name,
        "real_name_normalized": user.real_name,
        "display_name_normalized": user.name,
        "team": workspace.team_id,
    }
    if with_email and user.email is not None:
        profile["email"] = user.email
    shown: Json = {
        "id": user.id,
        "team_id": workspace.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "profile": profile,
    }
    if user.deleted:  # Slack keeps little of a deactivated account
        return shown
    return {**shown, "real_name": user.real_name, "tz": user.tz, "is_admin": False}


def channel_json(workspace: Workspace, channel: Channel) -> Json:
    """https://docs.slack.dev/reference/objects/conversation-object"""
    shared: Json = {
        "id": channel.id,
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "context_team_id": workspace.team_id,
    }
    if channel.kind == "im":
        return {**shared, "user": channel.user, "is_open": True, "is_user_deleted": False}
    return {
        **shared,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_private": channel.kind == "group",
        "is_member": workspace.bot.id in channel.members,
        "num_members": len(channel.members),
    }


def message_json(workspace: Workspace, message: Message, *, metadata: bool = False) -> Json:
    """https://docs.slack.dev/reference/events/message, with the thread's numbers on a root."""
    shown: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": workspace.team_id,
    }
    if message.only_for is not None:
        shown["is_ephemeral"] = True
    if message.bot_id is not None:
        shown |= {"bot_id": message.bot_id, "app_id": workspace.app_id}
    if message.broadcast:
        shown["subtype"] = "thread_broadcast"
    if message.blocks:
        shown["blocks"] = list(message.blocks)
    if message.attachments:
        shown["attachments"] = list(message.attachments)
    if message.edited_ts is not None:
        shown["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.reactions:
        shown["reactions"] = _reactions_json(message)
    if metadata and message.metadata is not None:
        shown["metadata"] = message.metadata
    return shown | _thread_json(workspace, message)


def _reactions_json(message: Message) -> list[Json]:
    names = dict.fromkeys(name for name, _ in message.reactions)
    by_name = {name: [user for n, user in message.reactions if n == name] for name in names}
    return [{"name": n, "users": users, "count": len(users)} for n, users in by_name.items()]


def _thread_json(workspace: Workspace, message: Message) -> Json:
    if message.is_reply:
        inside = workspace.messages[message.channel]
        root = inside.get(message.thread_ts or "")
        parent = {} if root is None else {"parent_user_id": root.user}
        return {"thread_ts": message.thread_ts, **parent}
    replies = [m for m in workspace.thread(message.channel, message.ts) if m.is_reply]
    if not replies:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": list(dict.fromkeys(m.user for m in replies)),
        "latest_reply": replies[-1].ts,
    }


def posted_event(workspace: Workspace, message: Message) -> Json:
    """The `message` event for a new message, by whomever."""
    return {**message_json(workspace, message, metadata=True), **_where(workspace, message)}


def mention_event(workspace: Workspace, message: Message) -> Json:
    """The `app_mention` that goes out beside the `message` event, with the same ts."""
    shown = message_json(workspace, message)
    return {**shown, "type": "app_mention", "channel": message.channel, "event_ts": message.ts}


def edited_event(workspace: Workspace, before: Message, after: Message) -> Json:
    """The `message` event of subtype `message_changed`."""
    return _hidden(workspace, "message_changed", after, before)


def deleted_event(workspace: Workspace, message: Message) -> Json:
    """The `message` event of subtype `message_deleted`."""
    return _hidden(workspace, "message_deleted", None, message)


def _hidden(workspace: Workspace, subtype: str, after: Message | None, before: Message) -> Json:
    ts = workspace.next_ts()
    event: Json = {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        **_where(workspace, before),
        "ts": ts,
        "event_ts": ts,
        "previous_message": message_json(workspace, before),
    }
    if after is None:
        return {**event, "deleted_ts": before.ts}
    return {**event, "message": message_json(workspace, after)}


def _where(workspace: Workspace, message: Message) -> Json:
    kind = workspace.channels[message.channel].kind
    return {"channel": message.channel, "event_ts": message.ts, "channel_type": kind}
