"""What was said while nobody heard: read from Slack's history, and handed in like events.

Slack gives an event up after six minutes. What people wrote meanwhile stands in the conversations,
and becomes an envelope of an event's shape and name here: the inbox knows those that came after
all. Clicks, forms and commands are not missed like this: who made one saw that it failed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from supportbot.adapters.slack import events
from supportbot.adapters.slack.client import may_pass
from supportbot.adapters.slack.errors import code_of
from supportbot.adapters.slack.history import FROM_OUTSIDE, History, Json, NoTime
from supportbot.application.ports import Clock, Envelope

log = structlog.get_logger()

MOST_MESSAGES = 1_000
"""Of one channel or thread, the newest."""
LONGEST = timedelta(minutes=15)
_MOST_CHANNELS = 5_000
# Slack's clock and ours need not agree; what was heard before is known by its name.
_OVERLAP = timedelta(minutes=1)
# In this order: where outages are told first. Each by itself, because it may lack its scope.
_KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im"}


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """How many messages were news; `complete` unless something could not be read this time."""

    kept: int
    complete: bool


class CatchUp:
    """Reads what the bot missed in the conversations that it is in.

    Args:
        client: without hidden retries, see `client.web_client`.
        receive: keeps an envelope and returns whether it was news, once that is durable.
        clock: ends a catch-up that takes longer than `LONGEST`.
        leave_out: channels, by id or `#name`, that need not be read.
    """

    def __init__(
        self,
        client: WebClient,
        receive: Callable[[Envelope], bool],
        clock: Clock,
        leave_out: Collection[str] = (),
    ) -> None:
        self._client = client
        self._receive = receive
        self._clock = clock
        self._leave_out = frozenset(leave_out)
        self._one_at_a_time = threading.Lock()
        self._stopped = threading.Event()

    def run(self, since: datetime, threads: Sequence[tuple[str, str]]) -> CaughtUp:
        """Hand in every message written since then (aware UTC), the oldest first. Raises nothing.

        Args:
            since: when events were last certainly heard.
            threads: open conversations (channel, ts of the root; see `events.thread_of`), whatever
                their age. Those that began since then are found without.
        """
        with self._one_at_a_time:
            end = self._clock.now() + LONGEST
            history = History(self._client, self._clock, end, self._stopped)
            finds = _Finds(history, since - _OVERLAP, self._leave_out)
            try:
                finds.look(threads)
                kept = self._hand_in(finds)
            except Exception:
                log.exception("slack_catch_up_crashed")
                return CaughtUp(0, complete=False)
        log.info("slack_caught_up", kept=kept, of=len(finds.bodies), complete=finds.complete)
        return CaughtUp(kept, finds.complete)

    def close(self) -> None:
        """Stop what is running, and wait for that."""
        self._stopped.set()
        with self._one_at_a_time:
            pass

    def _hand_in(self, finds: _Finds) -> int:
        kept = 0
        for _, body in sorted(finds.bodies.items(), key=lambda found: _moment(found[0][1])):
            try:
                kept += self._receive(events.envelope(body, self._clock.now()))
            except Exception:
                log.exception("slack_catch_up_not_kept")
                finds.complete = False
                break
        return kept


class _Finds:
    """What stands in Slack since `since`: bodies of events, by channel and ts."""

    def __init__(self, history: History, since: datetime, leave_out: Collection[str]) -> None:
        self._history = history
        self._oldest = f"{since.timestamp():.6f}"
        self._leave_out = leave_out
        self._kinds: dict[str, str] = {}
        self._me: Json = {}
        self._read: set[tuple[str, str]] = set()
        self.bodies: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.complete = True

    def look(self, threads: Sequence[tuple[str, str]]) -> None:
        """Read everything, as far as Slack and the time allow."""
        try:
            self._me = self._history.ask("auth.test", {})
            for kind in _KINDS:
                self._try(kind, self._list, kind)
            for channel in [c for c, kind in self._kinds.items() if kind != "im"]:
                self._try(channel, self._channel, channel)
            for channel, ts in dict.fromkeys(threads):
                self._try(channel, self._thread, channel, ts)
            for channel in [c for c, kind in self._kinds.items() if kind == "im"]:
                self._try(channel, self._channel, channel)
        except NoTime:
            log.warning("slack_catch_up_cut_short", found=len(self.bodies))
            self.complete = False
        except FROM_OUTSIDE as error:
            log.warning("slack_catch_up_failed", error=_name(error))
            self.complete = False

    def _try(self, what: str, read: Callable[..., None], *args: str) -> None:
        """What Slack refuses for good is passed over; the others are read all the same."""
        try:
            read(*args)
        except FROM_OUTSIDE as error:
            log.warning("slack_catch_up_skipped", what=what, error=_name(error))
            refused = isinstance(error, SlackApiError) and not may_pass(error)
            self.complete = self.complete and refused

    def _list(self, kind: str) -> None:
        params = {"types": kind, "exclude_archived": "true"}
        found = self._history.pages("users.conversations", params, "channels", _MOST_CHANNELS)
        for channel in found:
            names = {channel.get("id"), f"#{channel.get('name')}"}
            if isinstance(channel.get("id"), str) and not names & set(self._leave_out):
                self._kinds[channel["id"]] = _KINDS[kind]

    def _channel(self, channel: str) -> None:
        roots = []
        for message in self._messages("conversations.history", channel):
            self._keep(channel, message)
            if _moment(str(message.get("latest_reply"))) > _moment(self._oldest):
                roots.append(str(message.get("ts")))
        for ts in roots:
            self._try(channel, self._thread, channel, ts)

    def _thread(self, channel: str, ts: str) -> None:
        if (channel, ts) in self._read:
            return
        self._read.add((channel, ts))
        for message in self._messages("conversations.replies", channel, ts=ts):
            # The root leads, whatever its age.
            if _moment(str(message.get("ts"))) > _moment(self._oldest):
                self._keep(channel, message)

    def _messages(self, method: str, channel: str, **more: str) -> Iterator[Json]:
        params = {"channel": channel, "oldest": self._oldest, **more}
        return self._history.pages(method, params, "messages", MOST_MESSAGES)

    def _keep(self, channel: str, message: Json) -> None:
        """As `events.envelope` would get it, had it come as an event; the bot's own not."""
        me, ts = self._me, str(message.get("ts"))
        body = {
            "type": "event_callback",
            "team_id": me.get("team_id"),
            "event": {
                **message,
                "channel": channel,
                "channel_type": self._kinds.get(channel) or _kind(channel),
                "event_ts": ts,
            },
            "authorizations": [
                {"team_id": me.get("team_id"), "user_id": me.get("user_id"), "is_bot": True}
            ],
        }
        bot = message.get("bot_id")
        own = events.is_own(body) or (bot is not None and bot == me.get("bot_id"))
        if events.message_key(body) is not None and not own:
            self.bodies[channel, ts] = body


def _kind(channel: str) -> str:
    return {"D": "im", "G": "group"}.get(channel[:1], "channel")


def _moment(ts: str) -> tuple[int, int]:
    """A message's time as Slack orders by; zero for what is none."""
    seconds, _, micros = ts.partition(".")
    if not (seconds.isdecimal() and micros.isdecimal()):
        return 0, 0
    return int(seconds), int(micros)


def _name(error: Exception) -> str:
    return code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
