"""Sends `slack.*` deliveries: one class between the worker and the Web API.

| kind | where | payload | receipt |
| --- | --- | --- | --- |
| `slack.root` | `target["channel"]` | – : the ticket's view | channel, ts, link |
| `slack.update` | the place `team` | – : the ticket's newest view | channel, ts |
| `slack.note` | thread of `team` | text | channel, ts |
| `slack.heard` | thread of `team` | author, text | channel, ts |
| `slack.offer` | thread of `team` | number, version, into | channel, ts |
| `slack.mention` | thread of `team` | headline, people, reasons, groups, step | channel, ts |
| `slack.reminder` | thread of `team` | headline, people, text; version, choices | channel, ts |
| `slack.choice` | thread of `team` | number, version, people, text, choices | channel, ts |
| `slack.reply` | the place `reporter` (channel, thread) | text | channel, ts |
| `slack.post` | `target["channel"]` | headline | channel, ts |
| `slack.say` | `target["channel"]` | text | channel, ts |
| `slack.cover` | `target["channel"]`, or as a page | request, text, open | channel, ts |
| `slack.tell` | `target["user"]`, or by `target["mail"]` | text | channel, ts |
| `slack.handover` | `target["channel"]`, or as a page | people, tickets, until | channel, ts |
| `slack.page` | `target["user"]`, or by `target["mail"]` | headline, reason | channel, ts |
| `slack.shift` | as a page | text, name, rotation, since, until | channel, ts |
| `slack.group` | the user group `target["group"]` | handle, people (user, mail) | – |
| `slack.copy` | as a page | headline, called, step | channel, ts |
| `slack.approval` | `target["channel"]`, or as a page | people, again, words | channel, ts |
| `slack.approval_over` | the place `approval` | text | channel, ts |

A reply whose place has an empty `thread` is a direct message by itself. The receipt of such a one,
and of a page, also has a `thread_key`: what a message in its thread will be known by.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from supportbot.adapters.slack import (
    approvals,
    calls,
    choices,
    looking,
    rendering,
    rota_messages,
    shifts,
)
from supportbot.adapters.slack.directory import Directory
from supportbot.adapters.slack.errors import failure
from supportbot.adapters.slack.events import thread_key
from supportbot.adapters.slack.rendering import Content
from supportbot.application.queries import TicketView
from supportbot.domain.notices.delivery import Receipt, SendFailure, SendTask

_FROM_OUTSIDE = (SlackApiError, OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a message goes: a channel's id (or a user's, for a direct message), and a thread."""

    channel: str
    thread: str | None = None


class SlackSender:
    """A `Sender`: delivers, or raises SendFailure with what Slack said and what mends it.

    Args:
        client: without hidden retries, see `client.web_client`.
        directory: for channels by name and people by mail.
        view: a ticket as it stands now, None when there is none of that number.
    """

    def __init__(
        self,
        client: WebClient,
        directory: Directory,
        view: Callable[[int], TicketView | None],
    ) -> None:
        self._client = client
        self._directory = directory
        self._view = view
        self._verbs: Mapping[str, Callable[[SendTask], Receipt]] = {
            "slack.root": self._root,
            "slack.update": self._update,
            "slack.note": lambda task: self._to_team(task, rendering.note(task.payload["text"])),
            "slack.heard": lambda task: self._to_team(task, rendering.heard(**task.payload)),
            "slack.offer": lambda task: self._to_team(task, rendering.offer(**task.payload)),
            "slack.mention": lambda task: self._to_team(task, calls.called(task.payload)),
            "slack.choice": lambda task: self._to_team(task, choices.choice(task.payload)),
            "slack.reminder": lambda task: self._to_team(task, choices.reminder(task.payload)),
            "slack.reply": self._reply,
            "slack.post": lambda task: self._to_channel(task, calls.notice(task.payload)),
            "slack.say": lambda task: self._to_channel(task, rendering.note(task.payload["text"])),
            "slack.page": self._page,
            "slack.handover": lambda t: self._to_either(t, shifts.handed_over(t.payload)),
            "slack.group": self._group,
            "slack.copy": lambda t: self._to_either(t, calls.copy(t.payload)),
            "slack.cover": lambda t: self._to_either(t, rota_messages.cover(t.payload)),
            "slack.shift": lambda t: self._to_either(t, rota_messages.shift(t.payload)),
            "slack.tell": lambda t: self._to_either(t, rendering.note(t.payload["text"])),
            "slack.approval": self._approval,
            "slack.approval_over": lambda t: self._change(t, approvals.over(t.payload["text"])),
        }

    def send(self, task: SendTask) -> Receipt:
        """Do what `task` says; from attempt 2 on look whether it was done. Raises SendFailure."""
        verb = self._verbs.get(task.kind)
        if verb is None:
            raise SendFailure("rejected", f"nothing here sends {task.kind}")
        try:
            return verb(task)
        except _FROM_OUTSIDE as error:
            raise failure(error, self._where(task)) from error

    # --- the kinds

    def _root(self, task: SendTask) -> Receipt:
        spot = _Spot(self._channel(task.target.get("channel", "")))
        receipt = self._post(task, spot, rendering.root(self._ticket(task)))
        place = receipt.external
        link = self._permalink(place["channel"], place["ts"])
        return Receipt({**place, "link": link} if link else place, receipt.found)

    def _update(self, task: SendTask) -> Receipt:
        return self._change(task, rendering.root(self._ticket(task)))

    def _change(self, task: SendTask, content: Content) -> Receipt:
        channel, ts = _address(task, "channel"), _address(task, "ts")
        self._client.chat_update(
            channel=channel, ts=ts, text=content.text, blocks=list(content.blocks)
        )
        return Receipt({"channel": channel, "ts": ts})

    def _to_team(self, task: SendTask, content: Content) -> Receipt:
        spot = _Spot(_address(task, "channel"), _address(task, "ts"))
        return self._post(task, spot, content)

    def _to_channel(self, task: SendTask, content: Content) -> Receipt:
        spot = _Spot(self._channel(task.target.get("channel", "")))
        return self._post(task, spot, content)

    def _reply(self, task: SendTask) -> Receipt:
        # Without a thread there never was a message of the reporter's to hang it under.
        alone = (task.place or task.target).get("thread") == ""
        spot = _Spot(_address(task, "channel"), None if alone else _address(task, "thread"))
        return self._post(task, spot, rendering.reply(task.payload["text"], begins_thread=alone))

    def _page(self, task: SendTask) -> Receipt:
        user = self._user(task.target.get("user", ""), task.target.get("mail", ""))
        view = self._view(task.ticket) if task.ticket is not None else None
        return self._post(task, _Spot(user), calls.page(task.payload, view))

    def _to_either(self, task: SendTask, content: Content) -> Receipt:
        """To the channel of the target, or as a direct message to its person."""
        channel, user = task.target.get("channel", ""), task.target.get("user", "")
        where = self._channel(channel) if channel else self._user(user, task.target.get("mail", ""))
        return self._post(task, _Spot(where), content)

    def _approval(self, task: SendTask) -> Receipt:
        return self._to_either(task, approvals.question(self._ticket(task), task.payload))

    def _group(self, task: SendTask) -> Receipt:
        """Said a second time it changes nothing, so there is nothing to look for first."""
        users = [self._user(one["user"], one["mail"]) for one in task.payload["people"]]
        self._client.usergroups_users_update(usergroup=_address(task, "group"), users=users)
        return Receipt()

    # --- how each is sent

    def _post(self, task: SendTask, spot: _Spot, content: Content) -> Receipt:
        if task.attempt > 1:
            try:
                since = task.first_attempt_at
                found = looking.find(self._client, spot.channel, spot.thread, task.key, since)
            except looking.CannotLook:
                content = rendering.maybe_repeated(content)
            else:
                if found is not None:
                    return _receipt(task, spot, found, found=True)
        posted = self._client.chat_postMessage(
            channel=spot.channel,
            thread_ts=spot.thread,
            text=content.text,
            blocks=list(content.blocks) or None,
            metadata=looking.metadata(task.key),
            # A reporter's link must not draw a picture in the team's channel.
            unfurl_links=False,
            unfurl_media=False,
        )
        message = {"ts": posted["ts"], **(posted.get("message") or {})}
        return _receipt(task, spot, looking.standing(str(posted["channel"]), message))

    def _channel(self, name: str) -> str:
        channel = self._directory.channel_id(name)
        if channel is None:
            mend = "create it or mend the name, and /invite @supportbot there"
            raise SendFailure("rejected", f"there is no channel {name} that the bot sees: {mend}")
        return channel

    def _user(self, user: str, mail: str) -> str:
        """The id of an active account. Raises SendFailure with what to mend."""
        try:
            profile = self._directory.person(user) if user else None
        except _FROM_OUTSIDE:
            return user  # a page does not wait for a look-up that it can do without
        if profile is None and mail:
            profile = self._directory.person_by_mail(mail)
        if profile is None:
            mend = "set `slack:` in people.yaml"
            raise SendFailure("rejected", f"nobody in Slack is {user or mail or 'known'}: {mend}")
        if not profile.active:
            mend = "mend people.yaml or the rotation"
            raise SendFailure("rejected", f"{profile.name} is deactivated in Slack: {mend}")
        return profile.id

    def _ticket(self, task: SendTask) -> TicketView:
        view = self._view(task.ticket) if task.ticket is not None else None
        if view is None:
            raise SendFailure("rejected", f"there is no ticket {task.ticket} to show")
        return view

    def _permalink(self, channel: str, ts: str) -> str | None:
        """Best effort: the message stands, with or without a link to it."""
        try:
            answer = self._client.chat_getPermalink(channel=channel, message_ts=ts)
        except _FROM_OUTSIDE:
            return None
        return str(answer["permalink"])

    def _where(self, task: SendTask) -> str:
        """The channel's name for a person who has to mend something, without asking for it."""
        channel = (task.place or task.target).get("channel", "")
        return channel or "the conversation"


def _receipt(
    task: SendTask, spot: _Spot, stands: looking.Standing, *, found: bool = False
) -> Receipt:
    team = (task.place or {}).get("team") or stands.team
    # Between two people, a message of ours begins a conversation about its ticket; in a channel
    # the thread under it is the team's own, or nobody's; unless it asks for an answer.
    answerable = stands.channel.startswith("D") or task.kind == "slack.approval"
    if spot.thread is not None or not answerable or not team:
        return Receipt(stands.place, found)
    return Receipt(
        {**stands.place, "thread_key": thread_key(team, stands.channel, stands.ts)}, found
    )


def _address(task: SendTask, name: str) -> str:
    """A part of the address, which the place has, or the target where there is no place."""
    value: Any = (task.place or {}).get(name) or task.target.get(name)
    if not isinstance(value, str) or not value:
        raise SendFailure("rejected", f"the delivery lacks the address {name!r}")
    return value
