"""GitHub's issues as a few plain functions: values in, values out.

They raise what PyGithub raises, `Refused` or `LoginError`; `errors.failure` sorts all of it. What
creates something is tried once per call and stamped with a hidden marker, by which `find_*` know it
again: search lags behind, so they list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Literal
from urllib.parse import quote

from github import Github, GithubException
from github.Issue import Issue
from github.Repository import Repository

from supportbot.adapters.github import text
from supportbot.adapters.github.connection import Connection
from supportbot.adapters.github.errors import Refused, assignable
from supportbot.adapters.github.login import API, Login
from supportbot.adapters.github.values import CommentRef, IssueRef, Rights

TIMEOUT = timedelta(seconds=15)
# How far our clock may be ahead of GitHub's before a second look misses what the first try made.
CLOCK_SLACK = timedelta(hours=1)
MOST_LOOKED_AT = 2_000

CloseReason = Literal["completed", "not_planned", "duplicate"]
_REASONS: tuple[CloseReason, ...] = ("completed", "not_planned", "duplicate")


class GitHubClient:
    """Talks to one GitHub as one account. Safe to share between threads; they take turns.

    `base_url` may be plain http only for a host named localhost. `timeout` bounds each wait for
    the network. Raises ValueError for a login that cannot work; nothing is sent before it must.
    """

    def __init__(self, login: Login, *, base_url: str = API, timeout: timedelta = TIMEOUT) -> None:
        self._connection = Connection(login, base_url.rstrip("/"), timeout)

    def close(self) -> None:
        """Let go of open connections."""
        self._connection.close()

    def login(self) -> str:
        """The account whose name stands on what we write; an App's ends in `[bot]`."""
        return self._connection.name()

    def create_issue(
        self,
        repo: str,
        title: str,
        body: str,
        labels: Iterable[str] = (),
        assignees: Iterable[str] = (),
        *,
        key: str,
    ) -> IssueRef:
        """Open an issue marked with `key`; everything is cut to GitHub's limits first.

        Somebody who cannot be assigned is left out rather than the issue.
        """
        line, stamped = text.title(title), text.stamped(body, key)
        names, logins = text.labels(labels), text.assignees(assignees)

        def create(github: Github, able: list[str]) -> Issue:
            return _repo(github, repo).create_issue(line, stamped, labels=names, assignees=able)

        try:
            issue = self._connection.write(lambda github: create(github, logins))
        except GithubException as error:
            able = assignable(error, logins)
            if able == logins:
                raise
            # A 422 is a clear no, nothing was made: this is still the first issue.
            issue = self._connection.write(lambda github: create(github, able))
        return _issue_ref(repo, issue, [*names, *logins])

    def find_issue(self, repo: str, key: str, since: datetime | None = None) -> IssueRef | None:
        """The issue we marked with `key`, open or closed, if made after `since` (aware)."""
        wanted = text.marker(key)
        # PyGithub takes a login for `creator`, but its annotation knows only users.
        filters: dict[str, Any] = {"creator": self.login(), **_since(since)}

        def look(github: Github) -> IssueRef | None:
            found = _repo(github, repo).get_issues(
                state="all", sort="created", direction="desc", **filters
            )
            marked = (
                issue for issue in islice(found, MOST_LOOKED_AT) if wanted in (issue.body or "")
            )
            return next((_issue_ref(repo, issue) for issue in marked), None)

        return self._connection.read(look)

    def comment(self, repo: str, number: int, body: str, *, key: str) -> CommentRef:
        """Comment on an issue, marked with `key`."""
        stamped = text.stamped(body, key)
        made = self._connection.write(
            lambda github: _issue(github, repo, number).create_comment(stamped)
        )
        if made.id is None:
            raise _moved_or_garbled(repo, made.raw_data)
        return CommentRef(repo, number, made.id, made.html_url)

    def find_comment(
        self, repo: str, number: int, key: str, since: datetime | None = None
    ) -> CommentRef | None:
        """The comment we marked with `key`, if made after `since` (aware)."""
        login, wanted = self.login(), text.marker(key)

        def look(github: Github) -> CommentRef | None:
            found = _issue(github, repo, number).get_comments(**_since(since))
            for comment in islice(found, MOST_LOOKED_AT):
                # Whoever quotes our marker has not sent what it stands for.
                if wanted in (comment.body or "") and comment.user.login == login:
                    return CommentRef(repo, number, comment.id, comment.html_url)
            return None

        return self._connection.read(look)

    def close_issue(self, repo: str, number: int, reason: str = "completed") -> bool:
        """Close an issue; False when somebody had closed it, whose reason then stays."""
        if reason not in _REASONS:
            raise Refused("rejected", f"{reason!r} is none of {', '.join(_REASONS)}")
        return self._set_state(repo, number, "closed", reason)

    def reopen_issue(self, repo: str, number: int) -> bool:
        """Open a closed issue again; False when it was open."""
        return self._set_state(repo, number, "open", "reopened")

    def _set_state(self, repo: str, number: int, state: str, reason: str) -> bool:
        if self._connection.read(lambda github: _issue(github, repo, number).state) == state:
            return False

        def change(github: Github) -> Issue:
            issue = _issue(github, repo, number)
            issue.edit(state=state, state_reason=reason)
            return issue

        changed = self._connection.write(change)
        if changed.state != state:
            raise _moved_or_garbled(repo, changed.raw_data)
        return True

    def update_labels(
        self, repo: str, number: int, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> None:
        """Add and remove labels; all others stay. Doing it twice changes nothing more."""
        names = text.labels(add)
        if names:
            self._connection.write(
                lambda github: _issue(github, repo, number).add_to_labels(*names)
            )
        for name in text.labels(remove):
            self._connection.write(partial(_unlabel, repo, number, name))

    def rights(self, repo: str) -> Rights:
        """What we may do in `repo`, for a check before there is work."""
        login = self.login()

        def look(github: Github) -> Rights:
            found = _repo(github, repo).complete()
            scopes = None if self._connection.is_app else github.oauth_scopes
            return Rights(
                login=login,
                repo=found.full_name,
                is_app=self._connection.is_app,
                private=found.private,
                archived=found.archived,
                issues_enabled=found.has_issues,
                push=found.permissions.push,
                scopes=tuple(scope for scope in scopes if scope) if scopes is not None else None,
            )

        return self._connection.read(look)


def _repo(github: Github, name: str) -> Repository:
    """Without a request; raises `Refused` for a name that would lead somewhere else in a URL."""
    owner, slash, rest = name.partition("/")
    if not slash or not _is_name(owner) or not _is_name(rest):
        raise Refused("rejected", f"{name[:80]!r} is not a repository: write owner/name")
    return github.get_repo(name)


def _is_name(part: str) -> bool:
    plain = part.replace("-", "").replace("_", "").replace(".", "")
    return part not in ("", ".", "..") and plain.isascii() and (not plain or plain.isalnum())


def _since(since: datetime | None) -> dict[str, datetime]:
    return {"since": since.astimezone(UTC) - CLOCK_SLACK} if since else {}


def _issue(github: Github, repo: str, number: int) -> Issue:
    return _repo(github, repo).get_issue(number)


def _unlabel(repo: str, number: int, name: str, github: Github) -> None:
    issue = _issue(github, repo, number)
    try:
        # Issue.remove_from_labels would leave the slash in a name like kind/outage as it is.
        place = f"{issue.url}/labels/{quote(name, safe='')}"
        github.requester.requestJsonAndCheck("DELETE", place)
    except GithubException as error:
        # No such label there is as good as removed; no such issue is not.
        there = error.status != 404 or name.casefold() in _label_names(issue)
        if there:
            raise


def _label_names(issue: Issue) -> set[str]:
    return {label.name.casefold() for label in issue.labels}


def _issue_ref(repo: str, issue: Issue, wanted: Sequence[str] = ()) -> IssueRef:
    if issue.number is None:
        raise _moved_or_garbled(repo, issue.raw_data)
    got = _label_names(issue) | {user.login.casefold() for user in issue.assignees}
    left_out = tuple(name for name in wanted if name.casefold() not in got)
    return IssueRef(repo, issue.number, issue.html_url, left_out)


def _moved_or_garbled(repo: str, answer: Any) -> Refused:
    """PyGithub takes a 307, GitHub's answer to writes under an old name, for a success."""
    if isinstance(answer, dict) and "message" in answer and "url" in answer:
        return Refused("rejected", f"{repo} was renamed or moved: name it as it is called now")
    return Refused("transient", "GitHub's answer makes no sense")
