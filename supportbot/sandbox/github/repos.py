"""The doors around issues: who am I, the repository, its labels, the search.

Sources: https://docs.github.com/en/rest/users, /repos, /issues/labels, /search
"""

from __future__ import annotations

import shlex
from typing import Any

from supportbot.sandbox.github import checks, wire
from supportbot.sandbox.github.call import Call
from supportbot.sandbox.github.shapes import issue_json, label_json, repo_json, user_json
from supportbot.sandbox.github.state import Issue, Repo, Role

MOST_FOUND = 1000


def get_user(call: Call) -> wire.Answer:
    """GET /user; an installation speaks for no user"""
    user = call.someone()
    if call.token and call.token.installation is not None:
        raise wire.forbidden("Resource not accessible by integration")
    return wire.Answer(200, user_json(user, call.base))


def get_repo(call: Call) -> wire.Answer:
    """GET /repos/{owner}/{repo}"""
    repo = call.repo()
    owner = call.desk.user(repo.full_name.partition("/")[0])
    return wire.Answer(200, repo_json(repo, owner, call.role(repo), call.base))


def list_labels(call: Call) -> wire.Answer:
    """GET /repos/{owner}/{repo}/labels"""
    repo = call.repo()
    labels = sorted(repo.labels.values(), key=lambda label: label.name.lower())
    return call.page(labels, lambda label: label_json(label, repo, call.base))


def create_label(call: Call) -> wire.Answer:
    """POST /repos/{owner}/{repo}/labels"""
    repo, _ = call.writable()
    if call.role(repo) < Role.WRITE:
        raise wire.forbidden("Must have admin rights to Repository.")
    body = call.body()
    name = checks.label_name(body.get("name"))
    if name.lower() in repo.labels:
        raise wire.invalid("Label", "name", "already_exists")
    label = call.desk.label(repo, name)
    label.color = str(body.get("color", label.color)).lstrip("#")
    label.description = body.get("description")
    return wire.Answer(201, label_json(label, repo, call.base))


def search_issues(call: Call) -> wire.Answer:
    """GET /search/issues: words in title and body, `repo:`, `author:`, `state:`, `label:`"""
    words, marks = _query(call.request.query.get("q", ""))
    if not words and not marks:
        raise wire.invalid("Search", "q", "missing")
    found = [
        (repo, issue)
        for repo in call.desk.repos.values()
        if call.role(repo) >= Role.READ
        for issue in repo.issues.values()
        if _found(call, repo, issue, words, marks)
    ]
    found.sort(key=lambda pair: pair[1].created_at, reverse=True)
    page = call.page(found[:MOST_FOUND], lambda pair: _hit(*pair, call.base))
    body = {"total_count": len(found), "incomplete_results": False, "items": page.body}
    return wire.Answer(200, body, page.headers)


def _hit(repo: Repo, issue: Issue, base: str) -> dict[str, Any]:
    return {**issue_json(issue, repo, base), "score": 1.0}


def _query(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    try:
        parts = shlex.split(text.replace("'", "\\'"))
    except ValueError:
        parts = text.split()
    words, marks = [], []
    for part in parts:
        name, colon, value = part.partition(":")
        if colon and name in QUALIFIERS:
            marks.append((name, value.lower()))
        else:
            words.append(part.lower())
    return words, marks


QUALIFIERS: dict[str, Any] = {
    "repo": lambda repo, issue, value: repo.full_name.lower() == value,
    "author": lambda repo, issue, value: issue.user.login.lower() == value,
    "state": lambda repo, issue, value: issue.state == value,
    "is": lambda repo, issue, value: value in ("issue", issue.state),
    "label": lambda repo, issue, value: value in {one.name.lower() for one in issue.labels},
    "in": lambda repo, issue, value: True,
}


def _found(
    call: Call, repo: Repo, issue: Issue, words: list[str], marks: list[tuple[str, str]]
) -> bool:
    text = f"{issue.title}\n{issue.body or ''}".lower()
    return (
        issue.created_at + call.lag.search <= call.desk.now()
        and all(QUALIFIERS[name](repo, issue, value) for name, value in marks)
        and all(word in text for word in words)
    )
