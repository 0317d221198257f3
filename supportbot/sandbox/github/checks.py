"""What GitHub takes: lengths, counts and types, and what it quietly leaves out.

Lengths and the quiet dropping: https://docs.github.com/en/rest/issues/issues#create-an-issue
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportbot.sandbox.github import wire
from supportbot.sandbox.github.call import Call
from supportbot.sandbox.github.state import Repo, Role, User

TITLE_LIMIT = 256
BODY_LIMIT = 65_536
LABEL_LIMIT = 50
ASSIGNEE_LIMIT = 10


def title(body: Mapping[str, Any]) -> str:
    """The title sent: some text, not too long."""
    text = body.get("title")
    if text is None:
        raise wire.Refusal(422, 'Invalid request.\n\n"title" wasn\'t supplied.')
    if not isinstance(text, str) or not text.strip():
        raise wire.invalid("Issue", "title", "missing_field")
    if len(text) > TITLE_LIMIT:
        raise wire.too_long("Issue", "title", TITLE_LIMIT)
    return text


def text(body: Mapping[str, Any], resource: str, *, needed: bool) -> str | None:
    """The `body` sent with an issue, or with a comment, which cannot be blank."""
    found = body.get("body")
    if found is None and not needed:
        return None
    if not isinstance(found, str) or (needed and not found.strip()):
        raise wire.invalid(resource, "body", "missing_field")
    if len(found) > BODY_LIMIT:
        raise wire.too_long(resource, "body", BODY_LIMIT)
    return found


def label_names(found: Any) -> list[str]:
    """Label names: strings or objects with a name."""
    if not isinstance(found, list):
        raise wire.Refusal(
            422, f"Invalid request.\n\nFor 'properties/labels', {found!r} is not an array."
        )
    names = [each.get("name") if isinstance(each, dict) else each for each in found]
    return [label_name(name) for name in names]


def label_name(name: Any) -> str:
    """One label's name."""
    if not isinstance(name, str) or not name.strip():
        raise wire.invalid("Label", "name", "missing_field")
    if len(name) > LABEL_LIMIT:
        raise wire.too_long("Label", "name", LABEL_LIMIT)
    return name


def logins(found: Any) -> list[str]:
    """Assignees' names, ten at most."""
    if not isinstance(found, list) or not all(isinstance(login, str) for login in found):
        raise wire.Refusal(
            422, f"Invalid request.\n\nFor 'properties/assignees', {found!r} is wrong."
        )
    if len(found) > ASSIGNEE_LIMIT:
        raise wire.invalid("Issue", "assignees", "custom", f"maximum is {ASSIGNEE_LIMIT}")
    return found


def new_labels(call: Call, repo: Repo, body: Mapping[str, Any]) -> list[str]:
    """The labels a caller may set; those of a caller without the right are dropped in silence."""
    names = label_names(body.get("labels") or [])
    return names if call.role(repo) >= Role.TRIAGE else []


def new_assignees(call: Call, repo: Repo, body: Mapping[str, Any]) -> list[User]:
    """The assignees a caller may set, dropped in silence like labels.

    A caller with the right who names somebody unassignable is refused instead: GitHub answers 422
    with field `assignees` and code `invalid`.
    """
    wanted = logins(body.get("assignees") or [])
    if call.role(repo) < Role.TRIAGE:
        return []
    users = []
    for login in wanted:
        user = call.desk.assignable(repo, login)
        if user is None:
            raise wire.invalid("Issue", "assignees", "invalid", value=login)
        users.append(user)
    return users
