"""One table that says what each of Slack's refusals means for a delivery, and what mends it.

Codes: the error lists of https://docs.slack.dev/reference/methods/chat.postMessage and its like;
limits: https://docs.slack.dev/apis/web-api/rate-limits. Reasons carry codes, never a token.
"""

from __future__ import annotations

import http.client
from datetime import timedelta

from slack_sdk.errors import SlackApiError

from supportbot.domain.notices.delivery import FailureKind, SendFailure

UNSAID_WAIT = timedelta(seconds=30)
SHORTEST_WAIT = timedelta(seconds=1)
# A longer wish is a broken clock on one of the two sides.
LONGEST_WAIT = timedelta(hours=1)

_AGAIN = "it will be tried again"
_INVITE = "invite the bot: /invite @supportbot in {where}"
_TOKEN = "set the bot token of an installed app (xoxb-…); see docs/slack.md"  # noqa: S105
_BLOCKS = "Slack does not take this content: please report it"

_TABLE: dict[str, tuple[FailureKind, str]] = {
    "internal_error": ("transient", _AGAIN),
    "fatal_error": ("transient", _AGAIN),
    "service_unavailable": ("transient", _AGAIN),
    "request_timeout": ("transient", _AGAIN),
    "team_added_to_org": ("transient", "the workspace is moving to an organisation"),
    "accesslimited": ("transient", _AGAIN),
    "message_limit_exceeded": ("transient", "the workspace has sent too many messages"),
    "not_in_channel": ("rejected", _INVITE),
    "channel_not_found": ("rejected", f"check the name of {{where}}; if it is private, {_INVITE}"),
    "is_archived": ("rejected", "unarchive {where}, or name another channel"),
    "restricted_action": ("rejected", "let the bot post in {where}: the channel's settings"),
    "restricted_action_read_only_channel": ("rejected", "{where} is read-only"),
    "restricted_action_thread_locked": ("rejected", "unlock the thread in {where}"),
    "thread_not_found": ("rejected", "the message it should go under is gone from {where}"),
    "message_not_found": ("rejected", "the message was deleted from {where}"),
    "cant_update_message": ("rejected", "the message in {where} is not the bot's own"),
    "edit_window_closed": ("rejected", "the workspace does not let messages this old be edited"),
    "user_not_found": ("rejected", "check `slack:` in people.yaml"),
    "users_not_found": (
        "rejected",
        "nobody in Slack has that address: set `slack:` in people.yaml",
    ),
    "user_disabled": ("rejected", "the account is deactivated: mend people.yaml"),
    "user_not_visible": ("rejected", "the bot may not see that person"),
    "no_such_subteam": ("rejected", "check `id:` of the user group in rotations.yaml"),
    "subteam_disabled": ("rejected", "the user group is switched off: switch it on in Slack"),
    "permission_denied": (
        "rejected",
        "let apps manage user groups: the workspace's settings, permissions, user groups",
    ),
    "paid_teams_only": ("rejected", "user groups need a paid plan: leave out `user_groups:`"),
    "cannot_dm_bot": ("rejected", "`slack:` in people.yaml names a bot"),
    "messages_tab_disabled": ("rejected", "switch on the app's Messages tab; see docs/slack.md"),
    "msg_too_long": ("rejected", _BLOCKS),
    "msg_blocks_too_long": ("rejected", _BLOCKS),
    "invalid_blocks": ("rejected", _BLOCKS),
    "invalid_blocks_format": ("rejected", _BLOCKS),
    "no_text": ("rejected", _BLOCKS),
    "invalid_auth": ("unauthorised", _TOKEN),
    "not_authed": ("unauthorised", _TOKEN),
    "account_inactive": ("unauthorised", _TOKEN),
    "token_revoked": ("unauthorised", _TOKEN),
    "token_expired": ("unauthorised", _TOKEN),
    "not_allowed_token_type": ("unauthorised", _TOKEN),
    "missing_scope": (
        "unauthorised",
        "give the app the scopes of `supportbot slack manifest` and reinstall it",
    ),
    "no_permission": ("unauthorised", "the workspace does not allow the app to do this"),
    "ekm_access_denied": ("unauthorised", "the workspace's administrators have suspended posting"),
    "org_login_required": ("unauthorised", "the workspace is moving to an organisation"),
}
_LIMITS = ("ratelimited", "rate_limited")


def failure(error: Exception, where: str = "the channel") -> SendFailure:
    """Sort what a call to Slack raised. Raises it again when it did not come from outside."""
    if isinstance(error, SendFailure):
        return error
    if isinstance(error, SlackApiError):
        return _answered(error, where)
    if isinstance(error, (OSError, http.client.HTTPException)):
        return SendFailure("transient", f"no answer from Slack ({type(error).__name__})")
    raise error


def _answered(error: SlackApiError, where: str) -> SendFailure:
    status, code = status_of(error), code_of(error)
    wait = retry_after(error)
    if wait is not None:
        return SendFailure("rate_limited", "Slack asks to be left alone for a while", wait)
    if status >= 500 or status == 408:
        return SendFailure("transient", f"Slack answered {status}")
    kind, mend = _TABLE.get(code, ("rejected", "see the method's error list at docs.slack.dev"))
    return SendFailure(kind, f"Slack answered {code}: {mend.format(where=where)}{_needed(error)}")


def code_of(error: SlackApiError) -> str:
    """Slack's name for the refusal, `unknown` where the answer has none."""
    return str(error.response.get("error") or "unknown")[:100]


def status_of(error: SlackApiError) -> int:
    return int(getattr(error.response, "status_code", 0) or 0)


def retry_after(error: SlackApiError) -> timedelta | None:
    """How long Slack wants to be left alone; None when it refused for another reason."""
    if status_of(error) != 429 and code_of(error) not in _LIMITS:
        return None
    headers = {str(k).lower(): v for k, v in (getattr(error.response, "headers", {}) or {}).items()}
    said = str(headers.get("retry-after", ""))
    wait = timedelta(seconds=min(int(said), 10**6)) if said.isdecimal() else UNSAID_WAIT
    return max(SHORTEST_WAIT, min(wait, LONGEST_WAIT))


def _needed(error: SlackApiError) -> str:
    needed = error.response.get("needed")
    return f" (it lacks {needed})" if needed else ""
