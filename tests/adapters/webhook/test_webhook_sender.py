"""Pages to a paging service over real HTTP, and what its answers mean for the policy."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from supportbot.adapters.webhook.sender import Service, WebhookSender
from supportbot.domain.notices.delivery import SendFailure, SendTask
from supportbot.settings import WebhookSettings, load_settings
from tests.domain.samples import NOON

SECRET = "a secret of ours"


class Pager:
    """A paging service that answers as it is told, and keeps what it was sent."""

    def __init__(self) -> None:
        self.status = 202
        self.answer: dict[str, str] = {}
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.url = ""


@pytest.fixture
def pager() -> Iterator[Pager]:
    told = Pager()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append((dict(self.headers), body))
            self.send_response(told.status)
            for name, value in told.answer.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - to see a redirect that was followed

        def log_message(self, *_: Any) -> None:
            pass

    with _serving(HTTPServer(("127.0.0.1", 0), Handler)) as port:
        told.url = f"http://127.0.0.1:{port}/in?token=t"
        yield told


@contextmanager
def _serving(server: HTTPServer) -> Iterator[int]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def task(webhook: str = "night-pager", **changes: Any) -> SendTask:
    payload = {
        "number": 42,
        "severity": "P1",
        "title": "Nobody can log in",
        "hub": "northfield/prod",
        "means": "several people cannot work",
        "step": 2,
        "reason": "named in the policy",
        "url": "https://slack.example/archives/C1/p1",
        "position": 1,
        "round": 1,
    }
    given: dict[str, Any] = {
        "id": 1,
        "token": "t",
        "key": "SUP-42.7.page.webhook:night-pager",
        "kind": "webhook.page",
        "ticket": 42,
        "target": {"person": f"webhook:{webhook}", "webhook": webhook},
        "place": None,
        "payload": payload,
        "attempt": 1,
        "first_attempt_at": NOON,
    }
    return SendTask(**(given | changes))


def sender(url: str, secret: str | None = None) -> WebhookSender:
    return WebhookSender({"night_pager": Service(url, secret)}, lambda: NOON)


def failure(url: str, one: SendTask | None = None) -> SendFailure:
    with pytest.raises(SendFailure) as failed:
        sender(url).send(one or task())
    return failed.value


def test_a_page_says_what_the_team_s_channel_is_told_and_no_more(pager: Pager) -> None:
    sender(pager.url).send(task())
    ((headers, body),) = pager.got
    assert json.loads(body) == {
        "ticket": "SUP-42",
        "severity": "P1",
        "title": "Nobody can log in",
        "hub": "northfield/prod",
        "step": 2,
        "reason": "named in the policy",
        "url": "https://slack.example/archives/C1/p1",
        "key": "SUP-42.7.page.webhook:night-pager",
    }
    assert headers["Content-Type"] == "application/json"
    assert "X-Supportbot-Signature" not in headers


def test_every_try_of_a_page_shows_the_same_key(pager: Pager) -> None:
    for attempt in (1, 2):
        sender(pager.url).send(task(attempt=attempt))
    assert [h["Idempotency-Key"] for h, _ in pager.got] == ["SUP-42.7.page.webhook:night-pager"] * 2


def test_whoever_knows_the_secret_can_tell_that_a_page_is_ours_and_of_when(pager: Pager) -> None:
    sender(pager.url, SECRET).send(task())
    ((headers, body),) = pager.got
    stamp = headers["X-Supportbot-Timestamp"]
    ours = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Supportbot-Signature"] == f"sha256={ours}"
    assert int(stamp) == int(NOON.timestamp())


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (301, "rejected", "redirects are not followed"),
        (307, "rejected", "redirects are not followed"),
        (400, "rejected", "it does not take this request"),
        (401, "unauthorised", "signing secret"),
        (403, "unauthorised", "signing secret"),
        (404, "rejected", "check the address"),
        (408, "transient", "tried again"),
        (409, "transient", "tried again"),
        (410, "rejected", "check the address"),
        (429, "rate_limited", "tried again"),
        (500, "transient", "tried again"),
        (503, "transient", "tried again"),
    ],
)
def test_an_answer_that_is_no_yes_says_whether_another_try_can_help(
    pager: Pager, status: int, kind: str, says: str
) -> None:
    pager.status, pager.answer = status, {"Location": pager.url}
    found = failure(pager.url)
    assert (found.kind, len(pager.got)) == (kind, 1)
    assert says in found.reason
    assert "token" not in found.reason


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("30", 30), ("99999999999999", 3600), ("Tue, 24 Nov 2026 12:00:00 GMT", None), ("-1", None)],
)
def test_a_service_that_wants_to_be_left_alone_is_for_so_long(
    pager: Pager, said: str, seconds: int | None
) -> None:
    pager.status, pager.answer = 429, {"Retry-After": said}
    wish = failure(pager.url).retry_after
    assert (wish.total_seconds() if wish else None) == seconds


def test_a_service_that_is_away_is_tried_again_and_its_address_is_not_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        found = failure(f"http://127.0.0.1:{taken.getsockname()[1]}/in?token=t")
    assert found.kind == "transient"
    assert found.reason == "no answer from webhook night-pager (ConnectionRefusedError)"


def test_a_service_without_an_address_is_refused_with_the_setting_s_name(pager: Pager) -> None:
    found = failure(pager.url, task("day-pager"))
    assert (found.kind, pager.got) == ("rejected", [])
    assert "SUPPORTBOT_WEBHOOKS__DAY_PAGER__URL" in found.reason


def test_its_address_and_secret_are_settings_under_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUPPORTBOT_WEBHOOKS__NIGHT_PAGER__URL", "https://pager.example/in")
    monkeypatch.setenv("SUPPORTBOT_WEBHOOKS__NIGHT_PAGER__SECRET", SECRET)
    found = load_settings().webhooks["night_pager"]
    assert found.secret is not None
    assert (found.url.get_secret_value(), found.secret.get_secret_value()) == (
        "https://pager.example/in",
        SECRET,
    )


def test_only_pages_go_this_way(pager: Pager) -> None:
    assert failure(pager.url, task(kind="webhook.note")).kind == "rejected"


@pytest.mark.parametrize(
    "url", ["http://pager.example/in", "ftp://pager.example", "pager.example", "https://", ""]
)
def test_an_address_that_others_could_read_along_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="give it as https"):
        WebhookSettings.model_validate({"url": url})


@pytest.mark.parametrize("url", ["https://pager.example/in", "http://127.0.0.1:9/in"])
def test_an_address_by_tls_or_of_this_machine_is_taken(url: str) -> None:
    assert WebhookSettings.model_validate({"url": url}).url.get_secret_value() == url
