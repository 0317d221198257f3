"""Every setting of a deployment, typed and strict. Policy is not here: it lives in the playbooks.

Values come from the environment (`SUPPORTBOT_SLACK__BOT_TOKEN=…`), from a `.env` file in the
working folder, and from files named like the variables in the folder that SUPPORTBOT_SECRETS_DIR
names (`/run/secrets` by default). A wrong name or value stops the start and says what to mend.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "SUPPORTBOT_"
_SECRETS_DIR = f"{PREFIX}SECRETS_DIR"


class SettingsFault(Exception):
    """Settings that cannot be used; one line a fault, each with its mend."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class SlackSettings(BaseModel):
    """The workspace. `bot_token` begins with `xoxb-`, `app_token` with `xapp-`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
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


class Settings(BaseSettings):
    """All of it. `database` is an SQLAlchemy address; `heartbeat_url` is fetched every minute while
    the timers run, so that somebody else's watchdog notices when they do not."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=".env",
        extra="forbid",
        frozen=True,
    )

    playbooks: Path = Path("playbooks")
    database: SecretStr = SecretStr("sqlite:///var/supportbot.db")
    slack: SlackSettings = SlackSettings()
    github: GitHubSettings = GitHubSettings()
    heartbeat_url: SecretStr | None = None
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = NestedSecretsSettingsSource(
            file_secret_settings,
            secrets_dir=os.environ.get(_SECRETS_DIR, "/run/secrets"),
            secrets_dir_missing="ok",
            secrets_nested_delimiter="__",
            env_prefix=PREFIX,
        )
        return init_settings, env_settings, dotenv_settings, files


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
}


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsFault naming every fault."""
    unknown = _unknown_names(os.environ)
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsFault(unknown + _told(error)) from None
    if unknown:
        raise SettingsFault(unknown)
    return settings


def missing_to_run(settings: Settings) -> list[str]:
    """What `supportbot run` still needs: the setting, what for, and how to get it."""
    given = {
        "SLACK__BOT_TOKEN": settings.slack.bot_token,
        "SLACK__APP_TOKEN": settings.slack.app_token,
    }
    missing = [name for name, value in given.items() if value is None]
    faults = [
        f"{PREFIX}{n} is missing: {_NEEDED_TO_RUN[n][0]}; {_NEEDED_TO_RUN[n][1]}." for n in missing
    ]
    return faults + _half_connected_github(settings.github)


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


def _begins(value: SecretStr | None, prefix: str, where: str) -> SecretStr | None:
    if value is not None and not value.get_secret_value().startswith(prefix):
        raise ValueError(f"begins with {prefix} (it is the {where})")
    return value


def _unknown_names(environment: Mapping[str, str]) -> list[str]:
    """pydantic passes over names it does not know; a typing error must not pass silently."""
    known = [PREFIX + name.upper() for name in Settings.model_fields] + [_SECRETS_DIR]
    faults: list[str] = []
    for name in environment:
        if name.upper().startswith(PREFIX) and name.upper().partition("__")[0] not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            faults.append(f"{name} is no setting of supportbot.{hint}")
    return faults


def _told(error: ValidationError) -> list[str]:
    """Each fault with the variable's name and never with its value, which may be a secret."""
    return [
        f"{PREFIX}{'__'.join(str(part) for part in fault['loc']).upper()}: "
        + fault["msg"].removeprefix("Value error, ")
        for fault in error.errors(include_input=False, include_url=False)
    ]
