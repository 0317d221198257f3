"""Sends `github.*` deliveries: one class between the worker and the client.

| kind | payload | receipt |
| --- | --- | --- |
| `github.issue` | title, body, labels, assignees | repo, number, url (and `left_out`) |
| `github.problem` | the same: an issue of a known problem, no ticket's | the same |
| `github.comment` | body | repo, number, comment, url |
| `github.close` | reason: completed (default), not_planned, duplicate | repo, number |
| `github.reopen` | – | repo, number |
| `github.labels` | add, remove | repo, number |

`github.issue` and `github.problem` go to `target["repo"]`; the others to the issue behind `place`,
or to `target["repo"]` and `target["number"]`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from supportbot.adapters.github.client import GitHubClient
from supportbot.adapters.github.errors import Refused, failure
from supportbot.adapters.github.values import CommentRef, IssueRef
from supportbot.domain.notices.delivery import Receipt, SendFailure, SendTask

# What was created a moment ago may not be listed yet: look again only after this.
SETTLING = timedelta(seconds=5)
_CREATES = frozenset({"github.issue", "github.problem", "github.comment"})


class GitHubSender:
    """A `Sender`: delivers, or raises `SendFailure` with what GitHub said and what mends it."""

    def __init__(self, client: GitHubClient) -> None:
        self._client = client
        self._verbs: Mapping[str, Callable[[SendTask], Receipt]] = {
            "github.issue": self._issue,
            "github.problem": self._issue,
            "github.comment": self._comment,
            "github.close": self._close,
            "github.reopen": self._reopen,
            "github.labels": self._labels,
        }

    def send(self, task: SendTask) -> Receipt:
        """Do what `task` says; from attempt 2 on look whether it was done. Raises SendFailure."""
        verb = self._verbs.get(task.kind)
        if verb is None:
            raise SendFailure("rejected", f"nothing here sends {task.kind}")
        try:
            return verb(task)
        except Exception as error:
            raise _settling(task, failure(error, attempt=task.attempt)) from error

    def _issue(self, task: SendTask) -> Receipt:
        repo = _text(task.target, "repo")
        since = _looks_since(task)
        found = self._client.find_issue(repo, task.key, since) if since else None
        if found:
            return _issue_receipt(found, found_again=True)
        made = self._client.create_issue(
            repo,
            _text(task.payload, "title"),
            _text(task.payload, "body"),
            _texts(task.payload, "labels"),
            _texts(task.payload, "assignees"),
            key=task.key,
        )
        return _issue_receipt(made, found_again=False)

    def _comment(self, task: SendTask) -> Receipt:
        repo, number = _issue_of(task)
        since = _looks_since(task)
        found = self._client.find_comment(repo, number, task.key, since) if since else None
        if found:
            return _comment_receipt(found, found_again=True)
        body = _text(task.payload, "body")
        made = self._client.comment(repo, number, body, key=task.key)
        return _comment_receipt(made, found_again=False)

    def _close(self, task: SendTask) -> Receipt:
        repo, number = _issue_of(task)
        reason = _text(task.payload, "reason") if "reason" in task.payload else "completed"
        changed = self._client.close_issue(repo, number, reason)
        return Receipt({"repo": repo, "number": str(number)}, found=not changed)

    def _reopen(self, task: SendTask) -> Receipt:
        repo, number = _issue_of(task)
        changed = self._client.reopen_issue(repo, number)
        return Receipt({"repo": repo, "number": str(number)}, found=not changed)

    def _labels(self, task: SendTask) -> Receipt:
        repo, number = _issue_of(task)
        add, remove = _texts(task.payload, "add"), _texts(task.payload, "remove")
        self._client.update_labels(repo, number, add=add, remove=remove)
        return Receipt({"repo": repo, "number": str(number)})


def _looks_since(task: SendTask) -> datetime | None:
    return task.first_attempt_at if task.attempt > 1 else None


def _settling(task: SendTask, error: SendFailure) -> SendFailure:
    """A create whose answer was lost may have had its effect: give the lists time to show it."""
    if error.kind == "transient" and task.kind in _CREATES:
        return SendFailure(error.kind, error.reason, max(error.retry_after or SETTLING, SETTLING))
    return error


def _issue_receipt(issue: IssueRef, *, found_again: bool) -> Receipt:
    external = {"repo": issue.repo, "number": str(issue.number), "url": issue.url}
    if issue.left_out:
        external["left_out"] = ", ".join(issue.left_out)
    return Receipt(external, found_again)


def _comment_receipt(comment: CommentRef, *, found_again: bool) -> Receipt:
    external = {
        "repo": comment.repo,
        "number": str(comment.number),
        "comment": str(comment.id),
        "url": comment.url,
    }
    return Receipt(external, found_again)


def _issue_of(task: SendTask) -> tuple[str, int]:
    address = task.place or task.target
    number = _text(address, "number")
    if not number.isdecimal():
        raise Refused("rejected", f"{number[:20]!r} is no issue's number")
    return _text(address, "repo"), int(number)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise Refused("rejected", f"the delivery lacks the text {name!r}")
    return value


def _texts(fields: Mapping[str, Any], name: str) -> list[str]:
    values = fields.get(name) or []
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):
        raise Refused("rejected", f"{name!r} in the delivery is not a list of texts")
    return list(values)
