"""The HTTP transport: each envelope is a signed POST to the app's one address.

https://docs.slack.dev/apis/events-api/using-http-request-urls/ and
https://docs.slack.dev/authentication/verifying-requests-from-slack/
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from slack_sdk.signature import SignatureVerifier

from supportbot.sandbox.slack.model import Json

AT_ONCE = 16
"""So many requests at a time; Slack waits for none of them before it sends the next."""
_FORM = "application/x-www-form-urlencoded"

Acknowledge = Callable[[str, Json | None], None]
Missed = Callable[[str, str], None]


class RequestUrl:
    """Takes envelopes as a socket does, and posts them. It is in the workspace's threads until
    `close`.

    Args:
        url: http://127.0.0.1:PORT/PATH
        signing_secret: what every request is signed with, at the time that `now` says.
        patience: seconds for an answer.
        acknowledge: called with the envelope's id and what the app answered, after a 2xx.
        missed: called with the id and Slack's name for the reason, after anything else.
    """

    number = 0

    def __init__(
        self,
        url: str,
        signing_secret: str,
        now: Callable[[], datetime],
        patience: float,
        acknowledge: Acknowledge,
        missed: Missed,
    ) -> None:
        self._url = urlsplit(url)
        self._signer = SignatureVerifier(signing_secret)
        self._now = now
        self._patience = patience
        self._acknowledge = acknowledge
        self._missed = missed
        self._posts = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="slack-http")

    def send(self, text: str) -> None:
        """Post the envelope that a socket would send as `text`; returns at once.

        Raises ConnectionError once it is closed.
        """
        try:
            self._posts.submit(self._deliver, json.loads(text))
        except RuntimeError as closed:
            raise ConnectionError("nothing more is posted there") from closed

    def close(self) -> None:
        """Wait for the answers that are owed, and post nothing more."""
        self._posts.shutdown(wait=True, cancel_futures=True)

    def _deliver(self, frame: Json) -> None:
        sent_at, envelope_id = time.monotonic(), frame["envelope_id"]
        try:
            status, answer = self._post(*_request(frame))
        except TimeoutError:
            self._missed(envelope_id, "http_timeout")
        except (OSError, http.client.HTTPException):
            self._missed(envelope_id, "connection_failed")
        else:
            if time.monotonic() - sent_at > self._patience:
                self._missed(envelope_id, "http_timeout")
            elif 200 <= status < 300:
                self._acknowledge(envelope_id, _response(answer))
            else:
                self._missed(envelope_id, "http_error")

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        timestamp = str(int(self._now().timestamp()))
        signature = self._signer.generate_signature(timestamp=timestamp, body=body)
        signed = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": str(signature)}
        place = self._url.hostname or "", self._url.port or 80
        connection = http.client.HTTPConnection(*place, timeout=self._patience)
        try:
            connection.request("POST", self._url.path or "/", body, headers | signed)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def _request(frame: Json) -> tuple[bytes, dict[str, str]]:
    """An envelope's body and headers: events are JSON, commands a form, the rest JSON in a form."""
    payload = frame["payload"]
    if frame["type"] == "events_api":
        return json.dumps(payload).encode(), {"Content-Type": "application/json", **_again(frame)}
    fields = payload if frame["type"] == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), {"Content-Type": _FORM}


def _again(frame: Json) -> dict[str, str]:
    tries = frame["retry_attempt"]
    if not tries:
        return {}
    return {"X-Slack-Retry-Num": str(tries), "X-Slack-Retry-Reason": frame["retry_reason"]}


def _response(answer: bytes) -> Json | None:
    """What stands in the answer to a form or a command: JSON, or words for the person."""
    if not answer:
        return None
    try:
        found: Any = json.loads(answer)
    except ValueError:
        return {"text": answer.decode(errors="replace")}
    return found if isinstance(found, dict) else {"text": answer.decode()}
