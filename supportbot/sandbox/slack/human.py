"""A person in the workspace: writes, clicks, fills in forms, and reads what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from supportbot.sandbox.slack import payloads
from supportbot.sandbox.slack.block_kit import interactive_elements
from supportbot.sandbox.slack.deliveries import Deliveries
from supportbot.sandbox.slack.form import chosen, filled
from supportbot.sandbox.slack.model import Channel, Interaction, Json, Message, User, View
from supportbot.sandbox.slack.replies import take_form_reply, take_slash_reply


class Human:
    """One person. Channels are given by id or name, messages and views as values or fresh copies.

    Writing returns at once. `press`, `select`, `submit`, `close`, `slash` and `open_home` wait
    until the app has acknowledged, or has let the time for that pass, and return an Interaction.
    """

    def __init__(self, origin: payloads.Origin, deliveries: Deliveries, user: User) -> None:
        self._origin = origin
        self._workspace = origin.workspace
        self._deliveries = deliveries
        self.user = user
        self.id = user.id

    @property
    def mention(self) -> str:
        """How a message names this person."""
        return f"<@{self.id}>"

    # --- writing

    def say(self, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """Write in a channel, joining it first if it is a public one."""
        with self._workspace.changed:
            place = self._enter(channel)
            return self._workspace.post(place, self.user, text, thread_ts=thread_ts)

    def mention_bot(self, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """The like, beginning with @supportbot."""
        return self.say(channel, f"<@{self._workspace.bot.id}> {text}", thread_ts)

    def dm(self, text: str, thread_ts: str | None = None) -> Message:
        """Write to the bot directly."""
        return self.say(self._workspace.direct(self.id).id, text, thread_ts)

    def edit(self, message: Message, text: str) -> Message:
        """Change one of one's own messages."""
        return self._workspace.edit(self._own(message), text=text)

    def delete(self, message: Message) -> None:
        """Take back one of one's own messages."""
        self._workspace.remove(self._own(message))

    # --- clicking

    def press(self, where: Message | View, action_id: str, value: str | None = None) -> Interaction:
        """Press a button, by its action id and, where several share it, its value.

        Raises:
            LookupError: there is no such button there now, or it is not this person's to press.
        """
        return self._act(where, action_id, lambda element: _button(element, value))

    def select(self, where: Message | View, action_id: str, value: Any) -> Interaction:
        """Pick from a menu, a date picker and the like; values as for `submit`.

        Raises:
            LookupError: there is no such element there now.
            ValueError: it has no such option.
        """
        return self._act(where, action_id, lambda element: _choice(element, value))

    def submit(self, view: View | str, values: Mapping[str, Any] | None = None) -> Interaction:
        """Fill in a form and send it. See `form.filled` for `values`.

        The form closes, changes or shows errors as the app answers. Raises ValueError for what
        Slack's own client would not send.
        """
        with self._workspace.changed:
            shown = self._open(view)
            state = {"values": filled(shown.blocks, values or {})}
            shown = self._workspace.keep_view(replace(shown, body={**shown.body, "state": state}))
        payload = payloads.view_submission(self._origin, self.user, shown)
        outcome = self._deliveries.interact("interactive", payload)
        return take_form_reply(self._workspace, shown, outcome)

    def close(self, view: View | str) -> Interaction | None:
        """Close a form without sending; the app hears of it only if it asked to."""
        shown = self._open(view)
        self._workspace.keep_view(replace(shown, is_open=False))
        if not shown.body["notify_on_close"]:
            return None
        payload = payloads.view_closed(self._origin, self.user, shown)
        return self._deliveries.interact("interactive", payload)

    def slash(self, command: str, text: str = "", channel: str | None = None) -> Interaction:
        """Send a slash command, by default from one's direct messages with the bot."""
        with self._workspace.changed:
            place = self._enter(channel or self._workspace.direct(self.id).id)
        payload = payloads.slash_command(self._origin, self.user, place, command, text)
        outcome = self._deliveries.interact("slash_commands", payload)
        return take_slash_reply(self._workspace, place, self.user, outcome)

    def open_home(self) -> None:
        """Look at the app's Home tab."""
        self._deliveries.publish(payloads.home_opened(self._workspace, self.user))

    # --- within

    def _act(
        self, where: Message | View, action_id: str, act: Callable[[Json], Json | None]
    ) -> Interaction:
        with self._workspace.changed:
            place = self._now(where)
            action = self._action(place, action_id, act)
            action["action_ts"] = self._workspace.next_ts()
            payload = payloads.block_actions(self._origin, self.user, place, action)
        return self._deliveries.interact("interactive", payload)

    def _action(
        self, place: Message | View, action_id: str, act: Callable[[Json], Json | None]
    ) -> Json:
        for block in place.blocks:
            for element in interactive_elements(block):
                action = act(element) if element["action_id"] == action_id else None
                if action is not None:
                    return {**action, "action_id": action_id, "block_id": block["block_id"]}
        raise LookupError(f"nothing to use by the action id {action_id!r} in {place}")

    def _now(self, where: Message | View) -> Message | View:
        if isinstance(where, View):
            return self._open(where)
        if where.only_for is not None:
            if where.only_for != self.id:
                raise LookupError(f"{self.user.name} cannot see {where}")
            return where
        if self.id not in self._workspace.channels[where.channel].members:
            raise LookupError(f"{self.user.name} is not in the channel of {where}")
        current = self._workspace.messages[where.channel].get(where.ts)
        if current is None:
            raise LookupError(f"deleted: {where}")
        return current

    def _open(self, view: View | str) -> View:
        shown = self._workspace.views.get(view if isinstance(view, str) else view.id)
        if shown is None or not shown.is_open or shown.user != self.id:
            raise LookupError(f"{self.user.name} has no such view open: {view}")
        return shown

    def _enter(self, channel: str) -> Channel:
        if self.user.deleted:
            raise LookupError(f"{self.user.name} is deactivated")
        for place in self._workspace.channels.values():
            if channel in (place.id, place.name, f"#{place.name}"):
                break
        else:
            raise LookupError(f"no channel {channel!r}")
        if place.kind != "channel" and self.id not in place.members:
            raise LookupError(f"{self.user.name} is not in {channel}")
        return self._workspace.join(place, self.id)

    def _own(self, message: Message) -> Message:
        current = self._workspace.messages[message.channel].get(message.ts)
        if current is None or current.user != self.id:
            raise LookupError(f"not a message of {self.user.name}: {message}")
        return current


def _button(element: Json, value: str | None) -> Json | None:
    if element["type"] != "button" or (value is not None and element.get("value") != value):
        return None
    return {name: element[name] for name in ("type", "text", "value", "style") if name in element}


def _choice(element: Json, value: Any) -> Json | None:
    if element["type"] == "button":
        return None
    return {"type": element["type"], **chosen(element, value)}
