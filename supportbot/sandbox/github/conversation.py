"""The doors to what hangs on an issue: comments, labels, assignees.

Sources: https://docs.github.com/en/rest/issues/comments, /labels and /assignees
"""

from __future__ import annotations

from supportbot.sandbox.github import checks, wire
from supportbot.sandbox.github.call import Call
from supportbot.sandbox.github.shapes import comment_json, issue_json, label_json
from supportbot.sandbox.github.state import Issue, Repo, Role


def list_comments(call: Call) -> wire.Answer:
    """GET /repos/{owner}/{repo}/issues/{number}/comments, oldest first"""
    repo = call.issues_of()
    issue = call.issue(repo)
    since, now = call.since(), call.desk.now()
    found = [
        comment
        for comment in issue.comments
        if (since is None or comment.updated_at >= since)
        and comment.created_at + call.lag.lists <= now
    ]
    return call.page(found, lambda comment: comment_json(comment, issue, repo, call.base))


def create_comment(call: Call) -> wire.Answer:
    """POST /repos/{owner}/{repo}/issues/{number}/comments"""
    repo, user = call.writable()
    issue = call.issue(repo)
    if issue.locked and call.role(repo) < Role.WRITE:
        raise wire.forbidden("Unable to create comment because issue is locked.")
    text = checks.text(call.body(), "IssueComment", needed=True) or ""
    comment = call.desk.comment(issue, user, text)
    return wire.Answer(201, comment_json(comment, issue, repo, call.base))


def list_issue_labels(call: Call) -> wire.Answer:
    """GET /repos/{owner}/{repo}/issues/{number}/labels"""
    repo = call.issues_of()
    return _labels(call, repo, call.issue(repo))


def add_labels(call: Call) -> wire.Answer:
    """POST /repos/{owner}/{repo}/issues/{number}/labels"""
    repo, issue = _managed(call)
    body = call.request.body
    names = checks.label_names(body if isinstance(body, list) else call.body().get("labels"))
    kept = [label.name for label in issue.labels]
    issue.labels = call.desk.distinct_labels(repo, [*kept, *names])
    issue.updated_at = call.desk.now()
    return _labels(call, repo, issue)


def remove_label(call: Call) -> wire.Answer:
    """DELETE /repos/{owner}/{repo}/issues/{number}/labels/{name}"""
    repo, issue = _managed(call)
    name = call.params["name"].lower()
    kept = [label for label in issue.labels if label.name.lower() != name]
    if len(kept) == len(issue.labels):
        raise wire.Refusal(404, "Label does not exist")
    issue.labels = kept
    issue.updated_at = call.desk.now()
    return _labels(call, repo, issue)


def add_assignees(call: Call) -> wire.Answer:
    """POST /repos/{owner}/{repo}/issues/{number}/assignees, without those who cannot be"""
    repo, issue = _managed(call)
    logins = checks.logins(call.body().get("assignees"))
    users = [call.desk.assignable(repo, login) for login in logins]
    known = {user.id: user for user in [*issue.assignees, *users] if user}
    issue.assignees = list(known.values())[: checks.ASSIGNEE_LIMIT]
    return wire.Answer(201, issue_json(issue, repo, call.base))


def remove_assignees(call: Call) -> wire.Answer:
    """DELETE /repos/{owner}/{repo}/issues/{number}/assignees"""
    repo, issue = _managed(call)
    gone = {login.lower() for login in checks.logins(call.body().get("assignees"))}
    issue.assignees = [user for user in issue.assignees if user.login.lower() not in gone]
    return wire.Answer(200, issue_json(issue, repo, call.base))


def _managed(call: Call) -> tuple[Repo, Issue]:
    repo, _ = call.writable()
    issue = call.issue(repo)
    if call.role(repo) < Role.TRIAGE:
        raise wire.forbidden("Must have admin rights to Repository.")
    return repo, issue


def _labels(call: Call, repo: Repo, issue: Issue) -> wire.Answer:
    return wire.Answer(200, [label_json(label, repo, call.base) for label in issue.labels])
