"""One table that says what each of GitHub's refusals means for a delivery.

Sources: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api and
/troubleshooting-the-rest-api. Reasons carry GitHub's message and our mend, never a header or token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from github import GithubException

from supportbot.domain.notices.delivery import FailureKind, SendFailure

SHORTEST_WAIT = timedelta(seconds=1)
UNSAID_WAIT = timedelta(minutes=1)
# The longest window GitHub counts in; a longer wish is a broken clock on one of the two sides.
LONGEST_WAIT = timedelta(hours=1)


class Refused(Exception):
    """A refusal that GitHub expresses in some other way than by an error status."""

    def __init__(self, kind: FailureKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class LoginError(Exception):
    """GitHub did not give the App a token; `cause` is what it said instead."""

    def __init__(self, cause: Exception) -> None:
        super().__init__("GitHub did not give the App a token")
        self.cause = cause


@dataclass(frozen=True, slots=True)
class _Row:
    """If the status is one of these and the message has one of these words (none: any message)."""

    statuses: range | tuple[int, ...]
    words: tuple[str, ...]
    kind: FailureKind
    mend: str


# The first row that fits counts. Rate limits are told apart before, since they share 403.
_TABLE = (
    _Row((401,), (), "unauthorised", "the token is wrong, expired or revoked: set a new one"),
    _Row((403,), ("locked",), "rejected", "unlock the issue's conversation"),
    _Row((403,), ("archived", "read-only"), "rejected", "unarchive the repository"),
    _Row((403,), (), "unauthorised", "grant the token or App Issues: read and write there"),
    _Row(
        (404,),
        (),
        "rejected",
        "check the repository's and the issue's name, and that the token or App may see them",
    ),
    _Row((410,), ("disabled",), "rejected", "switch issues on in the repository's settings"),
    _Row((410,), (), "rejected", "the issue was deleted; nothing can be sent to it"),
    _Row((408, 409, 425), (), "transient", "it will be tried again"),
    _Row(range(400, 500), (), "rejected", "GitHub does not take this content"),
    _Row(range(500, 600), (), "transient", "it will be tried again"),
)
_APP_MEND = "check the App's id, private key, installation and permission Issues: read and write"
_LIMIT_WORDS = ("rate limit", "abuse detection", "submitted too quickly")


def failure(error: Exception, *, attempt: int) -> SendFailure:
    """Sort whatever a call to GitHub raised; `attempt` counts from 1 and lengthens unsaid waits."""
    if isinstance(error, SendFailure):
        return error
    if isinstance(error, Refused):
        return SendFailure(error.kind, error.reason)
    if isinstance(error, LoginError):
        return _login_failure(error.cause, attempt)
    if isinstance(error, GithubException):
        return _answered(error, attempt)
    # requests' errors are OSErrors; anything else is an answer that PyGithub could not read.
    what = "no answer from GitHub" if isinstance(error, OSError) else "an unreadable answer"
    return SendFailure("transient", f"{what} ({type(error).__name__})")


def _login_failure(cause: Exception, attempt: int) -> SendFailure:
    found = failure(cause, attempt=attempt)
    if found.kind in ("transient", "rate_limited"):
        return found
    said = f"{cause.status} {_said(cause)}: " if isinstance(cause, GithubException) else ""
    return SendFailure("unauthorised", f"GitHub lets the App not in: {said}{_APP_MEND}")


def _answered(error: GithubException, attempt: int) -> SendFailure:
    said = _said(error)
    if _is_limit(error, said):
        wait = _wait(_headers(error), attempt)
        return SendFailure("rate_limited", f"GitHub answered {error.status} {said}", wait)
    for row in _TABLE:
        if error.status in row.statuses and _has_word(said, row.words):
            return SendFailure(row.kind, f"GitHub answered {error.status} {said}: {row.mend}")
    return SendFailure("transient", f"GitHub answered {error.status} {said}")


def _is_limit(error: GithubException, said: str) -> bool:
    if error.status == 429:
        return True
    if error.status not in (403, 422):
        return False
    headers = _headers(error)
    limited = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return (limited and error.status == 403) or _has_word(said, _LIMIT_WORDS)


def _wait(headers: Mapping[str, str], attempt: int) -> timedelta:
    """What GitHub says: `retry-after`, else the reset time, else a minute that doubles."""
    said = headers.get("retry-after", "")
    if said.isdecimal():
        return _bounded(timedelta(seconds=min(int(said), 10**6)))
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return _bounded(_until(int(reset), headers))
    return _bounded(UNSAID_WAIT * 2 ** min(attempt - 1, 10))


def _until(reset: int, headers: Mapping[str, str]) -> timedelta:
    """Measured from the answer's own date, so that the machine's clock may be wrong."""
    try:
        date = parsedate_to_datetime(headers["date"]).replace(tzinfo=UTC)
        return datetime.fromtimestamp(reset, UTC) - date
    except (KeyError, ValueError, OverflowError, OSError):
        return UNSAID_WAIT


def _bounded(wait: timedelta) -> timedelta:
    return max(SHORTEST_WAIT, min(wait, LONGEST_WAIT))


def _headers(error: GithubException) -> Mapping[str, str]:
    return {name.lower(): value for name, value in (error.headers or {}).items()}


def _said(error: GithubException) -> str:
    """GitHub's message and the fields it complains about, in one short line."""
    data = error.data if isinstance(error.data, dict) else {}
    parts = [str(data.get("message", ""))]
    parts += [_complaint(each) for each in _list(data.get("errors"))[:5]]
    return " ".join(" ".join(parts).split())[:200]


def _complaint(error: Any) -> str:
    if not isinstance(error, dict):
        return f"({error})"
    return f"({error.get('field', '')}: {error.get('message') or error.get('code', '')})"


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _has_word(text: str, words: tuple[str, ...]) -> bool:
    return not words or any(word in text.lower() for word in words)


def assignable(error: GithubException, logins: list[str]) -> list[str]:
    """Those of `logins` that `error` leaves: all of them when it is about something else.

    GitHub names the login it does not take; where it names nothing at all, none is left.
    """
    if error.status != 422:
        return logins
    errors = _list(error.data.get("errors")) if isinstance(error.data, dict) else []
    if not errors:
        return []
    complaints = [each for each in errors if _about_assignees(each)]
    refused = {str(each.get("value")).casefold() for each in complaints}
    able = [login for login in logins if login.casefold() not in refused]
    return [] if complaints and able == logins else able


def _about_assignees(error: Any) -> bool:
    return isinstance(error, dict) and error.get("field") in ("assignee", "assignees")
