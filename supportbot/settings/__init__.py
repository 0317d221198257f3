"""Every setting of a deployment, typed and strict. Policy is in the playbooks, not here."""

from supportbot.settings.groups import (
    GitHubSettings,
    HttpSettings,
    ImapSettings,
    KeepSettings,
    MailSettings,
    SlackSettings,
    SmtpSettings,
    WebhookSettings,
)
from supportbot.settings.missing import missing_to_run
from supportbot.settings.tree import PREFIX, Settings, SettingsFault, load_settings

__all__ = [
    "PREFIX",
    "GitHubSettings",
    "HttpSettings",
    "ImapSettings",
    "KeepSettings",
    "MailSettings",
    "Settings",
    "SettingsFault",
    "SlackSettings",
    "SmtpSettings",
    "WebhookSettings",
    "load_settings",
    "missing_to_run",
]
