"""The tree of settings, and how it is read.

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

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from supportbot.settings.groups import (
    GitHubSettings,
    HttpSettings,
    KeepSettings,
    MailSettings,
    SlackSettings,
    WebhookSettings,
)

PREFIX = "SUPPORTBOT_"
_SECRETS_DIR = f"{PREFIX}SECRETS_DIR"


class SettingsFault(Exception):
    """Settings that cannot be used; one line a fault, each with its mend."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Settings(BaseSettings):
    """All of it. `database` is an SQLAlchemy address; `webhooks` are by name; `heartbeat_url` is
    fetched every minute while the timers run, so that somebody else's watchdog notices when they do
    not."""

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
    mail: MailSettings = MailSettings()
    http: HttpSettings = HttpSettings()
    files: Path = Path("var/files")
    keep: KeepSettings = KeepSettings()
    webhooks: Mapping[str, WebhookSettings] = Field(default_factory=dict)
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
