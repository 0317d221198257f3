"""Short answers in plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

TEXT = "text/plain; charset=utf-8"


def answer(
    start_response: StartResponse,
    status: HTTPStatus,
    body: str | bytes,
    *headers: tuple[str, str],
    content_type: str = TEXT,
) -> Iterable[bytes]:
    """Answer a request with `body`, which nobody between us and the client shall keep, unless a
    header says so."""
    content = body.encode(errors="replace") if isinstance(body, str) else body
    sent = {
        "Content-Type": content_type,
        "Content-Length": str(len(content)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **dict(headers),
    }
    start_response(f"{status.value} {status.phrase}", list(sent.items()))
    return [content]


def nothing_here(start_response: StartResponse) -> Iterable[bytes]:
    return answer(start_response, HTTPStatus.NOT_FOUND, "There is nothing at this address.\n")


def looked_at(app: WSGIApplication) -> WSGIApplication:
    """What can only be looked at: `app` is asked for GET and HEAD alone."""

    def looking(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            sentence = "This can only be looked at: use GET.\n"
            allowed = ("Allow", "GET, HEAD")
            return answer(start_response, HTTPStatus.METHOD_NOT_ALLOWED, sentence, allowed)
        return app(environ, start_response)

    return looking


def page(show: Callable[[], tuple[HTTPStatus, str | bytes, str]]) -> WSGIApplication:
    """A page to be looked at. `show` gives status, body and content type."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, body, content_type = show()
        return answer(start_response, status, body, content_type=content_type)

    return looked_at(app)
