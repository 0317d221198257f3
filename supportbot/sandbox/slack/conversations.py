"""The methods conversations.*"""

from __future__ import annotations

from collections.abc import Iterable

from supportbot.sandbox.slack.call import Call
from supportbot.sandbox.slack.errors import Refused
from supportbot.sandbox.slack.model import Channel, Json, Message
from supportbot.sandbox.slack.paging import page
from supportbot.sandbox.slack.shapes import channel_json, message_json

_TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


def open_direct(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/conversations.open, for one user only."""
    call.need("im:write")
    if call.maybe("channel"):
        channel = call.workspace.channel(call.text("channel"))
        if channel.kind != "im":
            raise Refused("channel_not_found")
        return _opened(call, channel, known=True)
    users = [each for each in call.text("users").split(",") if each]
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > 1:
        raise Refused("too_many_users")
    return _open_with(call, users[0])


def _open_with(call: Call, user_id: str) -> Json:
    user = call.workspace.person(user_id)
    if user.deleted:
        raise Refused("user_disabled")
    if user.is_bot:
        raise Refused("cannot_dm_bot")
    known = any(channel.user == user.id for channel in call.workspace.channels.values())
    return _opened(call, call.workspace.direct(user.id), known=known)


def _opened(call: Call, channel: Channel, *, known: bool) -> Json:
    shown = channel_json(call.workspace, channel) if call.flag("return_im") else {"id": channel.id}
    return {"channel": shown, **({"no_op": True, "already_open": True} if known else {})}


def list_all(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/conversations.list"""
    return _list(call, _visible(call))


def list_own(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/users.conversations, of the bot itself."""
    bot = call.workspace.bot.id
    return _list(call, [each for each in _visible(call) if bot in each.members])


def _list(call: Call, every: Iterable[Channel]) -> Json:
    wanted = call.text("types", "public_channel").replace(" ", "").split(",")
    if unknown := set(wanted) - set(_TYPES):
        raise Refused("invalid_types", messages=[f"unknown type: {each}" for each in unknown])
    kinds = {_TYPES[each] for each in wanted}
    seen = [channel for channel in every if channel.kind in kinds]
    if call.flag("exclude_archived"):
        seen = [channel for channel in seen if not channel.archived]
    for channel in seen:
        call.need_on(channel, "read")
    found, cursor = page(call, [(channel.id, channel) for channel in seen])
    shown = [channel_json(call.workspace, channel) for channel in found]
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


def _visible(call: Call) -> list[Channel]:
    bot = call.workspace.bot.id
    every = call.workspace.channels.values()
    return [each for each in every if each.kind == "channel" or bot in each.members]


def info(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/conversations.info"""
    channel = call.workspace.channel(call.text("channel"))
    call.need_on(channel, "read")
    return {"channel": channel_json(call.workspace, channel)}


def join(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/conversations.join"""
    call.need("channels:join")
    channel = call.workspace.channel(call.text("channel"))
    if channel.kind != "channel":
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    joined = call.workspace.join(channel, call.workspace.bot.id)
    return {"channel": channel_json(call.workspace, joined)}


def history(call: Call, hidden_after: str | None = None) -> Json:
    """https://docs.slack.dev/reference/methods/conversations.history

    `hidden_after`: what is newer than this ts is left out, the lag of Slack's index.
    """
    channel = _readable(call)
    roots = [
        message
        for message in call.workspace.messages[channel.id].values()
        if (not message.is_reply or message.broadcast)
        and (hidden_after is None or message.ts <= hidden_after)
    ]
    newest_first = sorted(_between(call, roots), key=lambda message: message.ts, reverse=True)
    found, cursor = page(call, [(message.ts, message) for message in newest_first])
    return _listing(call, found, cursor)


def replies(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/conversations.replies

    The root leads every page, whatever `oldest` says.
    """
    channel = _readable(call)
    root = call.workspace.messages[channel.id].get(call.text("ts"))
    if root is None:
        raise Refused("thread_not_found")
    others = call.workspace.thread(channel.id, root.ts)[1:]
    wanted = [(message.ts, message) for message in _between(call, others)]
    found, cursor = page(call, wanted, default=1000, most=1000)
    return _listing(call, [root, *found], cursor)


def _readable(call: Call) -> Channel:
    channel = call.workspace.channel(call.text("channel"))
    call.need_on(channel, "history")
    if call.workspace.bot.id not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _between(call: Call, messages: Iterable[Message]) -> list[Message]:
    oldest, latest = _moment(call, "oldest"), _moment(call, "latest")
    inclusive = call.flag("inclusive")

    def inside(ts: str) -> bool:
        at = float(ts)
        after = oldest is None or at > oldest or (inclusive and at == oldest)
        before = latest is None or at < latest or (inclusive and at == latest)
        return after and before

    return [message for message in messages if inside(message.ts)]


def _moment(call: Call, name: str) -> float | None:
    # 16 digits are within what a float tells apart.
    written = call.maybe(name)
    try:
        return None if written is None else float(written)
    except ValueError:
        raise Refused(f"invalid_ts_{name}") from None


def _listing(call: Call, messages: list[Message], cursor: str) -> Json:
    metadata = call.flag("include_all_metadata")
    shown = [message_json(call.workspace, each, metadata=metadata) for each in messages]
    answer: Json = {"messages": shown, "has_more": bool(cursor)}
    return {**answer, "response_metadata": {"next_cursor": cursor}} if cursor else answer
