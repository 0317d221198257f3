"""Playbooks that somebody edits; each edition is parsed once for all the stories of a process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from supportbot.adapters.playbook_files.faults import Fault
from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.running import Reloaded
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.adapters.playbook_files.source import PlaybookFiles, read_playbooks
from supportbot.domain.policy.playbook import Playbooks

FOLDER = Path(__file__).parent / "playbooks"

# Which file, what stands there, and what then stands there instead.
_EDITS = (
    ("rotations.yaml", "people: [ana, ben], swap_every: 3 days", "people: ben, swap_every: 1 day"),
    ("severities.yaml", "page: second-line, after: 10 minutes", "page: manager, after: 7 minutes"),
    ("severities.yaml", "acknowledge_again_after: 18 hours", "acknowledge_again_after: 7 hours"),
)
EDITIONS = len(_EDITS) + 1


@cache
def edition(number: int) -> tuple[PlaybookFiles, Playbooks]:
    """The playbooks of the folder (0), or with one edit; ValueError when that edits nothing."""
    files = read_playbooks(FOLDER)
    if number:
        name, old, new = _EDITS[number - 1]
        text = files.files[name]
        if old not in text:
            raise ValueError(f"{name} has no {old!r} any more")
        files = PlaybookFiles.of({**files.files, name: text.replace(old, new)})
    return files, parse(files)


class EditedShelf(FolderShelf):
    """The shelf of one desk, without a folder. `edit` is somebody who saves a file; the bot sees
    it when it looks."""

    def __init__(self) -> None:
        self._in_force = self._before = self._newest = 0

    def edit(self, number: int) -> None:
        self._newest = number

    def reopen(self) -> None:
        """The bot starts again, and reads what there is."""
        self._in_force = self._before = self._newest

    @property
    def current(self) -> Playbooks:
        return edition(self._in_force)[1]

    @property
    def faults(self) -> tuple[Fault, ...]:
        return ()

    def files(self, version: str) -> Mapping[str, str]:
        for number in (self._in_force, self._before):
            if edition(number)[0].version == version:
                return edition(number)[0].files
        raise LookupError(f"the playbooks {version} are no longer in force")

    def refresh(self, *, anyway: bool = False) -> Reloaded | None:
        if self._newest == self._in_force:
            return None
        self._before, self._in_force = self._in_force, self._newest
        return Reloaded(self.current.version)
