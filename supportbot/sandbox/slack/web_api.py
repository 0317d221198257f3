"""The Web API over HTTP: https://docs.slack.dev/apis/web-api/

One thread per connection, HTTP/1.1 with keep-alive, on the loopback interface and a port that the
system chooses.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from supportbot.sandbox.slack import chat, conversations, people, user_groups, views
from supportbot.sandbox.slack.call import Call, read_arguments
from supportbot.sandbox.slack.errors import Refused
from supportbot.sandbox.slack.faults import Failure, FaultPlan
from supportbot.sandbox.slack.interactivity import Interactivity
from supportbot.sandbox.slack.model import Json, WebCall
from supportbot.sandbox.slack.workspace import Workspace

MOST_BYTES = 1_000_000
OnWire = Callable[[str, str], None]

METHODS: dict[str, Callable[[Call], Json]] = {
    "auth.test": people.auth_test,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.get_permalink,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "conversations.history": conversations.history,
    "conversations.info": conversations.info,
    "conversations.join": conversations.join,
    "conversations.list": conversations.list_all,
    "conversations.open": conversations.open_direct,
    "conversations.replies": conversations.replies,
    "reactions.add": chat.add_reaction,
    "usergroups.users.update": user_groups.update,
    "users.conversations": conversations.list_own,
    "users.info": people.info,
    "users.list": people.list_all,
    "users.lookupByEmail": people.lookup_by_email,
    "views.open": views.open_modal,
    "views.publish": views.publish,
    "views.update": views.update,
}
CONNECT = "apps.connections.open"
RESPONSE_URL = "response_url"
"""The name under which POSTs to response URLs stand in the request log."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; status 0 stands for a connection closed without one."""

    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


class WebApi:
    """Answers requests. `new_socket_url` makes the address that apps.connections.open gives out."""

    def __init__(
        self,
        workspace: Workspace,
        interactivity: Interactivity,
        plan: FaultPlan,
        scopes: frozenset[str],
        new_socket_url: Callable[[], str],
        on_wire: OnWire,
    ) -> None:
        self._workspace = workspace
        self._interactivity = interactivity
        self._plan = plan
        self._scopes = scopes
        self._new_socket_url = new_socket_url
        self._on_wire = on_wire
        self.log: list[WebCall] = []
        self._server: ThreadingHTTPServer | None = None

    @property
    def port(self) -> int:
        """The port listened on, while started."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started")
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Listen on 127.0.0.1."""
        self._server = _Server(("127.0.0.1", 0), partial(_Handler, self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening; idle connections are left to their clients, or to the time-out."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def answer(self, target: str, headers: Mapping[str, str], body: bytes) -> tuple[str, Reply]:
        """Act on a request as the faults allow: the method's name and what to reply."""
        url = urlsplit(target)
        method = url.path.removeprefix("/api/") if url.path.startswith("/api/") else RESPONSE_URL
        try:
            args = read_arguments(url.query, headers.get("content-type", ""), body)
        except Refused as refusal:
            return method, self._note(
                method, {}, _reply(method, refusal.body()), refusal.body(), None
            )
        token = _token(headers, args)
        act = partial(self._respond, url.path) if method == RESPONSE_URL else self._call
        with self._workspace.changed:
            failure = self._plan.for_request(method, args)
            return method, self._act(act, method, args, token, failure)

    def replying(self, stage: str, method: str) -> None:
        """Tell whoever watches the wire: "before-reply" or "after-reply"."""
        self._on_wire(stage, method)

    def _act(
        self,
        act: Callable[[str, dict[str, Any], str], Json],
        method: str,
        args: dict[str, Any],
        token: str,
        failure: Failure | None,
    ) -> Reply:
        if failure is not None and failure.when == "before":
            return self._note(method, args, _failed(failure), None, failure)
        try:
            answer: Json = {"ok": True, **act(method, args, token)}
            self._plan.acted(method, args)
        except Refused as refusal:
            answer = refusal.body()
        reply = _reply(method, answer, self._scopes) if failure is None else _failed(failure)
        return self._note(method, args, reply, answer, failure)

    def _call(self, method: str, args: dict[str, Any], token: str) -> Json:
        if method == CONNECT:
            self._check_token(token, self._workspace.app_token)
            return {"url": self._new_socket_url()}
        handler = METHODS.get(method)
        if handler is None:
            raise Refused("unknown_method", req_method=method)
        self._check_token(token, self._workspace.bot_token)
        call = self._context(args)
        if method == "conversations.history":
            return conversations.history(call, self._hidden_after())
        return handler(call)

    def _respond(self, path: str, _method: str, args: dict[str, Any], _token: str) -> Json:
        url = self._interactivity.use_url(path)
        chat.respond(self._context(args), url)
        return {}

    def _context(self, args: dict[str, Any]) -> Call:
        return Call(args, self._workspace, self._interactivity, self._scopes)

    def _check_token(self, token: str, right: str) -> None:
        known = (self._workspace.app_token, self._workspace.bot_token)
        if not token:
            raise Refused("not_authed")
        if token not in known:
            raise Refused("invalid_auth")
        if token != right:
            raise Refused("not_allowed_token_type")

    def _hidden_after(self) -> str | None:
        lag = self._plan.faults.history_lag
        return f"{(self._workspace.now() - lag).timestamp():.6f}" if lag else None

    def _note(
        self,
        method: str,
        args: dict[str, Any],
        reply: Reply,
        answer: Json | None,
        failure: Failure | None,
    ) -> Reply:
        with self._workspace.changed:
            at, fault = self._workspace.now(), failure.name if failure else None
            self.log.append(WebCall(at, method, args, reply.status, answer, fault))
            self._workspace.changed.notify_all()
        return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients of ours are killed in the middle of things; that is nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30  # seconds for a client to say something

    def __init__(self, api: WebApi, *args: Any) -> None:
        self._api = api
        super().__init__(*args)

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """The request log of the sandbox is enough."""

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self.close_connection = True
            self._send(Reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            # Half a call is no call: who sent it died over it.
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        method, reply = self._api.answer(self.path, headers, body)
        self._api.replying("before-reply", method)
        if reply.status:
            self._send(reply)
        else:
            self.close_connection = True
        self._api.replying("after-reply", method)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)


def _token(headers: Mapping[str, str], args: dict[str, Any]) -> str:
    in_body = str(args.pop("token", ""))
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else in_body


def _reply(method: str, answer: Json, scopes: frozenset[str] = frozenset()) -> Reply:
    # A method refuses with status 200; a response URL that is used up is not found.
    status = 404 if method == RESPONSE_URL and not answer["ok"] else 200
    shown = (("X-OAuth-Scopes", ",".join(sorted(scopes))),) if scopes else ()
    return Reply(status, json.dumps(answer).encode(), headers=shown)


def _failed(failure: Failure) -> Reply:
    if failure.error is not None:
        return Reply(200, json.dumps({"ok": False, "error": failure.error}).encode())
    if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
        body = json.dumps({"ok": False, "error": "ratelimited"}).encode()
        return Reply(429, body, headers=(("Retry-After", str(failure.retry_after)),))
    if not failure.status:
        return Reply(0)
    page = f"<html><h1>{failure.status} {HTTPStatus(failure.status).phrase}</h1></html>"
    return Reply(failure.status, page.encode(), "text/html; charset=utf-8")
