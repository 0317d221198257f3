"""What the client hands out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IssueRef:
    """An issue: `repo` as owner/name, its number, the address people open.

    `left_out` names labels and assignees that were asked for and did not come to be set.
    """

    repo: str
    number: int
    url: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentRef:
    """A comment on an issue."""

    repo: str
    number: int
    id: int
    url: str


@dataclass(frozen=True, slots=True)
class Rights:
    """Who we are at GitHub and what we may do in one repository.

    `push` is the role of the account behind the token; what a fine-grained token itself was granted
    is not told by GitHub before it is used. `scopes` are a classic token's, None for other logins.
    """

    login: str
    repo: str
    is_app: bool
    private: bool
    archived: bool
    issues_enabled: bool
    push: bool
    scopes: tuple[str, ...] | None

    def problems(self) -> Iterator[str]:
        """What is in the way of issues with labels and assignees, and how to mend it."""
        if self.archived:
            yield f"{self.repo} is archived and read-only: unarchive it or name another repository"
        if not self.issues_enabled:
            yield f"{self.repo} has issues switched off: switch them on in its settings"
        if not self.push and not self.is_app:
            yield (
                f"{self.login} has no write access to {self.repo}: GitHub would leave out labels"
                " and assignees without a word; give it the role Write"
            )
        if self.scopes is not None and not self._scoped():
            yield f"the token lacks the scope {'repo' if self.private else 'public_repo'}"

    def _scoped(self) -> bool:
        wanted = {"repo"} if self.private else {"repo", "public_repo"}
        return bool(wanted.intersection(self.scopes or ()))
