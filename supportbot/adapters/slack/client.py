"""slack_sdk's client without its habits: no hidden retries, and no waiting for ever."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from supportbot.adapters.slack.errors import code_of, failure, retry_after, status_of

T = TypeVar("T")

BASE_URL = "https://slack.com/api/"
TIMEOUT = timedelta(seconds=10)
READ_TRIES = 3
_PAUSE = 0.3
_LONGEST_PAUSE = 3.0


def web_client(
    token: str | None, base_url: str = BASE_URL, timeout: timedelta = TIMEOUT
) -> WebClient:
    """A client for the Web API. `timeout` is for each read of the socket.

    slack_sdk logs every failure as an error by itself; here whoever calls says what one means.
    """
    logger = logging.getLogger("supportbot.slack.web")
    logger.setLevel(logging.CRITICAL)
    seconds = int(timeout.total_seconds()) or 1
    return WebClient(
        token=token, base_url=base_url, timeout=seconds, retry_handlers=[], logger=logger
    )


def patiently(read: Callable[[], T]) -> T:
    """Run a call that changes nothing, again where the fault looks passing; then raise it."""
    return Retrying(
        retry=retry_if_exception(is_passing),
        stop=stop_after_attempt(READ_TRIES),
        wait=_pause,
        reraise=True,
    )(read)


def is_passing(error: BaseException) -> bool:
    """Whether the same read may well succeed a moment later."""
    if isinstance(error, SlackApiError):
        wait = retry_after(error)
        if wait is not None:
            return wait.total_seconds() <= _LONGEST_PAUSE
        return status_of(error) >= 500 or code_of(error) in ("internal_error", "fatal_error")
    return isinstance(error, (OSError, http.client.HTTPException))


def may_pass(error: SlackApiError) -> bool:
    """Whether Slack may answer the same call some other time; else it refuses for good."""
    return failure(error).kind in ("transient", "rate_limited")


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    wait = retry_after(error) if isinstance(error, SlackApiError) else None
    return wait.total_seconds() if wait is not None else _PAUSE * state.attempt_number
