"""Who and what Slack's ids stand for, remembered for an hour.

Ids come with every event, names stand in the playbooks. One directory serves the reader, the
sender and the buttons; what it does not know it asks Slack for.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from supportbot.adapters.slack.client import may_pass, patiently
from supportbot.adapters.slack.errors import code_of
from supportbot.adapters.slack.text import is_id

log = structlog.get_logger()

V = TypeVar("V")

LIFETIME = timedelta(hours=1)
MOST = 5_000
# conversations.list gives up to 1000 a page; who has more channels names theirs by id.
_PAGE, _MOST_PAGES = 999, 20


@dataclass(frozen=True, slots=True)
class Profile:
    """A member of the workspace. `mail` is None where Slack does not tell."""

    id: str
    name: str
    mail: str | None
    active: bool


class _Memory(Generic[V]):
    """The newest so many answers, each for so long; None is an answer too."""

    def __init__(self, most: int, lifetime: timedelta, seconds: Callable[[], float]) -> None:
        self._most = most
        self._lifetime = lifetime.total_seconds()
        self._seconds = seconds
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, V | None]] = OrderedDict()

    def find(self, key: str) -> tuple[bool, V | None]:
        """Whether the answer is known, and the answer."""
        with self._lock:
            since, value = self._kept.get(key, (None, None))
            if since is None or self._seconds() - since > self._lifetime:
                return False, None
            return True, value

    def keep(self, key: str, value: V | None) -> None:
        with self._lock:
            self._kept[key] = (self._seconds(), value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


class Directory:
    """Names for ids and ids for names. Safe for threads.

    What Slack does not know is None; a Slack that does not answer, or refuses to tell, raises
    SlackApiError, OSError or http.client.HTTPException after a few tries.

    Args:
        client: for the Web API.
        most: so many people, and as many channels, are remembered.
        lifetime: for so long: names, addresses and accounts change.
        seconds: a clock that only goes forward.
    """

    def __init__(
        self,
        client: WebClient,
        *,
        most: int = MOST,
        lifetime: timedelta = LIFETIME,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._profiles: _Memory[Profile] = _Memory(most, lifetime, seconds)
        self._names: _Memory[str] = _Memory(most, lifetime, seconds)
        self._ids: _Memory[str] = _Memory(most, lifetime, seconds)
        self._directs: _Memory[str] = _Memory(most, lifetime, seconds)

    def person(self, user: str) -> Profile | None:
        """Who has this user id; also those whose account is deactivated."""
        known, profile = self._profiles.find(user)
        if not known:
            answer = self._ask("users.info", {"user": user}, "user_not_found", "user_not_visible")
            profile = _profile(answer.get("user") or {})
            self._profiles.keep(user, profile)
        return profile

    def is_active(self, user: str) -> bool:
        """Whether somebody has this user id, and has not been deactivated; yes where Slack refuses
        to tell, whoever asks."""
        try:
            profile = self.person(user)
        except SlackApiError as error:
            if may_pass(error):
                raise
            log.warning("slack_account_unknown", user=user, error=code_of(error))
            return True
        return profile is not None and profile.active

    def remembered(self, user: str) -> Profile | None:
        """Who has this user id, as far as that is known by now; Slack is not asked."""
        return self._profiles.find(user)[1]

    def person_by_mail(self, mail: str) -> Profile | None:
        """The active member with this address."""
        answer = self._ask("users.lookupByEmail", {"email": mail}, "users_not_found")
        profile = _profile(answer.get("user") or {})
        if profile is not None:
            self._profiles.keep(profile.id, profile)
        return profile

    def channel_name(self, channel: str) -> str | None:
        """`#name` of a channel's id; None for what has none, like a direct message."""
        known, name = self._names.find(channel)
        if not known:
            answer = self._ask("conversations.info", {"channel": channel}, "channel_not_found")
            found = (answer.get("channel") or {}).get("name")
            name = f"#{found}" if isinstance(found, str) and found else None
            self._names.keep(channel, name)
        return name

    def channel_id(self, name: str) -> str | None:
        """The id of `#name`; an id stands for itself. None: there is none that the bot can see."""
        if is_id(name, "CGD"):
            return name
        wanted = name.removeprefix("#").lower()
        known, found = self._ids.find(wanted)
        if known and found:
            return found
        for channel in self._channels():
            self._names.keep(channel["id"], f"#{channel['name']}")
            self._ids.keep(channel["name"], channel["id"])
            if channel["name"] == wanted:
                return str(channel["id"])
        return None

    def direct(self, user: str) -> str | None:
        """The id of the direct messages with a person; None when there can be none, whoever asks.

        They are opened if need be, which shows nobody anything and changes nothing a second time.
        """
        known, channel = self._directs.find(user)
        if known:
            return channel
        try:
            answer = self._ask("conversations.open", {"users": user})
        except SlackApiError as error:
            if may_pass(error):
                raise
            log.warning("slack_no_direct_messages", user=user, error=code_of(error))
            return None
        channel = str(answer["channel"]["id"])
        self._directs.keep(user, channel)
        return channel

    def _channels(self) -> Iterator[dict[str, str]]:
        cursor = ""
        for _ in range(_MOST_PAGES):
            answer = self._ask(
                "conversations.list",
                {
                    "types": "public_channel,private_channel",
                    "exclude_archived": "true",
                    "limit": _PAGE,
                    "cursor": cursor,
                },
            )
            for channel in answer.get("channels") or []:
                if channel.get("id") and channel.get("name"):
                    yield channel
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _ask(self, method: str, params: Mapping[str, Any], *absent: str) -> Mapping[str, Any]:
        """The answer; empty when Slack refuses with one of the codes in `absent`."""
        try:
            response = patiently(lambda: self._client.api_call(method, params=dict(params)))
        except SlackApiError as error:
            if code_of(error) in absent:
                return {}
            raise
        data = response.data
        return data if isinstance(data, dict) else {}


def _profile(user: Mapping[str, Any]) -> Profile | None:
    if not user.get("id"):
        return None
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("name"))
    name = next((str(name) for name in names if name), str(user["id"]))
    mail = profile.get("email")
    return Profile(str(user["id"]), name, str(mail) if mail else None, not user.get("deleted"))
