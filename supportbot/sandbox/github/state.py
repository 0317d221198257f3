"""What the local GitHub knows: users, repositories, issues, comments, labels, tokens, Apps.

Nothing here speaks HTTP. The caller holds the desk's lock. Times are aware UTC, cut to whole
seconds as GitHub's are.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

IssueState = Literal["open", "closed"]


class Role(IntEnum):
    """A user's rights in one repository, weakest first."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    ADMIN = 4


@dataclass(slots=True)
class User:
    """An account; `kind` is GitHub's `type`: a person, or an App's bot."""

    id: int
    login: str
    kind: Literal["User", "Bot"] = "User"


@dataclass(slots=True)
class Label:
    """A label of one repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(slots=True)
class Comment:
    """One comment on an issue."""

    id: int
    user: User
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class Issue:
    """One issue with its conversation."""

    id: int
    number: int
    user: User
    title: str
    body: str | None
    created_at: datetime
    updated_at: datetime
    state: IssueState = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: User | None = None
    locked: bool = False
    labels: list[Label] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)


@dataclass(slots=True)
class Repo:
    """One repository; `roles` says who may do what, a public one may be read by everyone."""

    id: int
    full_name: str
    private: bool
    has_issues: bool
    archived: bool
    created_at: datetime
    roles: dict[str, Role] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)

    def role_of(self, user: User | None) -> Role:
        """The rights of `user`; None is someone who did not log in."""
        least = Role.NONE if self.private else Role.READ
        return max(least, self.roles.get(user.login, Role.NONE)) if user else least


@dataclass(slots=True)
class Token:
    """A secret that speaks for a user; `expires_at` is None for one that stays valid."""

    secret: str = field(repr=False)
    user: User
    writes_issues: bool
    expires_at: datetime | None = None
    installation: int | None = None


@dataclass(slots=True)
class App:
    """A GitHub App; `installations` maps an installation's id to whether it may write issues."""

    id: int
    slug: str
    bot: User
    public_key: RSAPublicKey = field(repr=False)
    created_at: datetime
    installations: dict[int, bool] = field(default_factory=dict)


class Desk:
    """All of it, and the few changes that GitHub's doors and a story's people share."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._clock = now
        self._ids = itertools.count(1001)
        self.users: dict[str, User] = {}
        self.repos: dict[str, Repo] = {}
        self.moved: dict[str, int] = {}
        self.tokens: dict[str, Token] = {}
        self.apps: dict[int, App] = {}
        self.token_lifetime = timedelta(hours=1)

    def now(self) -> datetime:
        """The time on this GitHub's clock, in whole seconds."""
        return self._clock().replace(microsecond=0)

    def next_id(self) -> int:
        """A number nothing else here has."""
        return next(self._ids)

    def user(self, login: str, kind: Literal["User", "Bot"] = "User") -> User:
        """The account named `login`, made when it is new; case does not matter, as on GitHub."""
        return self.users.setdefault(login.lower(), User(self.next_id(), login, kind))

    def issue_token(
        self,
        user: User,
        *,
        writes_issues: bool = True,
        expires_at: datetime | None = None,
        installation: int | None = None,
    ) -> Token:
        """A fresh token; its prefix is that of GitHub's own kind, for scanners that look for it."""
        secret = ("ghs_" if installation else "ghp_") + secrets.token_hex(18)
        token = Token(secret, user, writes_issues, expires_at, installation)
        self.tokens[secret] = token
        return token

    def label(self, repo: Repo, name: str) -> Label:
        """The repository's label of that name, made when it is new."""
        return repo.labels.setdefault(name.lower(), Label(self.next_id(), name))

    def open_issue(
        self,
        repo: Repo,
        user: User,
        title: str,
        body: str | None,
        *,
        labels: Iterable[str] = (),
        assignees: Iterable[User] = (),
    ) -> Issue:
        """Create an issue under the repository's next number."""
        now = self.now()
        issue = Issue(self.next_id(), len(repo.issues) + 1, user, title, body, now, now)
        issue.labels = self.distinct_labels(repo, labels)
        issue.assignees = list({each.id: each for each in assignees}.values())
        repo.issues[issue.number] = issue
        return issue

    def distinct_labels(self, repo: Repo, names: Iterable[str]) -> list[Label]:
        """The labels of those names, each once, in the order given."""
        return list({one.id: one for one in (self.label(repo, name) for name in names)}.values())

    def comment(self, issue: Issue, user: User, body: str) -> Comment:
        """Add a comment, which counts as an update of the issue."""
        now = self.now()
        comment = Comment(self.next_id(), user, body, now, now)
        issue.comments.append(comment)
        issue.updated_at = now
        return comment

    def set_state(self, issue: Issue, user: User, state: IssueState, reason: str | None) -> None:
        """Open or close; the same state again changes only a reason that is given."""
        now = self.now()
        if state == "closed":
            if issue.state == "open":
                issue.closed_at, issue.closed_by, issue.state_reason = now, user, "completed"
            issue.state_reason = reason or issue.state_reason
        elif issue.state == "closed":
            issue.closed_at, issue.closed_by, issue.state_reason = None, None, "reopened"
        issue.state = state
        issue.updated_at = now

    def assignable(self, repo: Repo, login: str) -> User | None:
        """The user of that name if the repository knows them as more than a passer-by."""
        user = self.users.get(login.lower())
        return user if user and user.kind == "User" and repo.roles.get(user.login) else None

    def find_repo(self, full_name: str) -> Repo | None:
        """The repository now of that name; an old name finds nothing."""
        return self.repos.get(full_name.lower())

    def repo_by_id(self, number: int) -> Repo | None:
        """The repository of that id, whatever its name."""
        return next((repo for repo in self.repos.values() if repo.id == number), None)


def permissions(role: Role) -> Mapping[str, bool]:
    """The rights as a repository's answer lists them."""
    return {
        "admin": role >= Role.ADMIN,
        "maintain": role >= Role.ADMIN,
        "push": role >= Role.WRITE,
        "triage": role >= Role.TRIAGE,
        "pull": role >= Role.READ,
    }
