"""The web server: who answers, what happens to faults, and how it ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from structlog.testing import capture_logs

from supportbot.adapters.web.answers import TEXT, page
from supportbot.adapters.web.faults import CannotListen
from supportbot.adapters.web.server import LARGEST_BODY, THREADS, WebServer
from tests.adapters.web.serving import (
    HOST,
    PATIENCE,
    ask,
    connect,
    counts_body,
    says,
    send,
    serving,
    status_of,
)

READ = {"/read": page(lambda: (HTTPStatus.OK, "some words\n", TEXT))}


class Held:
    """An application that answers when it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        self.entered.set()
        self.let_go.wait(PATIENCE)
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"done"]


def test_each_path_is_answered_by_its_application() -> None:
    with serving({"/a": says("this is a"), "/b": says("this is b")}) as server:
        assert ask(server, "/a").body == "this is a"
        assert ask(server, "/b?of=what&so=ever").body == "this is b"


def test_an_address_nobody_answers_is_404_with_a_sentence() -> None:
    with serving(READ) as server:
        answer = ask(server, "/nothing")

    assert (answer.status, answer.body) == (404, "There is nothing at this address.\n")


def test_what_can_only_be_looked_at_refuses_all_but_get_and_head() -> None:
    with serving(READ) as server:
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"):
            answer = ask(server, "/read", method)
            assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
            assert answer.body == "This can only be looked at: use GET.\n"


def test_head_gets_the_headers_without_the_body() -> None:
    with serving({**READ, "/other": says("other words")}) as server:
        read, head = ask(server, "/read"), ask(server, "/read", "HEAD")
        missing = ask(server, "/nothing", "HEAD")

        assert (head.status, head.body) == (200, "")
        assert head.headers["content-length"] == read.headers["content-length"] == "11"
        assert (missing.status, missing.body) == (404, "")
        assert ask(server, "/other", "HEAD").body == ""


def test_answers_do_not_name_the_server_and_are_kept_by_nobody() -> None:
    with serving(READ) as server:
        for path in ("/read", "/nothing"):
            headers = ask(server, path).headers
            assert "server" not in headers
            assert headers["cache-control"] == "no-store"


def _raises(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    raise LookupError("xoxb-this-is-secret")


def _raises_halfway(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"the first half"
    raise LookupError("xoxb-this-is-secret")


def _says_nothing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return []


@pytest.mark.parametrize("app", [_raises, _raises_halfway, _says_nothing])
def test_a_fault_is_logged_and_answered_500_without_its_words(app: WSGIApplication) -> None:
    with serving({"/": app, **READ}) as server:
        with capture_logs() as logged:
            answer = ask(server, "/")
        assert answer.status == 500
        assert answer.body == "Something went wrong here; the log has the reason.\n"
        [entry] = [entry for entry in logged if entry["event"] == "web_request_failed"]
        assert (entry["log_level"], entry["path"]) == ("error", "/")
        assert ask(server, "/read").status == 200


def test_an_answer_is_closed_even_when_it_fails() -> None:
    closed = threading.Event()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        try:
            yield from _raises_halfway(environ, start_response)
        finally:
            closed.set()

    with serving({"/": app}) as server:
        assert ask(server, "/").status == 500
    assert closed.is_set()


def test_sixteen_requests_are_worked_on_side_by_side() -> None:
    together = threading.Barrier(THREADS, timeout=PATIENCE)

    def meet(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        together.wait()
        return says("met")(environ, start_response)

    with serving({"/": meet}) as server, ThreadPoolExecutor(THREADS) as clients:
        answers = list(clients.map(lambda _: ask(server, "/").body, range(2 * THREADS)))
    assert answers == ["met"] * 2 * THREADS


def test_a_body_of_one_mebibyte_is_taken_and_one_byte_more_is_413() -> None:
    too_large = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (LARGEST_BODY + 1)
    with serving({"/": counts_body}) as server:
        assert ask(server, "/", "POST", bytes(LARGEST_BODY)).body == str(LARGEST_BODY)
        assert status_of(send(server, too_large)) == 413


def test_one_connection_serves_several_requests() -> None:
    request = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with serving({"/a": says("this is a")}) as server, connect(server) as client:
        client.sendall(request + request + last)
        received = b"".join(iter(lambda: client.recv(65536), b""))
    assert received.count(b"this is a") == 3


def test_a_taken_port_stops_the_start_and_names_the_setting() -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        before = threading.active_count()
        with pytest.raises(CannotListen) as raised:
            WebServer((HOST, port), READ).start()

    assert f"SUPPORTBOT_HTTP__LISTEN: cannot listen on {HOST}:{port}" in str(raised.value)
    assert threading.active_count() == before


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
def test_a_host_that_is_not_this_machine_stops_the_start(host: str) -> None:
    with pytest.raises(CannotListen, match="SUPPORTBOT_HTTP__LISTEN"):
        WebServer((host, 0), READ).start()


def test_it_is_connected_from_start_to_close() -> None:
    server = WebServer((HOST, 0), READ)
    assert not server.connected
    server.start()
    is_connected = server.connected
    server.close()
    assert (is_connected, server.connected) == (True, False)
    server.close()
    with pytest.raises(ConnectionRefusedError):
        connect(server)


def test_closing_what_never_started_does_nothing() -> None:
    WebServer((HOST, 0), READ).close()


def test_closing_finishes_what_is_under_way_and_hears_nobody_new() -> None:
    held = Held()
    server = WebServer((HOST, 0), {"/": held})
    server.start()
    with ThreadPoolExecutor(2) as threads:
        answer = threads.submit(ask, server, "/")
        assert held.entered.wait(PATIENCE)
        closed = threads.submit(server.close)
        _wait_until_refused(server)
        assert not closed.done()
        held.let_go.set()
        assert answer.result(PATIENCE).body == "done"
        closed.result(PATIENCE)


def test_closing_waits_for_what_never_ends_only_so_long() -> None:
    held = Held()
    server = WebServer((HOST, 0), {"/": held}, drain=timedelta(milliseconds=50))
    server.start()
    with connect(server) as client, capture_logs() as logged:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert held.entered.wait(PATIENCE)
        server.close()
        assert client.recv(1) == b""
    held.let_go.set()
    assert "web_requests_abandoned" in [entry["event"] for entry in logged]


def test_closing_does_not_wait_for_half_a_request() -> None:
    with serving(READ) as server, connect(server) as client:
        client.sendall(b"GET /read HTTP/1.1\r\nHost:")
        assert ask(server, "/read").status == 200
        server.close()
        assert client.recv(1) == b""


def test_an_answer_that_is_slowly_read_is_sent_whole_before_the_end() -> None:
    size = 8 * 1024 * 1024
    with serving({"/": says("x" * size)}) as server, connect(server) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        first = client.recv(65536)
        with ThreadPoolExecutor(1) as threads:
            closed = threads.submit(server.close)
            received = first + b"".join(iter(lambda: client.recv(65536), b""))
            closed.result(PATIENCE)
    assert status_of(received) == 200
    assert len(received.partition(b"\r\n\r\n")[2]) == size


def _wait_until_refused(server: WebServer) -> None:
    while True:
        try:
            connect(server).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            # It connected in the moment of the end.
            continue
