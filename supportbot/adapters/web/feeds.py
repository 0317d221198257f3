"""`/rota/first-line.ics` and `/rota/person/ines.ics`: shifts for whoever knows the feed's token.

Calendar programs can send no headers of ours and no password, so the token stands in the address:
`?token=…`. To a wrong one we answer as if the feed did not exist.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from supportbot.adapters.web.answers import answer, looked_at, nothing_here
from supportbot.adapters.web.ical import CONTENT_TYPE, calendar
from supportbot.application import feeds
from supportbot.application.feeds import Kind
from supportbot.domain.policy.playbook import Playbooks

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/rota/"

_ADDRESS = re.compile(rf"{PATH}(?P<person>person/)?(?P<name>[a-zA-Z0-9_-]{{1,64}})\.ics")
_LONGEST_QUERY = 1024
_MOST_KEPT = 64
# Programs may keep it, and have to ask each time whether it is still right.
_CACHE = "private, no-cache"


@dataclass(frozen=True, slots=True)
class _Rendered:
    """A feed as it goes out, and what it was made from: with the same it is not made again."""

    playbooks: Playbooks
    day: datetime
    body: bytes
    tag: str


class Feeds:
    """Every feed, as bytes, made anew when the playbooks change or a day has passed.

    Args:
        playbooks: those in force, with what was changed while the desk runs.
        now: the clock.
    """

    def __init__(self, playbooks: Callable[[], Playbooks], now: Callable[[], datetime]) -> None:
        self._playbooks = playbooks
        self._now = now
        self._lock = Lock()
        self._kept: OrderedDict[tuple[Kind, str], _Rendered] = OrderedDict()

    def find(self, kind: Kind, name: str) -> tuple[bytes, str] | None:
        """The feed and its tag; None when there is none."""
        playbooks = self._playbooks()
        day = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        # One at a time: whoever asks for what another asks for gets the same.
        with self._lock:
            kept = self._kept.get((kind, name))
            if kept is None or kept.playbooks is not playbooks or kept.day != day:
                found = feeds.feed(playbooks, kind, name, day)
                if found is None:
                    return None
                body = calendar(found)
                tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
                kept = self._kept[kind, name] = _Rendered(playbooks, day, body, tag)
            self._kept.move_to_end((kind, name))
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return kept.body, kept.tag


def feed_pages(secret: str, known: Feeds) -> WSGIApplication:
    """What answers below PATH."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        address = _ADDRESS.fullmatch(str(environ["PATH_INFO"]))
        if address is None:
            return nothing_here(start_response)
        kind: Kind = "person" if address["person"] else "rotation"
        name = address["name"]
        if not _is_token(environ, feeds.token(secret, kind, name)):
            return nothing_here(start_response)
        found = known.find(kind, name)
        if found is None:
            return nothing_here(start_response)
        body, tag = found
        headers = (("ETag", tag), ("Cache-Control", _CACHE))
        if _is_known(str(environ.get("HTTP_IF_NONE_MATCH", "")), tag):
            start_response("304 Not Modified", list(headers))
            return []
        return answer(start_response, HTTPStatus.OK, body, *headers, content_type=CONTENT_TYPE)

    return looked_at(app)


def _is_token(environ: WSGIEnvironment, right: str) -> bool:
    query = str(environ.get("QUERY_STRING", ""))
    given = parse_qs(query).get("token", [""])[-1] if len(query) <= _LONGEST_QUERY else ""
    # Of strings it takes ASCII alone.
    return hmac.compare_digest(given.encode(), right.encode())


def _is_known(said: str, tag: str) -> bool:
    """RFC 9110, 13.1.2: compared weakly; proxies that compress make a weak one of ours."""
    tags = (one.strip().removeprefix("W/") for one in said.split(","))
    return said.strip() == "*" or tag in tags
