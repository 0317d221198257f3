"""The playbooks as the use cases see them: those in force, and old ones from their kept text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.running import Rejected, Reloaded, RunningPlaybooks
from supportbot.adapters.playbook_files.source import PlaybookFiles
from supportbot.domain.playbook import Playbooks


class FolderShelf:
    """A `PlaybookShelf` over a folder that people edit. Raises PlaybookFaults when it is faulty."""

    def __init__(self, folder: Path) -> None:
        self._running = RunningPlaybooks(folder)

    @property
    def current(self) -> Playbooks:
        return self._running.current

    @property
    def files(self) -> Mapping[str, str]:
        return self._running.files.files

    def parse(self, files: Mapping[str, str]) -> Playbooks:
        return parse(PlaybookFiles.of(files))

    def refresh(self) -> Reloaded | Rejected | None:
        """Look for edits: None when there is nothing new."""
        return self._running.refresh()
