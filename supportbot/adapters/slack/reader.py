"""Reads an inbox row of Slack's into a message, or says why there is none in it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from slack_sdk.errors import SlackApiError

from supportbot.adapters.slack import events
from supportbot.adapters.slack.asked import Asked, asked, is_request
from supportbot.adapters.slack.client import may_pass
from supportbot.adapters.slack.directory import Directory
from supportbot.adapters.slack.text import is_id, one_line, plain
from supportbot.application.ports import Ignored, InboxRow
from supportbot.domain.triage.message import InboundMessage, Place, Sender

T = TypeVar("T")

MOST_CHARACTERS = 40_000
_FROM_OUTSIDE = (SlackApiError, OSError, http.client.HTTPException)
_MOST_NAMES = 10
_MOST_ATTACHED = 10


class UnreadableEvent(ValueError):
    """A payload of a shape that nobody has met yet."""


class SlackUnavailable(ConnectionError):
    """Slack does not say who wrote or where; nothing is wrong with the message."""


class SlackReader:
    """A `Reader` for rows of the source `slack`. It asks the directory for names."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def read(self, row: InboxRow) -> InboundMessage | Ignored:
        """The message in a row, or why there is none for the desk.

        Raises UnreadableEvent for an unknown shape, and SlackUnavailable (a ConnectionError) when
        the names that decide cannot be had: the same row may be read later.
        """
        body = _json(row.body)
        try:
            if is_request(body):
                return self._request(_asked(body), row.received_at)
            return _ignored(body) or self._message(body)
        except _FROM_OUTSIDE as error:
            raise SlackUnavailable(f"Slack did not tell the names: {error}"[:300]) from error

    def _message(self, body: Mapping[str, Any]) -> InboundMessage | Ignored:
        event, bot = events.event_of(body), events.bot_user(body)
        team, channel, ts = (_text(body, "team_id"), _text(event, "channel"), _text(event, "ts"))
        at = _moment(ts)
        raw = _text(event, "text", default="")[:MOST_CHARACTERS]
        text = self._plain(_without_call(raw, bot), event)
        if not text:
            return Ignored("an empty message")
        thread = _text(event, "thread_ts", default="") or ts
        direct = event.get("channel_type") == "im" or channel.startswith("D")
        return InboundMessage(
            source="slack",
            key=f"slack:message:{team}:{channel}:{ts}",
            sender=self._sender(event),
            text=text,
            at=at,
            channel="dm" if direct else (self._directory.channel_name(channel) or channel),
            thread_keys=(events.thread_key(team, channel, thread),),
            reply_to=Place("slack", {"channel": channel, "thread": thread}),
            direct=direct,
            mentions_bot=event["type"] == "app_mention" or (bot is not None and _calls(raw, bot)),
            starts_thread=thread == ts,
        )

    def _request(self, asked: Asked, at: datetime) -> InboundMessage | Ignored:
        """What came by /support: it has no thread yet, and is answered by direct message."""
        if not asked.text:
            return Ignored("an empty request")
        direct = self._directory.direct(asked.user)
        address = {"team": asked.team, "channel": direct, "thread": ""} if direct else None
        return InboundMessage(
            source="slack",
            key=asked.key,
            sender=self._sender({"user": asked.user}),
            text=asked.text[:MOST_CHARACTERS],
            at=at,
            channel=self._typed_in(asked),
            reply_to=Place("slack", address) if address else None,
            direct=True,
            mentions_bot=True,
        )

    def _typed_in(self, asked: Asked) -> str:
        """The conversation's name; the bot need not be in it, and then Slack may not tell."""
        if asked.channel.startswith("D"):
            return "dm"
        try:
            name = self._directory.channel_name(asked.channel)
        except SlackApiError as error:
            if may_pass(error):
                raise
            name = None
        if name is None and asked.channel_name not in ("", "privategroup", "directmessage"):
            name = f"#{asked.channel_name}"
        return name or asked.channel or "dm"

    def _sender(self, event: Mapping[str, Any]) -> Sender:
        user = event.get("user")
        if not isinstance(user, str) or not user:
            profile = event.get("bot_profile")
            named = profile.get("name") if isinstance(profile, dict) else event.get("username")
            return Sender(name=one_line(str(named or "a bot"), 100))
        known = self._directory.person(user)
        if known is None:
            return Sender(slack=user)
        return Sender(slack=user, mail=known.mail, name=one_line(known.name, 100))

    def _plain(self, raw: str, event: Mapping[str, Any]) -> str:
        """What people see of the message: its text, then its files and attachments in a word."""
        budget = iter(range(_MOST_NAMES))

        def user(of: str) -> str | None:
            if not is_id(of, "UW") or next(budget, None) is None:
                return None
            known = _if_told(lambda: self._directory.person(of))
            return known.name if known else None

        def channel(of: str) -> str | None:
            if not is_id(of, "CG") or next(budget, None) is None:
                return None
            return _if_told(lambda: self._directory.channel_name(of))

        lines = [plain(raw, user, channel)]
        lines += [plain(words, _unnamed, _unnamed) for words in _attached(event)]
        return "\n".join(line for line in lines if line)[:MOST_CHARACTERS]


def _json(text: str) -> Mapping[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableEvent(f"not JSON: {error}") from error
    if not isinstance(body, dict) or not (events.event_of(body) or is_request(body)):
        raise UnreadableEvent("there is no event in it")
    return body


def _asked(body: Mapping[str, Any]) -> Asked:
    try:
        return asked(body)
    except ValueError as error:
        raise UnreadableEvent(str(error)) from error


def _ignored(body: Mapping[str, Any]) -> Ignored | None:
    event = events.event_of(body)
    kind, subtype = _text(event, "type"), event.get("subtype")
    if kind not in events.MESSAGES:
        return Ignored(f"an event of type {kind[:50]}")
    if events.is_own(body):
        return Ignored("the bot's own message")
    if subtype not in events.WRITTEN:
        return Ignored(f"a message of subtype {str(subtype)[:50]}")
    return None


def _text(values: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = values.get(name)
    value = default if value is None else value
    if not isinstance(value, str) or (default is None and not value):
        raise UnreadableEvent(f"there is no text {name!r} in it")
    return value


def _moment(ts: str) -> datetime:
    """When a message was written: Slack's `seconds.microseconds`."""
    seconds, _, micros = ts.partition(".")
    try:
        return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(micros or 0))
    except (ValueError, OverflowError, OSError) as error:
        raise UnreadableEvent(f"{ts[:50]!r} is no message's time") from error


def _calls(raw: str, bot: str) -> bool:
    return f"<@{bot}>" in raw or f"<@{bot}|" in raw


def _without_call(raw: str, bot: str | None) -> str:
    """The text without the bot's name in front: that is how one calls it, not what one says."""
    rest = raw.lstrip()
    if bot is not None and _calls(rest[: len(bot) + 4], bot):
        rest = rest.partition(">")[2].lstrip(" ,:")
        return rest or raw
    return raw


def _attached(event: Mapping[str, Any]) -> Iterator[str]:
    """What stands beside the text: a forwarded message, an alert's card, the names of files."""
    for attachment in _dicts(event.get("attachments")):
        words = (attachment.get(name) for name in ("pretext", "title", "text"))
        said = "\n".join(word for word in words if isinstance(word, str) and word)
        fallback = attachment.get("fallback")
        yield said or (fallback if isinstance(fallback, str) else "")
    for file in _dicts(event.get("files")):
        name = file.get("name") or file.get("title")
        yield f"[file: {one_line(name, 200)}]" if isinstance(name, str) else "[file]"


def _dicts(found: Any) -> Iterable[Mapping[str, Any]]:
    inside = found if isinstance(found, list) else []
    return [each for each in inside[:_MOST_ATTACHED] if isinstance(each, dict)]


def _if_told(ask: Callable[[], T]) -> T | None:
    """A name within the text is for reading only: without it the id stands there."""
    try:
        return ask()
    except _FROM_OUTSIDE:
        return None


def _unnamed(_: str) -> None:
    return None
