"""The page behind an issue's link, as plain text, for whoever follows it from a transcript."""

from __future__ import annotations

from collections.abc import Iterator

from supportbot.sandbox.github import wire
from supportbot.sandbox.github.call import Call
from supportbot.sandbox.github.shapes import stamp
from supportbot.sandbox.github.state import Issue

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


def show_issue(call: Call) -> wire.Answer:
    """GET /{owner}/{repo}/issues/{number}"""
    return wire.Answer(200, "\n".join(_lines(call.issue(call.issues_of()))) + "\n", PLAIN)


def _lines(issue: Issue) -> Iterator[str]:
    yield f"#{issue.number} {issue.title} [{issue.state}]"
    yield f"opened {stamp(issue.created_at)} by {issue.user.login}"
    yield "labels: " + (", ".join(label.name for label in issue.labels) or "none")
    yield "assignees: " + (", ".join(user.login for user in issue.assignees) or "none")
    yield f"\n{issue.body or ''}"
    for comment in issue.comments:
        yield f"\n--- {comment.user.login}, {stamp(comment.created_at)}\n{comment.body}"
