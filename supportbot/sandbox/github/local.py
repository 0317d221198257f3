"""The handle on a local GitHub: what a story or a test sets up, does as a person, and looks at."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from supportbot.sandbox.github import apps, wire
from supportbot.sandbox.github.apps import AppCredentials
from supportbot.sandbox.github.call import Lag
from supportbot.sandbox.github.doors import Doors, Outcome
from supportbot.sandbox.github.faults import Faults, How
from supportbot.sandbox.github.limits import Limits, Meter
from supportbot.sandbox.github.server import Moment, OnWire, Server
from supportbot.sandbox.github.state import Desk, Issue, Repo, Role


@dataclass(frozen=True, slots=True)
class Logged:
    """One request as it was seen; `fault` is what was done to it instead of a plain answer."""

    at: datetime
    method: str
    path: str
    query: Mapping[str, str]
    login: str | None
    status: int
    fault: How | None


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _nothing(moment: Moment, request: str) -> None:
    """Nobody watches the wire."""


class LocalGitHub:
    """GitHub's REST at the wire, on the loopback.

    `now` is its clock (aware UTC). `on_wire` is called with a moment and "METHOD /path", outside
    any lock: "before-reply" when the request has had its effect and nothing has been sent,
    "after-reply" when the last byte was handed to the system. Use it as a context manager, or call
    `start` and `stop`.
    """

    def __init__(
        self,
        now: Callable[[], datetime] = _utc_now,
        *,
        on_wire: OnWire = _nothing,
        limits: Limits | None = None,
    ) -> None:
        self._changed = threading.Condition()
        self._desk = Desk(now)
        self._faults = Faults()
        self._lag = Lag()
        self._doors = Doors(self._desk, self._faults, self._lag, Meter(limits or Limits()))
        self._log: list[Logged] = []
        self._server = Server(self._handle, on_wire)

    @property
    def base_url(self) -> str:
        """Where clients go; PyGithub takes plain HTTP only from a host named localhost."""
        return f"http://localhost:{self._server.server_port}"

    def start(self) -> Self:
        """Begin to listen."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Hang up; what is known stays readable."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _handle(self, request: wire.Request) -> Outcome:
        with self._changed:
            outcome = self._doors.pass_through(request, self.base_url)
            self._log.append(
                Logged(
                    self._desk.now(),
                    request.method,
                    request.path,
                    dict(request.query),
                    outcome.login,
                    outcome.answer.status,
                    outcome.fault,
                )
            )
            self._changed.notify_all()
        return outcome

    # Setting the scene

    def add_user(self, login: str) -> None:
        """An account of that name."""
        with self._changed:
            self._desk.user(login)

    def add_repo(
        self,
        full_name: str,
        *,
        private: bool = False,
        has_issues: bool = True,
        archived: bool = False,
    ) -> None:
        """A repository `owner/name`; its owner has all rights."""
        with self._changed:
            owner = self._desk.user(full_name.partition("/")[0])
            repo = Repo(
                self._desk.next_id(), full_name, private, has_issues, archived, self._desk.now()
            )
            repo.roles[owner.login] = Role.ADMIN
            self._desk.repos[full_name.lower()] = repo

    def rename_repo(self, old: str, new: str) -> None:
        """Give a repository a new name; the old one answers with redirects."""
        with self._changed:
            repo = self._desk.repos.pop(old.lower())
            repo.full_name = new
            self._desk.repos[new.lower()] = repo
            self._desk.moved[old.lower()] = repo.id

    def allow(self, login: str, repo: str, role: Role) -> None:
        """Give a user rights in a repository; from then on they can be assigned there."""
        with self._changed:
            self._repo(repo).roles[self._desk.user(login).login] = role

    def add_token(self, login: str, *, writes_issues: bool = True) -> str:
        """A personal access token for that user."""
        with self._changed:
            user = self._desk.user(login)
            return self._desk.issue_token(user, writes_issues=writes_issues).secret

    def revoke_token(self, secret: str) -> None:
        """Make a token worthless."""
        with self._changed:
            self._desk.tokens.pop(secret, None)

    def add_app(self, slug: str, *repos: str, writes_issues: bool = True) -> AppCredentials:
        """A GitHub App with a new key, installed on those repositories."""
        with self._changed:
            roles = dict.fromkeys(repos, Role.WRITE)
            return apps.register(self._desk, slug, roles, writes_issues=writes_issues)

    def set_token_lifetime(self, lifetime: timedelta) -> None:
        """How long an installation's next tokens are good for; GitHub's own last an hour."""
        with self._changed:
            self._desk.token_lifetime = lifetime

    # Misbehaving

    def fail_next(self, method: str, path_prefix: str, how: How) -> None:
        """Let the next request of that method, whose path begins so, fail once; plans queue up."""
        with self._changed:
            self._faults.fail_next(method, path_prefix, how)

    def hostile(self, seed: int, share: float = 0.3) -> None:
        """Let about `share` of all requests fail, by a seed; what failed is served next time."""
        with self._changed:
            self._faults.hostile(seed, share)

    def calm(self) -> None:
        """Behave again, and forget every planned fault and lag."""
        with self._changed:
            self._faults.calm()
            self._lag.search = self._lag.lists = timedelta()

    def set_lag(self, *, search: timedelta = timedelta(), lists: timedelta = timedelta()) -> None:
        """Hide new issues and comments from the search, and from the lists, for so long."""
        with self._changed:
            self._lag.search, self._lag.lists = search, lists

    # Acting as a person

    def open_issue(self, repo: str, title: str, body: str, *, by: str) -> int:
        """A person opens an issue in the browser; its number comes back."""
        with self._changed:
            issue = self._desk.open_issue(self._repo(repo), self._desk.user(by), title, body)
            self._changed.notify_all()
            return issue.number

    def close_issue(self, repo: str, number: int, *, by: str, reason: str = "completed") -> None:
        """A person closes an issue."""
        with self._changed:
            issue = self._repo(repo).issues[number]
            self._desk.set_state(issue, self._desk.user(by), "closed", reason)
            self._changed.notify_all()

    def reopen_issue(self, repo: str, number: int, *, by: str) -> None:
        """A person opens an issue again."""
        with self._changed:
            issue = self._repo(repo).issues[number]
            self._desk.set_state(issue, self._desk.user(by), "open", None)
            self._changed.notify_all()

    def comment(self, repo: str, number: int, body: str, *, by: str) -> None:
        """A person comments."""
        with self._changed:
            self._desk.comment(self._repo(repo).issues[number], self._desk.user(by), body)
            self._changed.notify_all()

    def lock_issue(self, repo: str, number: int) -> None:
        """A person locks the conversation."""
        with self._changed:
            self._repo(repo).issues[number].locked = True

    # Looking

    def issues(self, repo: str) -> list[Issue]:
        """Copies of all its issues, oldest first, with their labels, assignees and comments."""
        with self._changed:
            return copy.deepcopy(list(self._repo(repo).issues.values()))

    def issue(self, repo: str, number: int) -> Issue:
        """A copy of one issue; raises KeyError when there is none."""
        with self._changed:
            return copy.deepcopy(self._repo(repo).issues[number])

    def labels(self, repo: str) -> list[str]:
        """The names of the repository's labels."""
        with self._changed:
            return [label.name for label in self._repo(repo).labels.values()]

    def requests(self) -> list[Logged]:
        """What was asked so far, oldest first."""
        with self._changed:
            return list(self._log)

    def wait_until(self, predicate: Callable[[LocalGitHub], bool], timeout: float = 30.0) -> bool:
        """Wait until `predicate` holds, tried at every change; False after `timeout` seconds.

        The predicate may call every method of this handle but this one.
        """
        with self._changed:
            return self._changed.wait_for(lambda: predicate(self), timeout)

    def _repo(self, full_name: str) -> Repo:
        return self._desk.repos[full_name.lower()]
