"""Reads Slack's lists page by page, as patiently as Slack asks for, and not for ever.

https://docs.slack.dev/apis/web-api/pagination and https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from supportbot.adapters.slack.client import may_pass
from supportbot.adapters.slack.errors import retry_after
from supportbot.application.ports import Clock

log = structlog.get_logger()

Json = Mapping[str, Any]

FROM_OUTSIDE = (SlackApiError, OSError, http.client.HTTPException)
_PAGE = 200
_TRIES = 4
_PAUSE, _LONGEST_PAUSE = timedelta(seconds=0.5), timedelta(minutes=1)


class NoTime(Exception):
    """The time for reading is over, or Slack asks for more of it than there is."""


class History:
    """Reads until `end` (aware UTC), or until `stopped` is set."""

    def __init__(
        self, client: WebClient, clock: Clock, end: datetime, stopped: threading.Event
    ) -> None:
        self._client = client
        self._clock = clock
        self._end = end
        self._stopped = stopped

    def pages(self, method: str, params: Mapping[str, Any], name: str, most: int) -> Iterator[Json]:
        """The first `most` things of a list; `name` is where they stand in an answer.

        Raises NoTime; after a few tries what slack_sdk raises.
        """
        asked, count = {**params, "limit": _PAGE}, 0
        while count < most:
            answer = self.ask(method, asked)
            found = [each for each in answer.get(name) or [] if isinstance(each, dict)]
            yield from found[: most - count]
            count += len(found)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            asked["cursor"] = cursor
        log.warning("slack_list_cut", method=method, of=params.get("channel"), read=count)

    def ask(self, method: str, params: Mapping[str, Any]) -> Json:
        """One answer. Raises as `pages` does."""
        for number in range(1, _TRIES + 1):
            if self._stopped.is_set() or self._clock.now() >= self._end:
                raise NoTime
            try:
                answer = self._client.api_call(method, params=dict(params))
            except FROM_OUTSIDE as error:
                self._wait(error, number)
            else:
                return answer.data if isinstance(answer.data, dict) else {}
        raise NoTime

    def _wait(self, error: Exception, number: int) -> None:
        """Until the same call may go well. Raises `error` where it never will, or tries are up."""
        asked_for = None
        if isinstance(error, SlackApiError):
            if not may_pass(error):
                raise error
            asked_for = retry_after(error)
        if asked_for is None and number == _TRIES:
            raise error
        pause = asked_for or _PAUSE * number
        if pause > _LONGEST_PAUSE or self._clock.now() + pause >= self._end:
            raise NoTime from error
        self._stopped.wait(pause.total_seconds())
