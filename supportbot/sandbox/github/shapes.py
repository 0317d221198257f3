"""Issues, comments, labels, users and repositories as GitHub's JSON writes them.

Source: the schemas `issue`, `issue-comment`, `label`, `simple-user` and `full-repository` of
GitHub's OpenAPI description (https://github.com/github/rest-api-description).
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from supportbot.sandbox.github.state import (
    App,
    Comment,
    Issue,
    Label,
    Repo,
    Role,
    User,
    permissions,
)

_USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}


def stamp(at: datetime) -> str:
    """A time as GitHub writes it: UTC, whole seconds, `Z`."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int) -> str:
    """An opaque id, as GraphQL would know the thing."""
    return base64.b64encode(f"{kind}{number}".encode()).decode()


def user_json(user: User, base: str) -> dict[str, Any]:
    """Schema `simple-user`."""
    url = f"{base}/users/{user.login}"
    return {
        "login": user.login,
        "id": user.id,
        "node_id": node_id("User", user.id),
        "avatar_url": "",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{base}/{user.login}",
        "type": user.kind,
        "site_admin": False,
        **{name: url + end for name, end in _USER_LINKS.items()},
    }


def label_json(label: Label, repo: Repo, base: str) -> dict[str, Any]:
    """Schema `label`."""
    return {
        "id": label.id,
        "node_id": node_id("Label", label.id),
        "url": f"{base}/repos/{repo.full_name}/labels/{label.name}",
        "name": label.name,
        "color": label.color,
        "default": False,
        "description": label.description,
    }


def issue_json(issue: Issue, repo: Repo, base: str) -> dict[str, Any]:
    """Schema `issue`."""
    home = f"{base}/repos/{repo.full_name}"
    url = f"{home}/issues/{issue.number}"
    assignees = [user_json(user, base) for user in issue.assignees]
    return {
        "id": issue.id,
        "node_id": node_id("Issue", issue.id),
        "url": url,
        "repository_url": home,
        "labels_url": url + "/labels{/name}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"{base}/{repo.full_name}/issues/{issue.number}",
        "number": issue.number,
        "state": issue.state,
        "state_reason": issue.state_reason,
        "title": issue.title,
        "body": issue.body,
        "user": user_json(issue.user, base),
        "labels": [label_json(label, repo, base) for label in issue.labels],
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "locked": issue.locked,
        "active_lock_reason": None,
        "comments": len(issue.comments),
        "closed_at": stamp(issue.closed_at) if issue.closed_at else None,
        "closed_by": user_json(issue.closed_by, base) if issue.closed_by else None,
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "author_association": "NONE",
        "performed_via_github_app": None,
    }


def comment_json(comment: Comment, issue: Issue, repo: Repo, base: str) -> dict[str, Any]:
    """Schema `issue-comment`."""
    page = f"{base}/{repo.full_name}/issues/{issue.number}"
    return {
        "id": comment.id,
        "node_id": node_id("IssueComment", comment.id),
        "url": f"{base}/repos/{repo.full_name}/issues/comments/{comment.id}",
        "html_url": f"{page}#issuecomment-{comment.id}",
        "issue_url": f"{base}/repos/{repo.full_name}/issues/{issue.number}",
        "body": comment.body,
        "user": user_json(comment.user, base),
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
        "author_association": "NONE",
        "performed_via_github_app": None,
    }


def repo_json(repo: Repo, owner: User, role: Role, base: str) -> dict[str, Any]:
    """The part of schema `full-repository` that says what may be done with the issues."""
    return {
        "id": repo.id,
        "node_id": node_id("Repository", repo.id),
        "name": repo.full_name.partition("/")[2],
        "full_name": repo.full_name,
        "owner": user_json(owner, base),
        "private": repo.private,
        "visibility": "private" if repo.private else "public",
        "url": f"{base}/repos/{repo.full_name}",
        "html_url": f"{base}/{repo.full_name}",
        "description": None,
        "fork": False,
        "archived": repo.archived,
        "disabled": False,
        "has_issues": repo.has_issues,
        "open_issues_count": sum(issue.state == "open" for issue in repo.issues.values()),
        "created_at": stamp(repo.created_at),
        "permissions": dict(permissions(role)),
    }


def app_json(app: App, base: str) -> dict[str, Any]:
    """The part of schema `integration` that names the App."""
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": node_id("App", app.id),
        "name": app.slug,
        "description": None,
        "external_url": base,
        "html_url": f"{base}/apps/{app.slug}",
        "created_at": stamp(app.created_at),
        "updated_at": stamp(app.created_at),
        "permissions": {"issues": "write", "metadata": "read"},
        "events": [],
    }
