"""One call at the door: who calls, for which repository, and what every door asks of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from supportbot.sandbox.github import wire
from supportbot.sandbox.github.state import Desk, Issue, Repo, Role, Token, User

PER_PAGE = 30
MOST_PER_PAGE = 100

T = TypeVar("T")


@dataclass(slots=True)
class Lag:
    """How long a new issue stays out of sight, in the search and in the lists."""

    search: timedelta = field(default_factory=timedelta)
    lists: timedelta = field(default_factory=timedelta)


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose caller is known; `params` are the parts named in the door's path."""

    desk: Desk
    request: wire.Request
    params: Mapping[str, str]
    token: Token | None
    base: str
    lag: Lag

    @property
    def user(self) -> User | None:
        """Who calls, or None without a token."""
        return self.token.user if self.token else None

    def someone(self) -> User:
        """The caller, who must have logged in."""
        if self.user is None:
            raise wire.needs_login()
        return self.user

    def repo(self) -> Repo:
        """The repository in the path, if the caller may see it."""
        name = f"{self.params['owner']}/{self.params['repo']}"
        repo = self.desk.find_repo(name)
        if repo is None and name.lower() in self.desk.moved:
            raise wire.moved(self._new_place(self.desk.moved[name.lower()]), self.request.method)
        if repo is None or self.role(repo) < Role.READ:
            raise wire.not_found()
        return repo

    def _new_place(self, repo_id: int) -> str:
        rest = self.request.path.split("/", 4)[4:]
        return "/".join([f"{self.base}/repositories/{repo_id}", *rest])

    def role(self, repo: Repo) -> Role:
        """The caller's rights in `repo`."""
        return repo.role_of(self.user)

    def issues_of(self) -> Repo:
        """The repository in the path, which must have its issues switched on."""
        repo = self.repo()
        if not repo.has_issues:
            raise wire.issues_disabled()
        return repo

    def writable(self) -> tuple[Repo, User]:
        """The repository in the path and the caller, who may write issues there."""
        user = self.someone()
        repo = self.issues_of()
        if repo.archived:
            raise wire.forbidden("Repository was archived so is read-only.")
        if self.token and not self.token.writes_issues:
            raise wire.forbidden()
        return repo, user

    def issue(self, repo: Repo) -> Issue:
        """The issue in the path."""
        number = self.params["number"]
        issue = repo.issues.get(int(number)) if number.isdecimal() else None
        if issue is None:
            raise wire.not_found()
        return issue

    def body(self) -> Mapping[str, Any]:
        """The JSON object that was sent."""
        if not isinstance(self.request.body, dict):
            raise wire.Refusal(400, "Body should be a JSON object")
        return self.request.body

    def since(self) -> datetime | None:
        """The query's `since`, aware UTC."""
        text = self.request.query.get("since")
        try:
            return datetime.fromisoformat(text) if text else None
        except ValueError:
            raise wire.Refusal(422, f"{text} is not a valid time for since") from None

    def page(self, things: Sequence[T], render: Callable[[T], Any]) -> wire.Answer:
        """One page of `things`, with the links to its neighbours.

        Source: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
        """
        size = min(max(self._number("per_page", PER_PAGE), 1), MOST_PER_PAGE)
        page = max(self._number("page", 1), 1)
        last = max(-(-len(things) // size), 1)
        shown = things[(page - 1) * size : page * size]
        return wire.Answer(200, [render(thing) for thing in shown], self._links(page, last))

    def _number(self, name: str, otherwise: int) -> int:
        text = self.request.query.get(name, "")
        return int(text) if text.isdecimal() else otherwise

    def _links(self, page: int, last: int) -> dict[str, str]:
        places = {"next": page + 1, "last": last} if page < last else {}
        places |= {"first": 1, "prev": page - 1} if page > 1 else {}
        links = [f'<{self._page_url(number)}>; rel="{rel}"' for rel, number in places.items()]
        return {"Link": ", ".join(links)} if links else {}

    def _page_url(self, page: int) -> str:
        query = urlencode({**self.request.query, "page": str(page)})
        return f"{self.base}{self.request.path}?{query}"
