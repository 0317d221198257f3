"""The option --playbooks, and the playbooks behind it; neither needs a network or a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli.desk import settings_or_fault
from supportbot.entrypoints.cli.faults import BadInput, faulty

if TYPE_CHECKING:
    from supportbot.adapters.playbook_files.source import PlaybookFiles

playbooks_option = click.option(
    "--playbooks",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of playbooks; the setting's, or playbooks/, if left out.",
)


def folder_or_setting(folder: Path | None) -> Path:
    """The folder that was named, else the one of the settings, which are read only then."""
    if folder is None:
        folder = settings_or_fault().playbooks
    if not folder.is_dir():
        mend = "name yours with --playbooks DIR, or in SUPPORTBOT_PLAYBOOKS"
        raise BadInput(f"there is no folder of playbooks at {folder}: {mend}.")
    return folder


def read_files(folder: Path) -> PlaybookFiles:
    """The files of a folder. Raises PlaybookFaults, and BadInput when it cannot be looked into."""
    from supportbot.adapters.playbook_files.source import read_playbooks

    try:
        return read_playbooks(folder)
    except OSError as error:
        raise BadInput(f"{folder} cannot be read: {error.strerror or error}.") from None


def load_playbooks(folder: Path | None) -> Playbooks:
    """The playbooks to work with; whoever edits them asks `check`. Raises BadInput and No."""
    from supportbot.adapters.playbook_files.faults import PlaybookFaults
    from supportbot.adapters.playbook_files.loader import parse
    from supportbot.adapters.playbook_files.revision import with_commit

    folder = folder_or_setting(folder)
    try:
        return parse(with_commit(folder, read_files(folder)))
    except PlaybookFaults as error:
        raise faulty(error) from None
