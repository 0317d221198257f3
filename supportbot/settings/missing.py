"""What `supportbot run` still needs, beyond values that are right each for itself."""

from __future__ import annotations

from collections.abc import Mapping

from supportbot.settings.groups import GitHubSettings, MailSettings
from supportbot.settings.tree import PREFIX, Settings

# What is needed to run, what for, and how to get it.
_NEEDED_TO_RUN: Mapping[str, tuple[str, str]] = {
    "SLACK__BOT_TOKEN": (
        "to write in Slack",
        "create the app from `supportbot slack manifest`, install it, copy its Bot User Token",
    ),
    "SLACK__APP_TOKEN": (
        "to hear Slack over Socket Mode",
        "under Basic Information, generate an App-Level Token with the scope connections:write",
    ),
    "SLACK__SIGNING_SECRET": (
        "to know that a request over HTTP is Slack's",
        "copy the Signing Secret, under Basic Information",
    ),
    "HTTP__LISTEN": (
        "to hear Slack over HTTP",
        "give it as host:port, for example 127.0.0.1:8080",
    ),
}


def missing_to_run(settings: Settings) -> list[str]:
    """What `supportbot run` still needs: the setting, what for, and how to get it."""
    slack = settings.slack
    given: dict[str, object] = {"SLACK__BOT_TOKEN": slack.bot_token}
    if slack.transport == "socket":
        given["SLACK__APP_TOKEN"] = slack.app_token
    else:
        given["SLACK__SIGNING_SECRET"] = slack.signing_secret
        given["HTTP__LISTEN"] = settings.http.listen
    missing = [name for name, value in given.items() if value is None]
    faults = [
        f"{PREFIX}{n} is missing: {_NEEDED_TO_RUN[n][0]}; {_NEEDED_TO_RUN[n][1]}." for n in missing
    ]
    return [
        *faults,
        *_half_connected_github(settings.github),
        *_half_connected_mail(settings.mail),
    ]


def _half_connected_github(github: GitHubSettings) -> list[str]:
    app = (github.app_id, github.installation_id, github.private_key)
    if any(app) and not all(app):
        names = f"{PREFIX}GITHUB__APP_ID, __INSTALLATION_ID and __PRIVATE_KEY"
        return [f"{names} belong together: give all three, or a __TOKEN instead."]
    if github.repository and not (github.token or all(app)):
        how = "create a fine-grained token that may read and write its Issues, or connect an App"
        return [f"{PREFIX}GITHUB__TOKEN is missing: to open issues in {github.repository}; {how}."]
    if (github.token or all(app)) and not github.repository:
        return [f"{PREFIX}GITHUB__REPOSITORY is missing: where incidents go, as owner/name."]
    return []


def _half_connected_mail(mail: MailSettings) -> list[str]:
    faults = []
    if mail.address is None and (mail.imap.host or mail.smtp.host):
        how = "the desk's own address, as Name <user@host>"
        faults.append(f"{PREFIX}MAIL__ADDRESS is missing: {how}.")
    if mail.imap.host and not (mail.imap.user and mail.imap.password):
        names = f"{PREFIX}MAIL__IMAP__USER and __PASSWORD"
        faults.append(f"{names} are missing: to open the mailbox at {mail.imap.host}.")
    if mail.smtp.user and not mail.smtp.password:
        faults.append(f"{PREFIX}MAIL__SMTP__PASSWORD is missing: for {mail.smtp.user}.")
    return faults
