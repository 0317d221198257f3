"""The desk as commands use it: its settings, and its store with the playbooks in force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from supportbot.application.context import Context
from supportbot.entrypoints.cli.faults import BadInput, told_in_words

if TYPE_CHECKING:
    from supportbot.settings import Settings


def settings_or_fault() -> Settings:
    """The settings of this process. Raises BadInput with every fault in them."""
    from supportbot.settings import SettingsFault, load_settings

    try:
        return load_settings()
    except SettingsFault as error:
        raise BadInput("\n".join(error.faults)) from None


def database_url(settings: Settings) -> str:
    """The database's address. Raises BadInput when it is of no kind we know."""
    from supportbot.adapters.db.sqlite import path_of
    from supportbot.adapters.db.urls import parse_url

    url = settings.database.get_secret_value()
    try:
        parsed = parse_url(url)
        if parsed.get_backend_name() == "sqlite":
            path_of(parsed)
    except ValueError as error:
        raise BadInput(f"SUPPORTBOT_DATABASE: {error}.") from None
    return url


@contextmanager
def open_desk(settings: Settings | None = None) -> Iterator[Context]:
    """The store, the clock and the playbooks of the settings; no network but the database's."""
    settings = settings or settings_or_fault()
    database_url(settings)
    from supportbot import logs
    from supportbot.bootstrap import open_context

    logs.configure(settings.log_format, "warning")
    with told_in_words(), open_context(settings) as context:
        yield context
