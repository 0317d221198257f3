"""The state of a workspace: who is in it, what was said where, and what the app gets to hear.

Everything is guarded by one condition, `changed`, that is notified on every change. A timestamp is
taken from the injected clock and is unique in the whole workspace (Slack promises no more than
unique in a channel), so it never repeats even on a clock that stands still.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from supportbot.sandbox.slack.errors import Refused
from supportbot.sandbox.slack.model import Channel, Group, Json, Kind, Message, User, View
from supportbot.sandbox.slack.shapes import deleted_event, edited_event, mention_event, posted_event


class Workspace:
    """Users, conversations, messages and views of one workspace with one app in it.

    Args:
        now: the clock, aware UTC.
        tell: called with every event the app has subscribed to, while the lock is held.
    """

    team_id = "T0SANDBOX01"
    app_id = "A0SANDBOX01"
    bot_id = "B0SANDBOX01"
    bot_token = "xoxb-sandbox-bot-token"  # noqa: S105 - worth something only to the sandbox itself
    app_token = "xapp-sandbox-app-token"  # noqa: S105 - likewise
    signing_secret = "sandbox-signing-secret"  # noqa: S105 - likewise

    def __init__(self, now: Callable[[], datetime], tell: Callable[[Json], object]) -> None:
        self.now = now
        self.changed = threading.Condition(threading.RLock())
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self._replies: dict[tuple[str, str], list[str]] = {}
        self.ephemerals: list[Message] = []
        self.views: dict[str, View] = {}
        self.groups: dict[str, Group] = {}
        self._tell = tell
        self._numbers = itertools.count(1)
        self._last_ts = 0
        self.bot = self.add_user("supportbot", real_name="supportbot", is_bot=True)

    # --- people and places

    def add_user(self, name: str, **details: Any) -> User:
        """A new member; `details` are fields of User, and the id is made up unless it is one."""
        with self.changed:
            user = User(name=name, **{"id": self.new_id("U"), "real_name": name, **details})
            self.users[user.id] = user
            self.changed.notify_all()
            return user

    def add_group(self, id_: str, handle: str, users: Iterable[str]) -> Group:
        """A user group, or one with other members in its place. `users` are user ids."""
        with self.changed:
            group = self.groups[id_] = Group(id_, handle, tuple(users))
            self.changed.notify_all()
            return group

    def add_channel(
        self, name: str, kind: Kind, members: Iterable[str], user: str | None = None
    ) -> Channel:
        """A new conversation. `members` are user ids."""
        prefix = {"channel": "C", "group": "G", "im": "D"}[kind]
        with self.changed:
            channel = Channel(self.new_id(prefix), name, kind, frozenset(members), user)
            self.channels[channel.id] = channel
            self.messages[channel.id] = {}
            self.changed.notify_all()
            return channel

    def direct(self, user_id: str) -> Channel:
        """The bot's direct messages with a person, opened if need be."""
        with self.changed:
            for channel in self.channels.values():
                if channel.kind == "im" and channel.user == user_id:
                    return channel
            return self.add_channel(user_id, "im", (user_id, self.bot.id), user_id)

    def join(self, channel: Channel, user_id: str) -> Channel:
        """The channel with one member more; the app hears of it where it is a member itself."""
        with self.changed:
            if user_id in channel.members:
                return channel
            joined = replace(channel, members=channel.members | {user_id})
            self.channels[channel.id] = joined
            event = {"type": "member_joined_channel", "user": user_id, "channel": channel.id}
            self._hear(joined, {**event, "team": self.team_id, "event_ts": self.next_ts()})
            return joined

    # --- messages

    def post(self, channel: Channel, user: User, text: str, **details: Any) -> Message:
        """A new message; `details` are fields of Message."""
        with self.changed:
            bot_id = self.bot_id if user.is_bot else None
            message = Message(channel.id, self.next_ts(), user.id, text, bot_id=bot_id, **details)
            self.messages[channel.id][message.ts] = message
            if message.thread_ts is not None:
                self._replies.setdefault((channel.id, message.thread_ts), []).append(message.ts)
            self._hear(channel, posted_event(self, message))
            if f"<@{self.bot.id}>" in text and channel.kind != "im" and not user.is_bot:
                self._hear(channel, mention_event(self, message))
            return message

    def edit(self, message: Message, **fields: Any) -> Message:
        """The message with some fields replaced, marked as edited."""
        with self.changed:
            edited = replace(message, edited_ts=self.next_ts(), **fields)
            self.messages[message.channel][message.ts] = edited
            self._hear(self.channels[message.channel], edited_event(self, message, edited))
            return edited

    def remove(self, message: Message) -> None:
        """Delete a message."""
        with self.changed:
            del self.messages[message.channel][message.ts]
            self._hear(self.channels[message.channel], deleted_event(self, message))

    def react(self, message: Message, name: str, user_id: str) -> None:
        """Add a reaction; events for reactions are not subscribed to."""
        with self.changed:
            reactions = (*message.reactions, (name, user_id))
            self.messages[message.channel][message.ts] = replace(message, reactions=reactions)
            self.changed.notify_all()

    def whisper(self, message: Message) -> None:
        """Show a message to the one person it is for."""
        with self.changed:
            self.ephemerals.append(message)
            self.changed.notify_all()

    def thread(self, channel_id: str, ts: str) -> list[Message]:
        """A root and its replies, oldest first; empty when there is no such message."""
        with self.changed:
            inside = self.messages.get(channel_id, {})
            in_order = [ts, *self._replies.get((channel_id, ts), ())]
            return [inside[each] for each in in_order if each in inside]

    # --- looking things up, with Slack's refusals

    def channel(self, channel_id: str) -> Channel:
        """Raises Refused("channel_not_found"), also for a private channel the bot is not in."""
        channel = self.channels.get(channel_id)
        if channel is None or (channel.kind != "channel" and self.bot.id not in channel.members):
            raise Refused("channel_not_found")
        return channel

    def message(self, channel_id: str, ts: str) -> Message:
        """Raises Refused("message_not_found")."""
        message = self.messages.get(channel_id, {}).get(ts)
        if message is None:
            raise Refused("message_not_found")
        return message

    def person(self, user_id: str) -> User:
        """Raises Refused("user_not_found")."""
        user = self.users.get(user_id)
        if user is None:
            raise Refused("user_not_found")
        return user

    def keep_view(self, view: View) -> View:
        """Put a view, new or changed, in its place."""
        with self.changed:
            self.views[view.id] = view
            self.changed.notify_all()
            return view

    # --- names and times

    def new_id(self, prefix: str) -> str:
        """An id of Slack's form that this workspace has not used."""
        with self.changed:
            return f"{prefix}{next(self._numbers):010d}"

    def next_ts(self) -> str:
        """A message timestamp: seconds and microseconds of the clock, later than any before."""
        with self.changed:
            micros = int(self.now().timestamp() * 1_000_000)
            self._last_ts = max(micros, self._last_ts + 1)
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def _hear(self, channel: Channel, event: Json) -> None:
        # Slack sends message events of a conversation to the apps whose bot user is in it, the
        # bot's own messages included.
        if self.bot.id in channel.members:
            self._tell(event)
        self.changed.notify_all()
