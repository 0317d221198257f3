"""Which application answers: by the exact path, or by the folder it is in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog

from supportbot.adapters.web.answers import answer, nothing_here

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()


class _Response:
    """An application's whole answer, kept back until it is complete."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.body: list[bytes] = []

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
    ) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        return self.body.append


class Router:
    """A WSGI application in front of others. What they raise is logged and answered 500.

    A route that ends in `/` has all that is below it, where no other has the very path.

    An answer is sent when it is whole, so a fault halfway through leaves nobody with half of it.
    """

    def __init__(self, routes: Mapping[str, WSGIApplication]) -> None:
        self._routes = dict(routes)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = _path(environ)
        app = self._routes.get(path) or self._routes.get(_folder(path))
        if app is None:
            return _headless(environ, nothing_here(start_response))
        try:
            response = _whole(app, environ)
        except Exception:
            log.exception("web_request_failed", path=path, method=environ["REQUEST_METHOD"])
            sentence = "Something went wrong here; the log has the reason.\n"
            body = answer(start_response, HTTPStatus.INTERNAL_SERVER_ERROR, sentence)
            return _headless(environ, body)
        start_response(response.status, response.headers)
        return _headless(environ, response.body)


def _path(environ: WSGIEnvironment) -> str:
    """The path as it was sent. PATH_INFO has its escapes decoded and its first slashes made one: a
    proxy that lets some paths through might not have seen which one was meant."""
    sent = str(environ["REQUEST_URI"])
    # A proxy may send the whole address, "http://…", which the server has taken apart.
    return sent.partition("?")[0] if sent.startswith("/") else str(environ["PATH_INFO"])


def _folder(path: str) -> str:
    """`/rota/` of all that is below it."""
    return "/".join((*path.split("/", 2)[:2], "")) if path.count("/") > 1 else path


def _whole(app: WSGIApplication, environ: WSGIEnvironment) -> _Response:
    response = _Response()
    chunks = app(environ, response.start)
    try:
        response.body.extend(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    if not response.status:
        raise RuntimeError("the application answered without a status")
    return response


def _headless(environ: WSGIEnvironment, body: Iterable[bytes]) -> Iterable[bytes]:
    """For HEAD the headers of the answer without its body."""
    return [] if environ["REQUEST_METHOD"] == "HEAD" else body
