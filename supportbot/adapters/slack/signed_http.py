"""Slack over signed HTTP: events, clicks, forms and commands, all at one address.

https://docs.slack.dev/apis/events-api/using-http-request-urls and
https://docs.slack.dev/authentication/verifying-requests-from-slack

bolt has a WSGI handler of its own; it reads as many bytes as a stranger announces, parses them
before it looks at the signature, and loses a command whose text has "payload" in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import structlog
from slack_bolt import App
from slack_sdk.signature import Clock as SdkClock
from slack_sdk.signature import SignatureVerifier

from supportbot.adapters.slack.app import dispatch
from supportbot.adapters.slack.manifest import REQUEST_PATH
from supportbot.application.ports import Clock

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = structlog.get_logger()

# An event carries a message twice, as text and as blocks, of 40,000 characters at most each.
LARGEST_BODY = 1024 * 1024
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_MOST_FIELDS = 100

_Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: HTTPStatus
    body: str = ""
    headers: _Headers = ()


class _NoBody(Exception):
    """There is nothing that should be read; the answer says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class SlackHttp:
    """A WSGI application for POST /slack/events. Safe for threads.

    Nothing is parsed, kept or shown to bolt unless it is signed with `signing_secret` and no older
    than five minutes. What cannot be kept is answered 500, and Slack sends it again.

    Args:
        app: what `app.build_app` made.
        signing_secret: under *Basic Information*, *App Credentials*. Raises ValueError when empty.
        clock: tells how old a request is.
    """

    def __init__(self, app: App, signing_secret: str, clock: Clock) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret, _Seconds(clock))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        body = answer.body.encode()
        status = f"{answer.status.value} {answer.status.phrase}"
        start_response(status, [*answer.headers, ("Content-Length", str(len(body)))])
        return [body]

    def close(self) -> None:
        """Finish what follows on requests that were answered; call it once none come any more."""
        self._app.listener_runner.listener_executor.shutdown(wait=True)

    def _answer(self, environ: WSGIEnvironment) -> _Answer:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if not path.endswith(REQUEST_PATH):
            return _Answer(HTTPStatus.NOT_FOUND)
        if environ["REQUEST_METHOD"] != "POST":
            return _Answer(HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "POST"),))
        kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        if kind not in (_JSON, _FORM):
            return _Answer(HTTPStatus.BAD_REQUEST)
        try:
            body = _body(environ)
        except _NoBody as error:
            return _Answer(error.status)
        if kind == _FORM and _is_ssl_check(body):
            return _Answer(HTTPStatus.OK)
        if not self._is_signed(environ, body):
            return _Answer(HTTPStatus.UNAUTHORIZED)
        return self._dispatched(_payload(kind, body.decode()), environ)

    def _is_signed(self, environ: Mapping[str, Any], body: bytes) -> bool:
        timestamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
        signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
        try:
            signed = self._verifier.is_valid(body, timestamp, signature)
        except (ValueError, TypeError, OverflowError):
            # No number, no text in UTF-8, a signature that is not ASCII: none of it is Slack's.
            signed = False
        if not signed:
            log.warning("slack_signature_refused", bytes=len(body))
        return signed

    def _dispatched(self, payload: Any, environ: Mapping[str, Any]) -> _Answer:
        again = str(environ.get("HTTP_X_SLACK_RETRY_NUM", ""))
        if again:
            reason = str(environ.get("HTTP_X_SLACK_RETRY_REASON", ""))[:50]
            log.info("slack_sends_again", number=again[:5], reason=reason)
        response = dispatch(self._app, payload)
        given = ((name, value) for name, values in response.headers.items() for value in values)
        headers = tuple(each for each in given if each[0].lower() != "content-length")
        return _Answer(HTTPStatus(response.status), response.body or "", headers)


class _Seconds(SdkClock):
    """Our clock, as slack_sdk reads one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


def _body(environ: Mapping[str, Any]) -> bytes:
    """The whole body. Raises _NoBody when it has no known length, is too large, or is cut off."""
    said = str(environ.get("CONTENT_LENGTH") or "")
    if not (said.isascii() and said.isdecimal()):
        raise _NoBody(HTTPStatus.LENGTH_REQUIRED)
    if len(said) > 12 or int(said) > LARGEST_BODY:
        raise _NoBody(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    read: Callable[[int], bytes] = environ["wsgi.input"].read
    body = read(int(said))
    if len(body) != int(said):
        raise _NoBody(HTTPStatus.BAD_REQUEST)
    return body


def _is_ssl_check(body: bytes) -> bool:
    """Whether Slack only looks at our certificate, which it does without a signature."""
    if b"ssl_check=1" not in body or len(body) > 1_000:
        return False
    fields = dict(parse_qsl(body.decode(errors="replace")))
    return fields.get("ssl_check") == "1" and "payload" not in fields and "command" not in fields


def _payload(kind: str, text: str) -> Any:
    """What is in a body: JSON, the JSON in a form's `payload`, or the form; else its text."""
    try:
        if kind == _JSON:
            return json.loads(text)
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        return json.loads(fields["payload"]) if "payload" in fields else fields
    except (ValueError, RecursionError):
        return text
