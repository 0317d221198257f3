"""The things of a workspace, as values. They change only by being replaced in the workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Kind = Literal["channel", "group", "im"]
"""A public channel, a private one, or the bot's direct messages with one person."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class User:
    """A member of the workspace; `tz` is an IANA zone name."""

    id: str
    name: str
    real_name: str
    email: str | None = None
    tz: str = "Etc/UTC"
    deleted: bool = False
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A user group: many people under one handle."""

    id: str
    handle: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation. `user` is the person of a direct message, and only there."""

    id: str
    name: str
    kind: Kind
    members: frozenset[str]
    user: str | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it stands now. `ts` names it within its channel."""

    channel: str
    ts: str
    user: str
    text: str
    thread_ts: str | None = None
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    metadata: Json | None = None
    bot_id: str | None = None
    broadcast: bool = False
    edited_ts: str | None = None
    reactions: tuple[tuple[str, str], ...] = ()
    only_for: str | None = None
    """The one user who sees it: an ephemeral message."""

    @property
    def is_reply(self) -> bool:
        """Whether it hangs under another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def full_text(self) -> str:
        """The fallback text and everything written in the blocks, a line each."""
        return "\n".join([self.text, *written_in(self.blocks)])


@dataclass(frozen=True, slots=True)
class View:
    """A modal or a Home tab that `user` sees; `body` is the view as Slack describes it."""

    id: str
    type: str
    user: str
    body: Json
    is_open: bool = True

    @property
    def callback_id(self) -> str:
        return str(self.body.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.body.get("private_metadata", ""))

    @property
    def title(self) -> str:
        return str(self.body.get("title", {}).get("text", ""))

    @property
    def blocks(self) -> tuple[Json, ...]:
        return tuple(self.body["blocks"])

    @property
    def full_text(self) -> str:
        """The title and everything written in the blocks, a line each."""
        return "\n".join([self.title, *written_in(self.blocks)])


@dataclass(frozen=True, slots=True)
class WebCall:
    """One line of the request log.

    `status` is the HTTP status answered, 0 when the connection was closed instead; `fault` names
    what the sandbox did on purpose. `token` is left out of `args`.
    """

    at: datetime
    method: str
    args: Mapping[str, Any]
    status: int
    answer: Json | None
    fault: str | None = None

    @property
    def error(self) -> str | None:
        """Slack's name for the refusal, None when the call was answered with ok."""
        return None if self.answer is None else self.answer.get("error")


@dataclass(frozen=True, slots=True)
class Interaction:
    """What a person's click, form or command led to.

    `acked` is False when the app did not answer in time: Slack then shows the person a warning and
    does not try again. `problem` says why an answer was of no use. `errors` are the messages under
    the fields of a form, by block id.
    """

    payload: Json
    acked: bool
    response: Json | None = None
    problem: str | None = None

    @property
    def errors(self) -> Mapping[str, str]:
        return (self.response or {}).get("errors") or {}


@dataclass(slots=True)
class Event:
    """One event on its way to the app. Kept after its end, for the tests to look at."""

    event_id: str
    event: Json
    attempts: int = 0
    acked: bool = False
    forgotten: bool = False

    @property
    def type(self) -> str:
        return str(self.event.get("type"))


def written_in(value: Any) -> Iterator[str]:
    """Every text in a block structure, in the order it is shown."""
    if isinstance(value, dict):
        text = value.get("text")
        if isinstance(text, str):
            yield text
        for inner in value.values():
            yield from written_in(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from written_in(inner)
