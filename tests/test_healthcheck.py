"""deploy/healthcheck.py: what the image's HEALTHCHECK says of a desk."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

HEALTHCHECK = Path(__file__).parents[1] / "deploy" / "healthcheck.py"


@contextmanager
def answering(status: int, words: str) -> Iterator[int]:
    """A desk that answers /healthz like this; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()
            self.wfile.write(words.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def ask(listen: str | None) -> tuple[int, str]:
    environment = {} if listen is None else {"SUPPORTBOT_HTTP__LISTEN": listen}
    said = subprocess.run(
        [sys.executable, "-I", str(HEALTHCHECK)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert said.stderr == ""
    return said.returncode, said.stdout


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [(200, "ok\n", 0), (503, "the timers stand still\n", 1), (500, "", 1)],
)
@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1", "localhost"])  # noqa: S104 - asked, not opened
def test_the_health_check_hands_on_what_the_desk_says(
    host: str, status: int, words: str, expected: int
) -> None:
    with answering(status, words) as port:
        assert ask(f"{host}:{port}") == (expected, f"{words.strip()}\n")


def test_the_health_check_fails_where_nobody_answers() -> None:
    with answering(200, "ok") as port:
        pass
    status, said = ask(f"0.0.0.0:{port}")
    assert status == 1
    assert said.startswith("no answer: ")


def test_the_health_check_has_nobody_to_ask_where_nothing_listens() -> None:
    status, said = ask(None)
    assert status == 0
    assert "is not set" in said
