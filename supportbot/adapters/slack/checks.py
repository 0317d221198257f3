"""Checks for `supportbot doctor`: the tokens, their scopes, and the team's channel."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from supportbot.adapters.slack.client import patiently
from supportbot.adapters.slack.directory import Directory
from supportbot.adapters.slack.errors import code_of, failure
from supportbot.adapters.slack.manifest import APP_TOKEN_SCOPE, SCOPES
from supportbot.domain.notices.delivery import SendFailure


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what, whether it is well, and what was seen or mends it."""

    what: str
    ok: bool
    says: str


def check_tokens(
    client: WebClient, app_token: str | None, team_channel: str
) -> tuple[Finding, ...]:
    """Ask Slack about the bot token (in `client`), the app-level token and the team's channel.

    Over HTTP there is no app-level token (None); nobody but Slack can tell whether the signing
    secret is the right one.
    """
    return tuple(_findings(client, app_token, team_channel))


def _findings(client: WebClient, app_token: str | None, team_channel: str) -> Iterator[Finding]:
    bot = _checked("Slack bot token", lambda: _bot(client))
    yield bot
    if bot.ok:
        yield _checked("Slack scopes", lambda: _scopes(client))
        yield _checked("Slack team channel", lambda: _channel(client, team_channel))
    if app_token is not None:
        yield _checked("Slack app-level token", lambda: _socket(client, app_token))


def _checked(what: str, look: Callable[[], tuple[bool, str]]) -> Finding:
    try:
        return Finding(what, *look())
    except (SlackApiError, OSError, http.client.HTTPException) as error:
        return Finding(what, ok=False, says=_reason(error))


def _reason(error: Exception) -> str:
    found: SendFailure = failure(error)
    return found.reason


def _bot(client: WebClient) -> tuple[bool, str]:
    if not (client.token or "").startswith("xoxb-"):
        return False, "it does not begin with xoxb-: take the Bot User OAuth Token"
    answer = patiently(client.auth_test)
    return True, f"{answer['user']} in {answer['team']}"


def _scopes(client: WebClient) -> tuple[bool, str]:
    answer = patiently(client.auth_test)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    given = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",")}
    missing = sorted(set(SCOPES) - given)
    if not missing:
        return True, "all that the manifest asks for"
    reasons = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in missing)
    return False, f"missing: {reasons}. Add them and reinstall the app"


def _channel(client: WebClient, name: str) -> tuple[bool, str]:
    channel = Directory(client).channel_id(name)
    if channel is None:
        return False, f"there is no {name} that the bot sees: create it, then /invite @supportbot"
    found = patiently(lambda: client.conversations_info(channel=channel))["channel"]
    if found.get("is_archived"):
        return False, f"{name} is archived"
    if not found.get("is_member"):
        return False, f"the bot is not in {name}: /invite @supportbot there"
    return True, f"{name} ({channel})"


def _socket(client: WebClient, app_token: str) -> tuple[bool, str]:
    if not app_token.startswith("xapp-"):
        return False, f"it does not begin with xapp-: make an app-level token ({APP_TOKEN_SCOPE})"
    try:
        patiently(lambda: client.apps_connections_open(app_token=app_token))
    except SlackApiError as error:
        if code_of(error) in ("invalid_auth", "missing_scope", "not_allowed_token_type"):
            mend = f"make an app-level token with {APP_TOKEN_SCOPE}"
            return False, f"Slack answered {code_of(error)}: {mend}"
        raise
    return True, "Socket Mode can be opened"
