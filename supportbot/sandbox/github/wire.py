"""Requests, answers and refusals as values; the words of each refusal are GitHub's own kind.

Source: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api and the
pages of each endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names in lower case, `body` the parsed JSON (None when there is none)."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `body` is sent as JSON, or as it is when it is text."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Raised by a door that says no; `answer` is what goes over the wire."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        headers = more.pop("headers", {})
        body = {"message": message, **more, "documentation_url": DOCUMENTATION}
        self.answer = Answer(status, {**body, "status": str(status)}, headers)


def bad_credentials() -> Refusal:
    """A token that is unknown, revoked or expired."""
    return Refusal(401, "Bad credentials")


def needs_login() -> Refusal:
    """A write without any token."""
    return Refusal(401, "Requires authentication")


def not_found() -> Refusal:
    """Something that is not there, or that the caller may not see: GitHub does not say which."""
    return Refusal(404, "Not Found")


def forbidden(message: str = "Resource not accessible by personal access token") -> Refusal:
    """A caller who is known but has no right to this."""
    return Refusal(403, message)


def issues_disabled() -> Refusal:
    """A repository whose issues are switched off."""
    return Refusal(410, "Issues are disabled for this repo")


def invalid(resource: str, name: str, code: str, message: str = "", value: Any = None) -> Refusal:
    """A value GitHub will not take, named as it names them."""
    error: dict[str, Any] = {"resource": resource, "field": name, "code": code}
    if message:
        error["message"] = message
    if value is not None:
        error["value"] = value
    return Refusal(422, "Validation Failed", errors=[error])


def too_long(resource: str, name: str, limit: int) -> Refusal:
    """A text over its limit."""
    return invalid(resource, name, "custom", f"{name} is too long (maximum is {limit} characters)")


def moved(location: str, method: str) -> Refusal:
    """A repository under its old name: 301 for a read, 307 for anything else."""
    status, message = (301, "Moved Permanently") if method == "GET" else (307, "Temporary Redirect")
    return Refusal(status, message, url=location, headers={"Location": location})


def secondary_limit(retry_after: int | None) -> Refusal:
    """Too much at once; GitHub does not always say how long to wait."""
    return Refusal(
        403,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        headers={} if retry_after is None else {"Retry-After": str(retry_after)},
    )


def primary_limit(user_id: int) -> Refusal:
    """The hour's requests are used up; the reset time stands in the headers of every answer."""
    return Refusal(403, f"API rate limit exceeded for user ID {user_id}.")
