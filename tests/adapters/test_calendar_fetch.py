"""A calendar by its address: what is new in it, and where nobody is to be led."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from supportbot.adapters.calendar_fetch import LARGEST, fetch_calendar, is_public

BODY = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


class Calendars(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            return self._say(302, b"", Location="/ines.ics?key=1")
        if self.path == "/inside":
            return self._say(302, b"", Location="ftp://127.0.0.1/ines.ics")
        if self.path == "/round":
            return self._say(302, b"", Location="/round")
        if self.path == "/large":
            return self._say(200, b"x" * (LARGEST + 1))
        if self.path == "/half":
            self._say(200, BODY, cut=9)
            self.close_connection = True
            return None
        if self.path.startswith("/drops"):
            return self._drip()
        if not self.path.startswith("/ines.ics"):
            return self._say(404, b"")
        if self.headers.get("If-None-Match") == '"1"':
            return self._say(304, b"")
        return self._say(200, BODY, ETag='"1"')

    def _say(self, status: int, body: bytes, cut: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])

    def _drip(self) -> None:
        if self.path == "/drops":
            self.send_response(200)
            self.send_header("Content-Length", "500")
            self.end_headers()
        for _ in range(500):
            try:
                self.wfile.write(b"x")
            except OSError:
                break
            threading.Event().wait(0.01)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Tests are silent."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Calendars) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def fetched(url: str, etag: str | None = None) -> tuple[bytes | None, str | None]:
    answer = fetch_calendar(url, etag, allowed=lambda _: True, schemes=("http",))
    return answer.body, answer.etag


def test_what_is_new_is_read_and_what_is_not_stays(address: str) -> None:
    assert fetched(f"{address}/ines.ics") == (BODY, '"1"')
    assert fetched(f"{address}/ines.ics", '"1"') == (None, None)
    assert fetched(f"{address}/moved") == (BODY, '"1"')


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/inside", "is not https"),
        ("/round", "more than 3 redirects"),
        ("/large", "larger than 512 KiB"),
        ("/else", "answered 404"),
        ("/half", "broke off"),
    ],
)
def test_what_is_no_calendar_says_why(address: str, path: str, reason: str) -> None:
    with pytest.raises(OSError, match=reason):
        fetched(f"{address}{path}")


@pytest.mark.parametrize("path", ["/drops", "/drops-of-headers"])
def test_what_comes_drop_by_drop_is_waited_for_no_longer_than_anything_else(
    address: str, path: str
) -> None:
    with pytest.raises(OSError, match=r"took longer than 0\.2 s"):
        fetch_calendar(
            f"{address}{path}", None, allowed=lambda _: True, schemes=("http",), longest=0.2
        )


def test_nothing_but_https_in_public_is_fetched(address: str) -> None:
    with pytest.raises(OSError, match="is not https"):
        fetch_calendar(f"{address}/ines.ics", None)
    with pytest.raises(OSError, match="not on the public internet"):
        fetch_calendar("https://127.0.0.1/ines.ics", None)


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        ("93.184.216.34", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fec0::1", False),
        ("2002:7f00:1::1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("::127.0.0.1", False),
    ],
)
def test_addresses_of_the_network_inside_are_none_of_a_calendar(ip: str, public: bool) -> None:
    assert is_public(ip) is public
