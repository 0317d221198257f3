"""Slack over HTTP: who gets in, what is answered, and that nothing else is even looked at."""

from __future__ import annotations

import http.client
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from slack_sdk.signature import SignatureVerifier

from supportbot.adapters.slack.app import build_app
from supportbot.adapters.slack.signed_http import LARGEST_BODY, SlackHttp
from supportbot.sandbox.slack import Faults, LocalSlack, Patience
from tests.adapters.slack_adapter.room import HandClock, Room, open_room

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
EVENT = json.dumps(
    {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "event": {"type": "message", "channel": "C1", "ts": "1.2", "text": "help"},
    }
).encode()


@pytest.fixture
def transport() -> str:
    return "http"


@pytest.fixture
def url(room: Room) -> Iterator[str]:
    with room.by_http() as url:
        yield url


def signed(room: Room, body: bytes, *, age: timedelta = timedelta(0)) -> dict[str, str]:
    """The headers that Slack would send, from so long ago."""
    timestamp = str(int((room.clock.now() - age).timestamp()))
    verifier = SignatureVerifier(room.slack.signing_secret)
    signature = verifier.generate_signature(timestamp=timestamp, body=body)
    assert signature is not None
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}


def ask(
    url: str, body: bytes, headers: dict[str, str], kind: str = JSON, method: str = "POST"
) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request(method, parts.path, body, {"Content-Type": kind, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


# --- who gets in


def test_what_slack_signed_is_kept_and_acknowledged(room: Room, url: str) -> None:
    assert ask(url, EVENT, signed(room, EVENT)) == (200, "")
    assert room.received == [True]


@pytest.mark.parametrize("age", [timedelta(minutes=4, seconds=59), timedelta(minutes=-4)])
def test_a_request_may_be_almost_five_minutes_off(room: Room, url: str, age: timedelta) -> None:
    assert ask(url, EVENT, signed(room, EVENT, age=age))[0] == 200


@pytest.mark.parametrize(
    "age", [timedelta(minutes=5, seconds=1), timedelta(days=400), timedelta(minutes=-6)]
)
def test_an_old_request_is_refused_although_it_is_signed(
    room: Room, url: str, age: timedelta
) -> None:
    assert ask(url, EVENT, signed(room, EVENT, age=age))[0] == 401
    assert room.received == []


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=\xe9"},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": "9" * 5_000},
    ],
)
def test_a_wrong_signature_never_reaches_the_inbox(
    room: Room, url: str, changes: dict[str, str]
) -> None:
    assert ask(url, EVENT, {**signed(room, EVENT), **changes})[0] == 401
    assert room.received == []


def test_a_signature_is_worth_nothing_under_another_body(room: Room, url: str) -> None:
    assert ask(url, EVENT.replace(b"help", b"kelp"), signed(room, EVENT))[0] == 401
    assert ask(url, EVENT, {})[0] == 401
    assert room.received == []


def test_another_apps_secret_opens_nothing(room: Room, url: str) -> None:
    room.slack.deliver_to(url, "the secret of another app")
    pressed = room.people["mara"].slash("/support", "help")
    assert not pressed.acked
    assert room.received == []


def test_a_replayed_request_is_known(room: Room, url: str) -> None:
    headers = signed(room, EVENT)
    assert [ask(url, EVENT, headers)[0] for _ in range(3)] == [200, 200, 200]
    assert room.received == [True, False, False]


def test_a_secret_must_be_given(room: Room) -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        SlackHttp(room.app(), "", room.clock)


# --- what is no request of Slack's


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_other_methods_are_refused(room: Room, url: str, method: str) -> None:
    assert ask(url, b"", signed(room, b""), method=method)[0] == 405


@pytest.mark.parametrize("kind", ["text/plain", "", "multipart/form-data; boundary=x", "json"])
def test_other_content_types_are_refused(room: Room, url: str, kind: str) -> None:
    assert ask(url, EVENT, signed(room, EVENT), kind)[0] == 400


def test_a_content_type_may_name_its_charset(room: Room, url: str) -> None:
    assert ask(url, EVENT, signed(room, EVENT), "application/json; charset=utf-8")[0] == 200


def test_other_paths_are_not_there(room: Room, url: str) -> None:
    assert ask(f"{url}/else", EVENT, signed(room, EVENT))[0] == 404
    assert room.received == []


def test_a_body_that_is_too_large_is_not_read(room: Room, url: str) -> None:
    body = b" " * (LARGEST_BODY + 1)
    assert ask(url, body, signed(room, body))[0] == 413


def test_the_largest_body_is_read(room: Room, url: str) -> None:
    body = EVENT + b" " * (LARGEST_BODY - len(EVENT))
    assert ask(url, body, signed(room, body))[0] == 200


@pytest.mark.parametrize(
    ("length", "status"),
    [("", 411), ("-1", 411), ("1e3", 411), ("²", 411), ("9" * 5_000, 413), ("500", 400)],
)
def test_a_length_that_is_none_is_not_believed(room: Room, length: str, status: int) -> None:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/slack/events",
        "CONTENT_TYPE": JSON,
        "CONTENT_LENGTH": length,
        "wsgi.input": io.BytesIO(EVENT),
    }
    said: list[str] = []
    endpoint = SlackHttp(room.app(), "secret", room.clock)
    note: Any = lambda status, *_: said.append(status)  # noqa: E731 - typed as WSGI wants it
    list(endpoint(environ, note))
    assert said[0].startswith(str(status))


GARBAGE = [b"", b"{", b"[" * 50_000, b"null", b"5", b'"x"', b"\xff\xfe", b'{"event": {}}']


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_that_nobody_signed_goes_nowhere(room: Room, url: str, body: bytes) -> None:
    assert ask(url, body, {})[0] == 401
    assert room.received == []


@pytest.mark.parametrize("kind", [JSON, FORM])
@pytest.mark.parametrize("body", [each for each in GARBAGE if each != b"\xff\xfe"])
def test_garbage_that_slack_signed_is_kept_for_a_person(
    room: Room, url: str, body: bytes, kind: str
) -> None:
    assert ask(url, body, signed(room, body), kind)[0] == 200
    assert room.received == [True]


def test_what_is_signed_and_no_text_is_refused(room: Room, url: str) -> None:
    headers = signed(room, b"x")
    assert ask(url, b"\xff\xfe", headers)[0] == 401


# --- what is answered


def test_slacks_question_whether_the_address_is_ours_is_answered(room: Room, url: str) -> None:
    body = b'{"type": "url_verification", "token": "x", "challenge": "c4t"}'
    status, answer = ask(url, body, signed(room, body))
    assert (status, json.loads(answer)) == (200, {"challenge": "c4t"})
    assert ask(url, body, {})[0] == 401
    assert room.received == []


def test_a_look_at_the_certificate_is_answered_without_a_signature(room: Room, url: str) -> None:
    assert ask(url, b"ssl_check=1&token=x", {}, FORM) == (200, "")
    command = urlencode({"ssl_check": "1", "command": "/support", "text": "x"}).encode()
    assert ask(url, command, {}, FORM)[0] == 401
    assert room.received == []


def test_what_cannot_be_kept_is_answered_500_and_kept_the_next_time(room: Room, url: str) -> None:
    room.broken.append(OSError("disk full"))
    assert ask(url, EVENT, signed(room, EVENT))[0] == 500
    again = {**signed(room, EVENT), "X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_error"}
    assert ask(url, EVENT, again)[0] == 200
    assert room.received == [True]


def test_many_at_a_time_are_each_kept_once(room: Room, url: str) -> None:
    mara = room.people["mara"]
    for number in range(60):
        mara.say("northfield-support", f"it is slow, {number}")
    room.heard()
    assert room.received.count(True) == 60


def test_retries_under_the_same_name_and_another_open_one_ticket(
    tmp_path: Any, clock: HandClock
) -> None:
    faults = Faults(seed=1, redeliver=0.5, new_event_id=0.5, double_mention=1.0)
    patience = Patience(ack=20.0, retries=(0.0, 0.05))
    with (
        LocalSlack(now=clock.now, faults=faults, patience=patience) as slack,
        open_room(tmp_path, slack, clock, "http") as room,
        room.connected(),
    ):
        room.broken.append(OSError("busy"))
        room.people["mara"].mention_bot("northfield-support", "help")
        room.settle()
        assert sum(event.attempts for event in slack.events()) > len(slack.events())
        assert room.received.count(True) == 1
        assert len(room.tickets()) == 1


def test_going_down_waits_for_the_form_that_is_being_opened(room: Room) -> None:
    with room.by_http():
        assert room.people["mara"].slash("/support").acked
    assert len(room.slack.views(room.people["mara"])) == 1


def test_the_app_itself_asks_for_no_secret() -> None:
    assert "signing_secret" not in build_app.__annotations__
