"""The doors to issues: list, open, look, change.

Source: https://docs.github.com/en/rest/issues/issues
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from supportbot.sandbox.github import checks, wire
from supportbot.sandbox.github.call import Call
from supportbot.sandbox.github.shapes import issue_json
from supportbot.sandbox.github.state import Issue, IssueState, Role

STATES = ("open", "closed", "all")
REASONS = ("completed", "not_planned", "duplicate", "reopened", None)

SORTS: dict[str, Callable[[Issue], Any]] = {
    "created": lambda issue: (issue.created_at, issue.number),
    "updated": lambda issue: (issue.updated_at, issue.number),
    "comments": lambda issue: (len(issue.comments), issue.number),
}


def list_issues(call: Call) -> wire.Answer:
    """GET /repos/{owner}/{repo}/issues"""
    repo = call.issues_of()
    query = call.request.query
    order = SORTS.get(query.get("sort", "created"), SORTS["created"])
    found = [issue for issue in repo.issues.values() if _listed(call, issue)]
    found.sort(key=order, reverse=query.get("direction", "desc") != "asc")
    return call.page(found, lambda issue: issue_json(issue, repo, call.base))


def _listed(call: Call, issue: Issue) -> bool:
    query = call.request.query
    state = query.get("state", "open")
    if state not in STATES:
        raise wire.invalid("Issue", "state", "invalid", value=state)
    labels = {label.name.lower() for label in issue.labels}
    wanted = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}
    creator = query.get("creator", issue.user.login)
    return (
        state in ("all", issue.state)
        and creator.lower() == issue.user.login.lower()
        and wanted <= labels
        and _since(call.since(), issue)
        and issue.created_at + call.lag.lists <= call.desk.now()
    )


def _since(since: datetime | None, issue: Issue) -> bool:
    return since is None or issue.updated_at >= since


def create_issue(call: Call) -> wire.Answer:
    """POST /repos/{owner}/{repo}/issues"""
    repo, user = call.writable()
    body = call.body()
    issue = call.desk.open_issue(
        repo,
        user,
        checks.title(body),
        checks.text(body, "Issue", needed=False),
        labels=checks.new_labels(call, repo, body),
        assignees=checks.new_assignees(call, repo, body),
    )
    return wire.Answer(201, issue_json(issue, repo, call.base))


def get_issue(call: Call) -> wire.Answer:
    """GET /repos/{owner}/{repo}/issues/{number}"""
    repo = call.issues_of()
    return wire.Answer(200, issue_json(call.issue(repo), repo, call.base))


def change_issue(call: Call) -> wire.Answer:
    """PATCH /repos/{owner}/{repo}/issues/{number}

    The author may change the text and the state; labels and assignees need more, and are dropped in
    silence without it.
    """
    repo, user = call.writable()
    issue = call.issue(repo)
    may_manage = call.role(repo) >= Role.TRIAGE
    if not may_manage and issue.user is not user:
        raise wire.forbidden("Must have admin rights to Repository.")
    body = call.body()
    # Everything is judged before anything is changed, so that a refusal leaves the issue as it was.
    state, reason = _state(body)
    title, text = _text(issue, body)
    labels = checks.label_names(body["labels"]) if "labels" in body else None
    assignees = checks.new_assignees(call, repo, body) if "assignees" in body else None
    issue.title, issue.body, issue.updated_at = title, text, call.desk.now()
    if labels is not None and may_manage:
        issue.labels = call.desk.distinct_labels(repo, labels)
    if assignees is not None and may_manage:
        issue.assignees = assignees
    if state is not None:
        call.desk.set_state(issue, user, state, reason)
    return wire.Answer(200, issue_json(issue, repo, call.base))


def _state(body: Mapping[str, Any]) -> tuple[IssueState | None, str | None]:
    state, reason = body.get("state"), body.get("state_reason")
    if state not in ("open", "closed", None):
        raise wire.invalid("Issue", "state", "invalid", value=state)
    if reason not in REASONS:
        raise wire.invalid("Issue", "state_reason", "invalid", value=reason)
    return state, reason


def _text(issue: Issue, body: Mapping[str, Any]) -> tuple[str, str | None]:
    title = checks.title(body) if "title" in body else issue.title
    text = checks.text(body, "Issue", needed=False) if "body" in body else issue.body
    return title, text
