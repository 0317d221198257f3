"""The playbooks in force, while people edit the folder that they come from."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from supportbot.adapters.playbook_files.faults import Fault, PlaybookFaults
from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.revision import git_files, with_commit
from supportbot.adapters.playbook_files.source import PlaybookFiles, paths, read_playbooks
from supportbot.domain.policy.playbook import Playbooks

# Within this time a second edit may leave a file's stamp as it is.
_UNSETTLED_NS = 2_000_000_000

_Stamps = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Reloaded:
    """An edit took effect; `mended`: the one before it was faulty, and this one may be its end."""

    version: str
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """An edit has faults: what was in force before it stays so."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _State:
    files: PlaybookFiles
    playbooks: Playbooks


class RunningPlaybooks:
    """The last good playbooks of a folder, exchanged as a whole.

    Raises PlaybookFaults when the folder is faulty at the start. Whoever owns it calls `refresh`
    now and then, from one thread; all else may be read from any.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._git: tuple[Path, ...] = ()
        self._stamps: _Stamps | None = None
        self._state = self._before = _read(folder)
        self.faults: tuple[Fault, ...] = ()
        """What is wrong with the newest edit; empty when that is what is in force."""

    @property
    def current(self) -> Playbooks:
        return self._state.playbooks

    def files(self, version: str) -> PlaybookFiles:
        """What `current` was made of, also for whoever took it just before it was exchanged.

        Raises LookupError for an older version.
        """
        for state in (self._state, self._before):
            if state.files.version == version:
                return state.files
        raise LookupError(f"the playbooks {version} are no longer in force")

    def refresh(self, *, anyway: bool = False) -> Reloaded | Rejected | None:
        """Look for edits. None when there is nothing new: no edit, or the same faults again.

        `anyway` reads every file, also where nothing seems to have changed.
        """
        stamps = _stamps(self._folder, self._git)
        if stamps == self._stamps and not anyway:
            return None
        # Whatever makes a commit of an edit that is in force already gives it another name.
        self._git = git_files(self._folder)
        stamps = _stamps(self._folder, self._git)
        found = _read_or_faults(self._folder)
        if _stamps(self._folder, self._git) != stamps:
            # Somebody is in the middle of it, or git is: half an edit is nobody's policy.
            return None
        self._stamps = stamps if _settled(stamps) else None
        return self._accept(found) if isinstance(found, _State) else self._reject(found)

    def _accept(self, state: _State) -> Reloaded | None:
        mended, version = bool(self.faults), state.files.version
        is_news = mended or version != self.current.version
        if version != self.current.version:
            self._before = self._state
        self._state, self.faults = state, ()
        return Reloaded(version, mended) if is_news else None

    def _reject(self, faults: tuple[Fault, ...]) -> Rejected | None:
        is_news = faults != self.faults
        self.faults = faults
        return Rejected(faults) if is_news else None


def _read(folder: Path) -> _State:
    files = with_commit(folder, read_playbooks(folder))
    return _State(files, parse(files))


def _read_or_faults(folder: Path) -> _State | tuple[Fault, ...]:
    try:
        return _read(folder)
    except PlaybookFaults as error:
        return error.faults


def _stamps(folder: Path, git: tuple[Path, ...]) -> _Stamps:
    """What changes when a file does: its time, size and inode."""
    try:
        return tuple((str(path), *_stamp(path)) for path in (*paths(folder), *git))
    except PlaybookFaults:
        return ()


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:  # gone since it was listed, or a link to nowhere
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _settled(stamps: _Stamps) -> bool:
    """Whether the files are old enough for another edit to show in their stamps."""
    # The system's clock, since it is what sets the stamps.
    return all(time.time_ns() - changed > _UNSETTLED_NS for _, changed, _, _ in stamps)
