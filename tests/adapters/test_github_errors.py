"""What each of GitHub's refusals means for a delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from github import GithubException

from supportbot.adapters.github.errors import (
    LoginError,
    Refused,
    assignable,
    failure,
)
from supportbot.domain.notices.delivery import SendFailure

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes."
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def _refusal(
    status: int, message: str = "", headers: dict[str, str] | None = None, **more: Any
) -> GithubException:
    return GithubException(status, {"message": message, **more}, headers or {}, message)


@pytest.mark.parametrize(
    ("status", "message", "kind", "mend"),
    [
        (401, "Bad credentials", "unauthorised", "set a new one"),
        (403, "Resource not accessible by integration", "unauthorised", "Issues: read and write"),
        (403, "Unable to create comment because issue is locked.", "rejected", "unlock"),
        (403, "Repository was archived so is read-only.", "rejected", "unarchive"),
        (404, "Not Found", "rejected", "check the repository's"),
        (410, "Issues are disabled for this repo", "rejected", "switch issues on"),
        (410, "This issue was deleted", "rejected", "deleted"),
        (422, "Validation Failed", "rejected", "does not take this content"),
        (400, "Problems parsing JSON", "rejected", "does not take this content"),
        (409, "Conflict", "transient", "tried again"),
        (500, "", "transient", "tried again"),
        (502, "Bad Gateway", "transient", "tried again"),
        (503, "No server is currently available", "transient", "tried again"),
        (418, "teapot", "rejected", "does not take"),
    ],
)
def test_a_refusal_is_sorted_and_its_mend_named(
    status: int, message: str, kind: str, mend: str
) -> None:
    found = failure(_refusal(status, message), attempt=1)
    assert (found.kind, found.retry_after) == (kind, None)
    assert str(status) in found.reason
    assert mend in found.reason


@pytest.mark.parametrize(
    ("status", "message", "headers", "attempt", "wait"),
    [
        (403, SECONDARY, {"Retry-After": "90"}, 1, timedelta(seconds=90)),
        (429, "Too Many Requests", {"retry-after": "7"}, 5, timedelta(seconds=7)),
        (403, "anything", {"retry-after": "7"}, 1, timedelta(seconds=7)),
        (403, SECONDARY, {}, 1, MINUTE),
        (403, SECONDARY, {}, 2, 2 * MINUTE),
        (403, SECONDARY, {}, 4, 8 * MINUTE),
        (403, SECONDARY, {}, 90, HOUR),
        (429, "", {}, 1, MINUTE),
        (422, "Validation Failed was submitted too quickly", {}, 1, MINUTE),
        (403, SECONDARY, {"retry-after": "0"}, 1, timedelta(seconds=1)),
        (403, SECONDARY, {"retry-after": "999999999999"}, 1, HOUR),
        (403, SECONDARY, {"retry-after": "soon"}, 1, MINUTE),
    ],
)
def test_a_rate_limit_says_how_long_to_wait(
    status: int, message: str, headers: dict[str, str], attempt: int, wait: timedelta
) -> None:
    found = failure(_refusal(status, message, headers), attempt=attempt)
    assert (found.kind, found.retry_after) == ("rate_limited", wait)


@pytest.mark.parametrize(
    ("reset", "date", "wait"),
    [
        ("1795435200", "Mon, 23 Nov 2026 11:50:00 GMT", timedelta(minutes=10)),
        ("1795435200", "Mon, 23 Nov 2026 12:00:09 GMT", timedelta(seconds=1)),
        ("1795435200", "not a date", MINUTE),
        ("99999999999999999999", "Mon, 23 Nov 2026 11:50:00 GMT", MINUTE),
        ("soon", "Mon, 23 Nov 2026 11:50:00 GMT", MINUTE),
    ],
)
def test_the_primary_limit_waits_for_its_reset_by_githubs_own_clock(
    reset: str, date: str, wait: timedelta
) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset, "Date": date}
    error = _refusal(403, "API rate limit exceeded for user ID 1.", headers)
    found = failure(error, attempt=1)
    assert (found.kind, found.retry_after) == ("rate_limited", wait)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionResetError("gone"), "transient"),
        (TimeoutError(), "transient"),
        (AttributeError("an answer PyGithub could not read"), "transient"),
        (Refused("rejected", "no"), "rejected"),
        (SendFailure("rejected", "no"), "rejected"),
        (LoginError(_refusal(404, "Not Found")), "unauthorised"),
        (LoginError(_refusal(422, "The permissions requested are not granted")), "unauthorised"),
        (LoginError(_refusal(503)), "transient"),
        (LoginError(TimeoutError()), "transient"),
        (LoginError(_refusal(429)), "rate_limited"),
    ],
)
def test_whatever_is_raised_is_sorted(error: Exception, kind: str) -> None:
    assert failure(error, attempt=1).kind == kind


def test_a_reason_names_the_fields_and_stays_short() -> None:
    errors = [{"field": "body", "message": "body is too long"}, "odd", {"code": "x" * 500}]
    found = failure(_refusal(422, "Validation\nFailed", errors=errors), attempt=1)
    assert "Validation Failed (body: body is too long) (odd)" in found.reason
    assert len(found.reason) < 300


@pytest.mark.parametrize("data", [None, [], "html", {"errors": "none"}, {"message": None}])
def test_an_odd_error_body_is_no_obstacle(data: Any) -> None:
    assert failure(GithubException(500, data, None), attempt=1).kind == "transient"


@pytest.mark.parametrize(
    ("status", "errors", "left"),
    [
        (422, [{"field": "assignees", "value": "Sam"}], ["ines"]),
        (422, [{"field": "assignees", "value": None}], []),
        (422, [], []),
        (422, None, []),
        (422, [{"field": "title", "code": "missing"}], ["ines", "sam"]),
        (403, [{"field": "assignees", "value": "sam"}], ["ines", "sam"]),
    ],
)
def test_assignees_whom_github_refuses_are_told_from_the_rest(
    status: int, errors: Any, left: list[str]
) -> None:
    assert assignable(_refusal(status, "no", errors=errors), ["ines", "sam"]) == left
