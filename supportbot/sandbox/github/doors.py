"""Which door a request goes through, and what happens to it on the way.

Every request is counted, its caller looked up, a planned fault applied; then the door answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from urllib.parse import unquote

from supportbot.sandbox.github import apps, conversation, issues, pages, repos, wire
from supportbot.sandbox.github.call import Call, Lag
from supportbot.sandbox.github.faults import Faults, How
from supportbot.sandbox.github.limits import Meter
from supportbot.sandbox.github.state import Desk, Token

Door = Callable[[Call], wire.Answer]

_ISSUES = "/repos/{owner}/{repo}/issues"
_ISSUE = _ISSUES + "/{number}"
_LABELS = "/repos/{owner}/{repo}/labels"

DOORS: tuple[tuple[str, str, Door], ...] = (
    ("GET", "/user", repos.get_user),
    ("GET", "/app", apps.get_app),
    ("POST", "/app/installations/{installation}/access_tokens", apps.create_access_token),
    ("GET", "/search/issues", repos.search_issues),
    ("GET", "/repos/{owner}/{repo}", repos.get_repo),
    ("GET", _LABELS, repos.list_labels),
    ("POST", _LABELS, repos.create_label),
    ("GET", _ISSUES, issues.list_issues),
    ("POST", _ISSUES, issues.create_issue),
    ("GET", _ISSUE, issues.get_issue),
    ("PATCH", _ISSUE, issues.change_issue),
    ("GET", _ISSUE + "/comments", conversation.list_comments),
    ("POST", _ISSUE + "/comments", conversation.create_comment),
    ("GET", _ISSUE + "/labels", conversation.list_issue_labels),
    ("POST", _ISSUE + "/labels", conversation.add_labels),
    ("DELETE", _ISSUE + "/labels/{name}", conversation.remove_label),
    ("POST", _ISSUE + "/assignees", conversation.add_assignees),
    ("DELETE", _ISSUE + "/assignees", conversation.remove_assignees),
    ("GET", "/{owner}/{repo}/issues/{number}", pages.show_issue),
)

# What GitHub counts as creating content: whatever makes an issue or a comment appear.
CREATING = (issues.create_issue, conversation.create_comment)

NOBODY = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request came to: the answer, who asked, and the fault that befell it."""

    answer: wire.Answer
    login: str | None
    fault: How | None


class Doors:
    """The whole house behind the socket. The caller holds the desk's lock."""

    def __init__(self, desk: Desk, faults: Faults, lag: Lag, meter: Meter) -> None:
        self._desk, self._faults, self._lag, self._meter = desk, faults, lag, meter

    def pass_through(self, request: wire.Request, base: str) -> Outcome:
        """Answer one request; never raises for what a client sends."""
        token, fault = None, None
        try:
            token = self._token(request)
            fault = self._faults.take(request.method, request.path)
            answer = self._answer(request, base, token, fault)
        except wire.Refusal as refusal:
            answer = refusal.answer
        caller, now = token.user.id if token else NOBODY, self._desk.now()
        date = format_datetime(now.astimezone(UTC), usegmt=True)
        headers = {"Date": date, **self._meter.headers(caller, now), **answer.headers}
        login = token.user.login if token else None
        return Outcome(wire.Answer(answer.status, answer.body, headers), login, fault)

    def _answer(
        self, request: wire.Request, base: str, token: Token | None, fault: How | None
    ) -> wire.Answer:
        if not request.headers.get("user-agent"):
            raise wire.forbidden("Request forbidden by administrative rules: no User-Agent.")
        caller, now = token.user.id if token else NOBODY, self._desk.now()
        if request.path == "/rate_limit":
            rate = self._meter.rate(caller, now)
            return wire.Answer(200, {"resources": {"core": rate, "search": rate}, "rate": rate})
        self._meter.request(caller, now)
        self._refuse(fault)
        request = self._by_name(request)
        door, params = _find(request)
        if door in CREATING:
            self._meter.creation(caller, now)
        answer = door(Call(self._desk, request, params, token, base, self._lag))
        if fault is How.BAD_GATEWAY_AFTER:
            return wire.Answer(502, "<html><h1>502 Bad Gateway</h1></html>")
        return answer

    def _refuse(self, fault: How | None) -> None:
        if fault is How.UNAVAILABLE_BEFORE:
            raise wire.Refusal(503, "No server is currently available to service your request.")
        if fault is How.SECONDARY_LIMIT:
            raise wire.secondary_limit(self._faults.retry_after)
        if fault is How.SECONDARY_LIMIT_MUTE:
            raise wire.secondary_limit(None)
        if fault is How.TOO_MANY:
            after = {"Retry-After": str(self._faults.retry_after)}
            raise wire.Refusal(429, "Too Many Requests", headers=after)

    def _token(self, request: wire.Request) -> Token | None:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        # An App's signed token has two dots; the App's doors check it themselves.
        if not scheme or secret.count(".") == 2:
            return None
        token = self._desk.tokens.get(secret)
        if scheme.lower() not in ("token", "bearer") or token is None:
            raise wire.bad_credentials()
        if token.expires_at is not None and token.expires_at <= self._desk.now():
            raise wire.bad_credentials()
        return token

    def _by_name(self, request: wire.Request) -> wire.Request:
        """A path by the repository's id, where redirects lead, turned into one by its name."""
        parts = request.path.split("/")
        if parts[1] != "repositories" or len(parts) < 3 or not parts[2].isdecimal():
            return request
        repo = self._desk.repo_by_id(int(parts[2]))
        if repo is None:
            raise wire.not_found()
        path = "/".join(["/repos", repo.full_name, *parts[3:]])
        return wire.Request(request.method, path, request.query, request.headers, request.body)


def _find(request: wire.Request) -> tuple[Door, Mapping[str, str]]:
    for method, template, door in DOORS:
        params = _match(template, request.path) if method == request.method else None
        if params is not None:
            return door, params
    raise wire.not_found()


def _match(template: str, path: str) -> Mapping[str, str] | None:
    wanted, found = template.split("/"), path.split("/")
    if len(wanted) != len(found):
        return None
    params = {}
    for name, value in zip(wanted, found, strict=True):
        if name.startswith("{"):
            params[name[1:-1]] = unquote(value)
        elif name != value:
            return None
    return params
