"""What Slack's refusals mean for a delivery."""

from __future__ import annotations

import http.client
from datetime import timedelta

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from supportbot.adapters.slack.errors import failure
from supportbot.domain.notices.delivery import SendFailure


def answered(
    error: str, status: int = 200, headers: dict[str, str] | None = None, **data: str
) -> SlackApiError:
    response = SlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data={"ok": False, "error": error, **data},
        headers=headers or {},
        status_code=status,
    )
    return SlackApiError(f"refused: {error}", response)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("error", "kind", "mend"),
    [
        (answered("internal_error"), "transient", "again"),
        (answered("fatal_error"), "transient", "again"),
        (answered("request_timeout"), "transient", "again"),
        (answered("<html>oops", 502), "transient", "502"),
        (answered("<html>oops", 503), "transient", "503"),
        (answered("not_in_channel"), "rejected", "/invite @supportbot in #x"),
        (answered("channel_not_found"), "rejected", "check the name of #x"),
        (answered("is_archived"), "rejected", "unarchive #x"),
        (answered("msg_too_long"), "rejected", "report it"),
        (answered("invalid_blocks"), "rejected", "report it"),
        (answered("user_not_found"), "rejected", "people.yaml"),
        (answered("user_disabled"), "rejected", "deactivated"),
        (answered("something_new"), "rejected", "something_new"),
        (answered("invalid_auth"), "unauthorised", "xoxb"),
        (answered("token_revoked"), "unauthorised", "xoxb"),
        (answered("account_inactive"), "unauthorised", "xoxb"),
        (answered("missing_scope", needed="im:write"), "unauthorised", "im:write"),
        (ConnectionRefusedError(111, "refused"), "transient", "ConnectionRefusedError"),
        (TimeoutError(), "transient", "TimeoutError"),
        (http.client.RemoteDisconnected("gone"), "transient", "RemoteDisconnected"),
        (http.client.IncompleteRead(b""), "transient", "IncompleteRead"),
    ],
)
def test_every_refusal_is_of_a_kind_and_names_the_mend(
    error: Exception, kind: str, mend: str
) -> None:
    found = failure(error, "#x")
    assert found.kind == kind
    assert mend in found.reason


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (answered("ratelimited", 429, {"Retry-After": "7"}), 7),
        (answered("ratelimited", 429, {"retry-after": "7"}), 7),
        (answered("ratelimited", 200), 30),
        (answered("rate_limited", 200, {"retry-after": "0"}), 1),
        (answered("?", 429, {"Retry-After": "soon"}), 30),
        (answered("?", 429, {"Retry-After": "9" * 40}), 3600),
    ],
)
def test_slacks_wish_to_be_left_alone_is_heeded_within_reason(
    error: SlackApiError, seconds: int
) -> None:
    found = failure(error)
    assert found.kind == "rate_limited"
    assert found.retry_after == timedelta(seconds=seconds)


def test_our_own_faults_are_not_taken_for_slacks() -> None:
    with pytest.raises(KeyError):
        failure(KeyError("oops"))


def test_a_failure_stays_what_it_is() -> None:
    known = SendFailure("rejected", "so")
    assert failure(known) is known
