"""The groups of settings: a class for each outside thing that the desk is connected to."""

from __future__ import annotations

from email.utils import parseaddr
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class SlackSettings(BaseModel):
    """The workspace. `bot_token` begins with `xoxb-`, `app_token` with `xapp-`.

    Over the transport `socket` the app token is needed, over `http` the signing secret.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    transport: Literal["socket", "http"] = "socket"
    team_channel: str = "#support-desk"
    api_url: str = "https://slack.com/api/"

    @field_validator("bot_token")
    @classmethod
    def _is_a_bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _begins(value, "xoxb-", "Bot User OAuth Token, under OAuth & Permissions")

    @field_validator("app_token")
    @classmethod
    def _is_an_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _begins(value, "xapp-", "App-Level Token, under Basic Information")


class GitHubSettings(BaseModel):
    """Where incidents become issues: by a token, or as an App by its ids and private key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    repository: str | None = None
    token: SecretStr | None = None
    app_id: int | None = None
    installation_id: int | None = None
    private_key: SecretStr | None = None
    api_url: str = "https://api.github.com"

    @field_validator("repository")
    @classmethod
    def _is_owner_and_name(cls, value: str | None) -> str | None:
        if value is not None and value.count("/") != 1:
            raise ValueError("give it as owner/name, for example openfield/incidents")
        return value


_SHORTEST_SECRET = 32

Security = Literal["tls", "starttls", "none"]


class ImapSettings(BaseModel):
    """The mailbox that people write to. Read mail is marked as seen, or moved to `done_folder`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str | None = None
    port: int = 993
    security: Security = "tls"
    user: str = ""
    password: SecretStr | None = None
    folder: str = "INBOX"
    done_folder: str | None = None


class SmtpSettings(BaseModel):
    """The relay that takes our mail. Without `user` nobody logs in there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str | None = None
    port: int = 587
    security: Security = "starttls"
    user: str | None = None
    password: SecretStr | None = None


class MailSettings(BaseModel):
    """The desk's own `address`, such as `Openfield Support <help@openfield.example>`, the mailbox
    behind it, and the relay its mail goes out by.

    `trusted_relay` is the authserv-id by which the relay that takes our mail from outside signs its
    Authentication-Results (RFC 8601). With it, who is not who they say they are is a stranger.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str | None = None
    trusted_relay: str | None = None
    imap: ImapSettings = ImapSettings()
    smtp: SmtpSettings = SmtpSettings()

    @field_validator("address")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and parseaddr(value)[1].count("@") != 1:
            raise ValueError(
                "give it as Name <user@host>, for example Help <help@openfield.example>"
            )
        return value


class HttpSettings(BaseModel):
    """Where Slack's requests, health checks and metrics are answered: `host:port`, or nowhere.

    With `feed_secret` calendar programs can subscribe to the rota there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    listen: str | None = None
    feed_secret: SecretStr | None = None

    @field_validator("listen")
    @classmethod
    def _is_host_and_port(cls, value: str | None) -> str | None:
        host, _, port = (value or "localhost:1").rpartition(":")
        if not host or not port.isdigit() or not 0 <= int(port) < 65536:
            raise ValueError("give it as host:port, for example 127.0.0.1:8080")
        return value

    @field_validator("feed_secret")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_SECRET:
            mend = "take what `openssl rand -hex 32` says"
            raise ValueError(f"has fewer than {_SHORTEST_SECRET} characters: {mend}")
        return value


class WebhookSettings(BaseModel):
    """A paging service: the `url` that takes pages, and the `secret` that signs them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretStr
    secret: SecretStr | None = None

    @field_validator("url")
    @classmethod
    def _is_a_safe_address(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        near = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and near)):
            raise ValueError("give it as https://…: what is sent there is not for everybody")
        return value


class KeepSettings(BaseModel):
    """For how many days what is over is kept; `supportbot prune` and the bot itself clear it away.

    `messages`: raw messages as they came. `files`: attachments of closed tickets. `rows`: finished
    work (inbox, timers, deliveries). Tickets, their events and decisions are kept for ever.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    messages: int = Field(90, ge=1)
    files: int = Field(180, ge=1)
    rows: int = Field(30, ge=1)


def _begins(value: SecretStr | None, prefix: str, where: str) -> SecretStr | None:
    if value is not None and not value.get_secret_value().startswith(prefix):
        raise ValueError(f"begins with {prefix} (it is the {where})")
    return value
