"""What Slack does with the payload of an acknowledgement."""

from __future__ import annotations

from dataclasses import replace

from supportbot.sandbox.slack.block_kit import check_message_blocks, check_view
from supportbot.sandbox.slack.chat import with_ids
from supportbot.sandbox.slack.errors import Refused
from supportbot.sandbox.slack.model import Channel, Interaction, Json, Message, User, View
from supportbot.sandbox.slack.views import change_view, new_view
from supportbot.sandbox.slack.workspace import Workspace


def take_form_reply(workspace: Workspace, view: View, outcome: Interaction) -> Interaction:
    """Close, keep, change or stack a submitted form as the app answered.

    https://docs.slack.dev/surfaces/modals/#response_actions
    """
    if not outcome.acked:
        return outcome
    response = outcome.response or {}
    try:
        with workspace.changed:
            _follow(workspace, view, response)
    except Refused as refusal:
        return replace(outcome, problem="; ".join([refusal.error, *refusal.messages]))
    return outcome


def _follow(workspace: Workspace, view: View, response: Json) -> None:
    action = response.get("response_action")
    if action == "errors":
        _check_errors(view, response.get("errors"))
    elif action in ("update", "push"):
        check_view(response.get("view"))
        if action == "update":
            change_view(workspace, view, response["view"])
        else:
            new_view(workspace, view.user, response["view"], parent=view)
    elif action == "clear":
        _close(workspace, view, whole_stack=True)
    elif action is None:
        _close(workspace, view, whole_stack=False)
    else:
        raise Refused("invalid_arguments", messages=[f"unknown response_action: {action}"])


def _check_errors(view: View, errors: object) -> None:
    known = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise Refused("invalid_arguments", messages=["errors must name at least one field"])
    if strangers := set(errors) - known:
        messages = [f"no input block: {each}" for each in sorted(strangers)]
        raise Refused("invalid_arguments", messages=messages)


def _close(workspace: Workspace, view: View, *, whole_stack: bool) -> None:
    root = view.body["root_view_id"]
    for other in list(workspace.views.values()):
        if other.id == view.id or (whole_stack and other.body["root_view_id"] == root):
            workspace.keep_view(replace(other, is_open=False))


def take_slash_reply(
    workspace: Workspace, channel: Channel, user: User, outcome: Interaction
) -> Interaction:
    """Show what the app acknowledged a command with: to the person, or to the channel if asked."""
    response = outcome.response
    if not outcome.acked or not response:
        return outcome
    try:
        blocks = response.get("blocks") or []
        check_message_blocks(blocks)
    except Refused as refusal:
        return replace(outcome, problem="; ".join([refusal.error, *refusal.messages]))
    text, shown = str(response.get("text", "")), with_ids(blocks)
    if response.get("response_type") == "in_channel":
        workspace.post(channel, workspace.bot, text, blocks=shown)
        return outcome
    ts, bot_id = workspace.next_ts(), workspace.bot_id
    answer = Message(
        channel.id, ts, workspace.bot.id, text, blocks=shown, bot_id=bot_id, only_for=user.id
    )
    workspace.whisper(answer)
    return outcome
