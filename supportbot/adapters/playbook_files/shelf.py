"""The playbooks as the use cases see them: those in force, and old ones from their kept text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from supportbot.adapters.playbook_files.faults import Fault
from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.running import Rejected, Reloaded, RunningPlaybooks
from supportbot.adapters.playbook_files.source import PlaybookFiles
from supportbot.domain.policy.playbook import Playbooks


class FolderShelf:
    """A `PlaybookShelf` over a folder that people edit. Raises PlaybookFaults when it is faulty."""

    def __init__(self, folder: Path) -> None:
        self._running = RunningPlaybooks(folder)

    @property
    def current(self) -> Playbooks:
        return self._running.current

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with the newest edit; empty when that is what is in force."""
        return self._running.faults

    def files(self, version: str) -> Mapping[str, str]:
        return self._running.files(version).files

    def parse(self, files: Mapping[str, str]) -> Playbooks:
        return parse(PlaybookFiles.of(files))

    def refresh(self, *, anyway: bool = False) -> Reloaded | Rejected | None:
        """Look for edits: None when there is nothing new. `anyway` reads every file again."""
        return self._running.refresh(anyway=anyway)
