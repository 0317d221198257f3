"""The methods chat.* and reactions.add, and what a POST to a response URL does."""

from __future__ import annotations

import re
from typing import Any

from supportbot.sandbox.slack.block_kit import check_message_blocks, interactive_elements
from supportbot.sandbox.slack.call import Call
from supportbot.sandbox.slack.errors import Refused
from supportbot.sandbox.slack.interactivity import ResponseUrl
from supportbot.sandbox.slack.model import Channel, Json, Message
from supportbot.sandbox.slack.shapes import message_json

POST_CHARACTERS = 40_000
"""https://docs.slack.dev/reference/methods/chat.postMessage: Slack cuts longer text off. The
sandbox refuses it, so that nobody's words are lost unseen."""
UPDATE_CHARACTERS = 4_000
METADATA_BYTES = 16_000
_EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")


def post_message(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/chat.postMessage"""
    call.need("chat:write")
    channel = _writable(call)
    content = _content(call, POST_CHARACTERS)
    thread_ts = _thread(call, channel)
    broadcast = thread_ts is not None and call.flag("reply_broadcast")
    message = call.workspace.post(
        channel, call.workspace.bot, thread_ts=thread_ts, broadcast=broadcast, **content
    )
    shown = message_json(call.workspace, message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def update(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/chat.update

    New text takes blocks and attachments away unless they come with it; without text what is not
    named stays. Metadata always stays unless it is named.
    """
    call.need("chat:write")
    message = _own(call, "cant_update_message")
    content = _content(call, UPDATE_CHARACTERS)
    stays = ("metadata",) if "text" in call.args else tuple(content)
    fields = {name: v for name, v in content.items() if name in call.args or name not in stays}
    edited = call.workspace.edit(message, **fields)
    shown = message_json(call.workspace, edited)
    return {"channel": edited.channel, "ts": edited.ts, "text": edited.text, "message": shown}


def delete(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/chat.delete"""
    call.need("chat:write")
    message = _own(call, "cant_delete_message")
    call.workspace.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def post_ephemeral(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/chat.postEphemeral"""
    call.need("chat:write")
    channel = _writable(call)
    reader = call.workspace.person(call.text("user"))
    if reader.id not in channel.members:
        raise Refused("user_not_in_channel")
    content = _content(call, UPDATE_CHARACTERS)
    whispered = _whisper(call, channel.id, reader.id, _thread(call, channel), content)
    return {"message_ts": whispered.ts}


def get_permalink(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/chat.getPermalink"""
    channel = call.workspace.channel(call.text("channel"))
    message = call.workspace.message(channel.id, call.text("message_ts"))
    link = f"https://sandbox.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def add_reaction(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/reactions.add"""
    call.need("reactions:write")
    channel = call.workspace.channel(call.text("channel"))
    message = call.workspace.message(channel.id, call.text("timestamp"))
    name = call.text("name").strip(":")
    if not _EMOJI.fullmatch(name):
        raise Refused("invalid_name")
    if (name, call.workspace.bot.id) in message.reactions:
        raise Refused("already_reacted")
    call.workspace.react(message, name, call.workspace.bot.id)
    return {}


def respond(call: Call, url: ResponseUrl) -> None:
    """Act on a POST to a response URL.

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    """
    original = _original(call, url)
    if call.flag("delete_original") and original is not None and not url.ephemeral:
        call.workspace.remove(original)
        return
    content = _content(call, UPDATE_CHARACTERS)
    if call.flag("replace_original") and original is not None and not url.ephemeral:
        call.workspace.edit(original, **content)
        return
    thread_ts = call.maybe("thread_ts")
    if call.text("response_type") == "in_channel":
        channel = call.workspace.channels[url.channel]
        call.workspace.post(channel, call.workspace.bot, thread_ts=thread_ts, **content)
    else:
        _whisper(call, url.channel, url.user, thread_ts, content)


def with_ids(blocks: Any) -> tuple[Json, ...]:
    """The blocks with the block ids and action ids that Slack makes up where the app gave none."""
    return tuple(_with_ids(block, index) for index, block in enumerate(blocks or ()))


def _with_ids(block: Json, index: int) -> Json:
    block_id = block.get("block_id") or f"b{index}"
    named = {**block, "block_id": block_id}
    for number, element in enumerate(interactive_elements(named)):
        element.setdefault("action_id", f"{block_id}-{number}")
    return named


def _original(call: Call, url: ResponseUrl) -> Message | None:
    return call.workspace.messages[url.channel].get(url.message_ts or "")


def _writable(call: Call) -> Channel:
    named = call.text("channel")
    if named in call.workspace.users:  # a user id stands for the direct messages with that user
        channel = call.workspace.direct(named)
    else:
        channel = call.workspace.channel(_by_name(call, named))
    if channel.user is not None and call.workspace.users[channel.user].deleted:
        raise Refused("user_disabled")
    if channel.archived:
        raise Refused("is_archived")
    if call.workspace.bot.id not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _by_name(call: Call, named: str) -> str:
    # chat.postMessage still takes the name of a public channel, with or without #.
    for channel in call.workspace.channels.values():
        if channel.kind == "channel" and channel.name == named.removeprefix("#"):
            return channel.id
    return named


def _own(call: Call, error: str) -> Message:
    channel = call.workspace.channel(call.text("channel"))
    message = call.workspace.message(channel.id, call.text("ts"))
    if message.user != call.workspace.bot.id:
        raise Refused(error)
    return message


def _thread(call: Call, channel: Channel) -> str | None:
    ts = call.maybe("thread_ts")
    if ts is None:
        return None
    root = call.workspace.messages[channel.id].get(ts)
    if root is None:
        raise Refused("thread_not_found")
    return root.thread_ts or root.ts  # a reply's own ts leads to the thread it is in


def _content(call: Call, most: int) -> dict[str, Any]:
    text = call.text("text")
    if len(text) > most:
        raise Refused("msg_too_long")
    blocks = call.structure("blocks", "invalid_blocks_format") or []
    check_message_blocks(blocks)
    attachments = call.structure("attachments", "invalid_attachments") or []
    if not (text or blocks or attachments):
        raise Refused("no_text")
    return {
        "text": text,
        "blocks": with_ids(blocks),
        "attachments": tuple(attachments),
        "metadata": _metadata(call),
    }


def _metadata(call: Call) -> Json | None:
    sent = call.structure("metadata", "invalid_metadata_format")
    if not sent:
        return None
    if not isinstance(sent, dict) or not isinstance(sent.get("event_type"), str):
        raise Refused("invalid_metadata_format")
    if not isinstance(sent.get("event_payload"), dict):
        raise Refused("invalid_metadata_schema")
    if len(str(sent)) > METADATA_BYTES:
        raise Refused("metadata_too_large")
    return sent


def _whisper(
    call: Call, channel_id: str, user_id: str, thread_ts: str | None, content: dict[str, Any]
) -> Message:
    workspace = call.workspace
    message = Message(
        channel_id,
        workspace.next_ts(),
        workspace.bot.id,
        thread_ts=thread_ts,
        bot_id=workspace.bot_id,
        only_for=user_id,
        **content,
    )
    workspace.whisper(message)
    return message
